"""A training run that can be stopped and taken up again: its place, its clock and its log."""

from __future__ import annotations

import json
import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch


@dataclass
class Run:
    """One stage's progress. It ends after `steps`, or with `minutes` after that much training time."""

    folder: Path
    stage: str
    steps: int
    minutes: float | None = None
    step: int = 0
    seconds: float = 0.0
    _started: float = field(default_factory=time.monotonic)
    _saved: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> Path:
        return self.folder / f"{self.stage}.pt"

    @property
    def spent(self) -> float:
        """Seconds of training, earlier sittings included."""
        return self.seconds + time.monotonic() - self._started

    @property
    def progress(self) -> float:
        """How much of the run is done, 0 to 1."""
        if self.steps == 0:
            return 1.0
        return min(1.0, self.spent / (60 * self.minutes) if self.minutes else self.step / self.steps)

    def resume(self) -> dict[str, Any] | None:
        """What the last sitting saved, or None; takes up its step and clock."""
        if not self.path.exists():
            return None
        state = torch.load(self.path, map_location="cpu", weights_only=True)
        self.step, self.seconds = state["step"], state["seconds"]
        self._started = time.monotonic()
        return state

    def save(self, **parts: Any) -> None:
        """Write the state whole or not at all."""
        half_written = self.path.with_suffix(".tmp")
        torch.save({"step": self.step, "seconds": self.spent, **parts}, half_written)
        os.replace(half_written, self.path)
        self._saved = time.monotonic()

    def is_due(self, every: float = 120.0) -> bool:
        """Whether the last save is longer ago than this many seconds."""
        return time.monotonic() - self._saved > every

    def log(self, **values: float) -> None:
        """Print one line and keep it in the stage's log."""
        line = {"step": self.step, "minutes": round(self.spent / 60, 2), **{k: round(v, 5) for k, v in values.items()}}
        print(json.dumps(line), flush=True)
        with (self.folder / f"{self.stage}.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")


def rate_at(progress: float, step: int, peak: float, warmup: int) -> float:
    """The learning rate: a linear warm-up, then half a cosine down to a hundredth of the peak."""
    return peak * min(1.0, (step + 1) / warmup) * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * progress)))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate; a group with a `share` gets that part of it."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("share", 1.0)
