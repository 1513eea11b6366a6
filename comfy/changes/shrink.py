"""Deep shrink (kohya): see a large picture smaller at first, so that its composition is that of one subject."""

from dataclasses import dataclass

import torch

from comfy.latents import resize
from comfy.models.changed_unet import Between
from comfy.sampling.asking import Asking


@dataclass(frozen=True)
class Shrink:
    """Feature maps made smaller by a factor after an input stage, from `start` to `end` of the way to the picture."""

    stage: int
    factor: float
    start: float
    end: float
    is_after_skip: bool
    down_method: str
    up_method: str

    def __call__(self, asking: Asking) -> Between | None:
        levels, sigma = asking.model.levels, asking.batch.sigma
        is_active = levels.sigma_at(self.start) >= sigma >= levels.sigma_at(self.end)
        return _Shrinking(self) if is_active else None


class _Shrinking(Between):
    def __init__(self, shrink: Shrink) -> None:
        self._shrink = shrink

    def after_input(self, stage: int, x: torch.Tensor) -> torch.Tensor:
        return x if self._shrink.is_after_skip else self._smaller(stage, x)

    def after_skip(self, stage: int, x: torch.Tensor) -> torch.Tensor:
        return self._smaller(stage, x) if self._shrink.is_after_skip else x

    def join(self, stage: int, x: torch.Tensor, skip: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if x.shape[2] == skip.shape[2]:
            return x, skip
        return resize(x, self._shrink.up_method, skip.shape[-1], skip.shape[-2]), skip

    def _smaller(self, stage: int, x: torch.Tensor) -> torch.Tensor:
        if stage != self._shrink.stage:
            return x
        height, width = (round(side * (1.0 / self._shrink.factor)) for side in x.shape[-2:])
        # Of the smallest pictures a large factor would leave nothing.
        return resize(x, self._shrink.down_method, max(width, 1), max(height, 1))
