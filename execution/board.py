"""Which nodes run, how far they are, and when that is worth a message."""

import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from execution.dynamic import DynamicPrompt
from execution.events import Event, Progress, ProgressState
from execution.forecast import Forecast

# A message about every change would cost bytes quadratic in nodes: each tells only of the nodes that changed since the
# one before, and after a burst, which small prompts never use up, messages come at a steady rate.
STATE_BURST, STATE_RATE = 64, 20.0
STEP_BURST, STEP_RATE = 256, 30.0


class Allowance:
    """So many at once, then so many a second (a token bucket)."""

    def __init__(self, burst: int, rate: float) -> None:
        self._burst, self._rate = burst, rate
        self._left = float(burst)
        self._seen = time.monotonic()

    def take(self) -> bool:
        """Whether one more is allowed now."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._seen) * self._rate)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Board:
    """Keeps the state of each node that began and emits `progress` and `progress_state`; any thread may call it."""

    def __init__(self, prompt_id: str, nodes: DynamicPrompt, emit: Callable[[Event], None], forecast: Forecast) -> None:
        self._prompt_id = prompt_id
        self._nodes = nodes
        self._emit = emit
        self._forecast = forecast
        self._changed: dict[str, dict[str, Any]] = {}
        self._totals: dict[str, float] = {}
        self._is_behind = False
        self._states = Allowance(STATE_BURST, STATE_RATE)
        self._steps = Allowance(STEP_BURST, STEP_RATE)
        self._lock = Lock()

    def plan(self, node_ids: Iterable[str]) -> None:
        """These are to run."""
        with self._lock:
            self._forecast.plan({node_id: self._nodes[node_id].class_type for node_id in node_ids})

    def start(self, node_id: str) -> None:
        with self._lock:
            self._forecast.begin(node_id)
        self._set(node_id, 0, 1, "running")

    def update(self, node_id: str, value: float, total: float) -> None:
        self._set(node_id, value, total, "running")

    def finish(self, node_id: str) -> None:
        total = self._totals.pop(node_id, 1)
        with self._lock:
            self._forecast.finish(node_id, self._nodes[node_id].class_type)
        self._set(node_id, total, total, "finished")

    def fail(self, node_id: str) -> None:
        self._set(node_id, 0, self._totals.pop(node_id, 1), "error")

    def step(self, node_id: str, value: float, total: float) -> None:
        """Tell that a node did one more step; the last one is always told."""
        if self._steps.take() or value >= total:
            self._emit(Progress(self._prompt_id, node_id, value, total))

    def flush(self) -> None:
        """Tell what was held back."""
        with self._lock:
            if self._is_behind:
                self._tell()

    def _set(self, node_id: str, value: float, total: float, state: str) -> None:
        with self._lock:
            if state == "running":
                self._totals[node_id] = total
                self._forecast.note(node_id, min(max(value / total, 0.0), 1.0) if total > 0 else 0.0)
            self._changed[node_id] = {
                "value": value,
                "max": total,
                "state": state,
                "node_id": node_id,
                "prompt_id": self._prompt_id,
                "display_node_id": self._nodes.display_id(node_id),
                "parent_node_id": self._nodes.parent_id(node_id),
                "real_node_id": self._nodes.real_id(node_id),
            }
            if self._states.take():
                self._tell()
            else:
                self._is_behind = True

    def _tell(self) -> None:
        self._is_behind = False
        changed, self._changed = self._changed, {}
        self._emit(ProgressState(self._prompt_id, changed, self._forecast.share, self._forecast.seconds_ahead))
