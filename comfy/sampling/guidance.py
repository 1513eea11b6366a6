"""Guiders: which conditionings the model is asked for, and how their estimates become one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from comfy.sampling.conditions import Conditioning


class Predict(Protocol):
    """Asks the model for clean estimates under conditionings, all in one batch where they fit."""

    def __call__(self, x: torch.Tensor, sigma: float, names: Sequence[str]) -> list[torch.Tensor]: ...


class Guider(Protocol):
    """Combines what the model says under several conditionings."""

    @property
    def conditionings(self) -> Mapping[str, Conditioning]:
        """The conditionings by the names under which `guide` asks for them."""

    def guide(self, predict: Predict, x: torch.Tensor, sigma: float) -> torch.Tensor:
        """The guided clean estimate of x, [B, C, h, w]."""

    def guide_both(self, predict: Predict, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
        """The guided clean estimate, and the one without guidance."""


@dataclass(frozen=True)
class CfgGuider:
    """Classifier-free guidance: away from the negative estimate, past the positive one (Ho & Salimans 2022).

    cfg 1 is the positive estimate alone, and the negative one is then not asked for.
    """

    positive: Conditioning
    negative: Conditioning
    cfg: float

    @property
    def conditionings(self) -> Mapping[str, Conditioning]:
        return {"positive": self.positive, "negative": self.negative}

    def guide(self, predict: Predict, x: torch.Tensor, sigma: float) -> torch.Tensor:
        if math.isclose(self.cfg, 1):
            return predict(x, sigma, ["positive"])[0]
        return self.guide_both(predict, x, sigma)[0]

    def guide_both(self, predict: Predict, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
        positive, negative = predict(x, sigma, ["positive", "negative"])
        return negative + (positive - negative) * self.cfg, negative


@dataclass(frozen=True)
class BasicGuider:
    """The estimate of one conditioning, unguided."""

    positive: Conditioning

    @property
    def conditionings(self) -> Mapping[str, Conditioning]:
        return {"positive": self.positive}

    def guide(self, predict: Predict, x: torch.Tensor, sigma: float) -> torch.Tensor:
        return predict(x, sigma, ["positive"])[0]

    def guide_both(self, predict: Predict, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
        positive = self.guide(predict, x, sigma)
        return positive, positive
