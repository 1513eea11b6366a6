"""A sampler node tells its steps, shows previews when it is time, and stops once the prompt is cancelled."""

from typing import Any

import pytest
import torch

from comfy.latent_formats import STABLE_DIFFUSION_1
from comfy.sampling import Step
from execution import progress
from execution.errors import Interrupted
from execution.progress import PreviewSource
from nodes.step_reports import StepReports


class Watcher(progress.Reporter):
    """Notes what it is told; cancels after a step where asked to."""

    def __init__(self, cancel_after: int | None = None, wants: bool = True) -> None:
        self.steps: list[tuple[float, float]] = []
        self.previews: list[bytes] = []
        self._cancel_after, self._wants = cancel_after, wants

    def update(self, value: float, total: float, preview: PreviewSource | None = None) -> None:
        if value == self._cancel_after:
            raise Interrupted("The prompt was cancelled.")
        self.steps.append((value, total))
        if callable(preview):
            self.previews.append(preview() or b"")

    def wants_preview(self) -> bool:
        return self._wants


def step(index: int) -> Step:
    denoised = torch.zeros(1, 4, 8, 8)
    return Step(index, 3, 1.0, denoised, denoised)


def test_every_step_is_told() -> None:
    watcher = Watcher()
    reports = StepReports(watcher, STABLE_DIFFUSION_1, clock=lambda: 0.0)
    for index in range(3):
        reports(step(index))
    assert watcher.steps == [(1, 3), (2, 3), (3, 3)]
    assert len(watcher.previews) == 1
    assert watcher.previews[0].startswith(b"\xff\xd8")


def test_previews_come_again_when_time_has_passed() -> None:
    times = iter([0.0, 0.01, 10.0])
    watcher = Watcher()
    reports = StepReports(watcher, STABLE_DIFFUSION_1, clock=lambda: next(times))
    for index in range(3):
        reports(step(index))
    assert len(watcher.previews) == 2


@pytest.mark.parametrize(("wants", "shows"), [(False, True), (True, False)])
def test_no_preview_is_made_that_nobody_sees(wants: bool, shows: bool) -> None:
    watcher = Watcher(wants=wants)
    StepReports(watcher, STABLE_DIFFUSION_1, shows_previews=shows)(step(0))
    assert watcher.previews == []
    assert watcher.steps == [(1, 3)]


def test_a_preview_keeps_the_colours_of_its_step() -> None:
    class Later(Watcher):
        def update(self, value: float, total: float, preview: Any = None) -> None:
            self.kept = preview

    watcher = Later()
    now = step(0)
    StepReports(watcher, STABLE_DIFFUSION_1)(now)
    before = watcher.kept()
    now.denoised.fill_(5.0)
    assert watcher.kept() == before


def test_cancelling_raises_out_of_the_step() -> None:
    reports = StepReports(Watcher(cancel_after=2), STABLE_DIFFUSION_1)
    reports(step(0))
    with pytest.raises(Interrupted):
        reports(step(1))
