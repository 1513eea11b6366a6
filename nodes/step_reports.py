"""What watchers of a running sampler are told: every step, and now and then a rough picture."""

import time
from collections.abc import Callable
from functools import partial

from torch import Tensor

from comfy.latent_formats import LatentFormat
from comfy.previews import SECONDS_BETWEEN, encode_jpeg, latent_to_rgb
from comfy.sampling import Step
from execution.progress import PreviewSource, Reporter

Drawn = Callable[[Tensor, int], bytes]
"""Draws a latent [C, h, w], scaled as the model sees it, as a JPEG with no side beyond a limit."""


class StepReports:
    """Tells a reporter of every step it is given; a step ends the run by raising once the prompt is cancelled.

    Previews are rough colours of latents, or what `drawn` makes of them on another thread.
    """

    def __init__(
        self,
        reporter: Reporter,
        latent_format: LatentFormat,
        *,
        shows_previews: bool = True,
        largest_side: int = 512,
        drawn: Drawn | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reporter, self._format, self._largest_side = reporter, latent_format, largest_side
        self._shows_previews, self._clock, self._drawn = shows_previews, clock, drawn
        self._next_preview = float("-inf")

    def __call__(self, step: Step) -> None:
        self._reporter.update(step.index + 1, step.total, self._preview(step))

    def _preview(self, step: Step) -> PreviewSource | None:
        """The first clean estimate of the batch as colours, to be encoded off this thread; None when it is not time."""
        now = self._clock()
        if not self._shows_previews or now < self._next_preview or not self._reporter.wants_preview():
            return None
        self._next_preview = now + SECONDS_BETWEEN
        if self._drawn is not None:
            # A copy, since it is drawn later: the sampler does not wait for that.
            return partial(self._drawn, step.denoised[0].detach().clone(), self._largest_side)
        # The colours are a copy, so the sampler is free to reuse its tensor.
        return partial(encode_jpeg, latent_to_rgb(step.denoised[0], self._format), self._largest_side)
