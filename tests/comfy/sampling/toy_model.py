"""A diffusion model of a few lines, for tests of everything around the model."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from comfy.latent_formats import STABLE_DIFFUSION_1, LatentFormat
from comfy.sampling.asking import Around, AroundNetwork, AroundPredict, AroundRun, AroundStep, Change, MaskRule
from comfy.sampling.canvas import Canvas
from comfy.sampling.guidance_rules import Guidance
from comfy.sampling.levels import NoiseLevels, stable_diffusion_levels


@dataclass
class ToyModel:
    """Predicts noise as if the picture were grey with the value that the text's mean names; keeps what it was asked."""

    prediction: str = "eps"
    latent_format: LatentFormat = STABLE_DIFFUSION_1
    levels: NoiseLevels = field(default_factory=stable_diffusion_levels)
    guidance: Guidance = field(default_factory=Guidance)
    asked: list[dict[str, Any]] = field(default_factory=list)
    too_many_rows: int = 10_000
    around: tuple[Around, ...] = ()
    around_network: tuple[AroundNetwork, ...] = ()
    around_step: tuple[AroundStep, ...] = ()
    around_predict: tuple[AroundPredict, ...] = ()
    changes: tuple[Change, ...] = ()
    mask_rule: MaskRule | None = None

    def around_run(self) -> tuple[AroundRun, ...]:
        return ()

    def for_run(self) -> "ToyModel":
        return self

    @contextmanager
    def prepare(self) -> Iterator[None]:
        yield

    def extras(self, name: str, options: Mapping[str, Any], canvas: Canvas) -> dict[str, torch.Tensor]:
        return {}

    def apply(self, x: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        if len(x) > self.too_many_rows:
            raise RuntimeError("not enough memory: you tried to allocate too much")
        assert len(x) == len(timestep) == len(context)
        self.asked.append({"shape": tuple(x.shape), "timestep": timestep.tolist(), "tokens": context.shape[1]})
        wanted = context.mean(dim=(1, 2)).reshape(-1, 1, 1, 1)
        return x * 0.3 - wanted


def text(value: float, tokens: int = 77, **options: Any) -> tuple[torch.Tensor, dict[str, Any]]:
    """One entry of a conditioning whose embedding has this mean."""
    return torch.full((1, tokens, 8), float(value)), options
