"""Guiders: which conditionings the model is asked for, and how their estimates become one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from comfy.sampling.conditions import Conditioning
from comfy.sampling.guidance_rules import Estimates, Guidance, perpendicular_negative


class Predict(Protocol):
    """Asks the model for clean estimates under conditionings, all in one batch where they fit."""

    guidance: Guidance

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
        guidance = predict.guidance
        if math.isclose(self.cfg, 1) and not guidance.needs_negative:
            positive = predict(x, sigma, ["positive"])[0]
            if not guidance.works_at_one:
                return positive
            return guidance.guide(Estimates(x, sigma, self.cfg, positive, torch.zeros_like(x), predict))
        return self.guide_both(predict, x, sigma)[0]

    def guide_both(self, predict: Predict, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
        positive, negative = predict(x, sigma, ["positive", "negative"])
        return predict.guidance.guide(Estimates(x, sigma, self.cfg, positive, negative, predict)), negative


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


@dataclass(frozen=True)
class DualCfgGuider:
    """Guidance by two texts and a negative one (Brooks et al. 2023 guide by a picture and a text so).

    Regular: from the negative to the second text by `cfg_second`, and from the second to the first by `cfg_first`.
    Nested: the first goes past the second by `cfg_first`, and that past the negative by `cfg_second`.
    """

    first: Conditioning
    second: Conditioning
    negative: Conditioning
    cfg_first: float
    cfg_second: float
    is_nested: bool = False

    @property
    def conditionings(self) -> Mapping[str, Conditioning]:
        return {"first": self.first, "second": self.second, "negative": self.negative}

    def guide(self, predict: Predict, x: torch.Tensor, sigma: float) -> torch.Tensor:
        return self.guide_both(predict, x, sigma)[0]

    def guide_both(self, predict: Predict, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
        first, second, negative = predict(x, sigma, ["first", "second", "negative"])
        if self.is_nested:
            texts = second + (first - second) * self.cfg_first
            return negative + (texts - negative) * self.cfg_second, negative
        towards_second = negative + (second - negative) * self.cfg_second
        return towards_second + (first - second) * self.cfg_first, negative


@dataclass(frozen=True)
class PerpNegGuider:
    """Guidance away only by what of the negative text is perpendicular to the positive one (Armandpour et al. 2023)."""

    positive: Conditioning
    negative: Conditioning
    empty: Conditioning
    cfg: float
    negative_scale: float

    @property
    def conditionings(self) -> Mapping[str, Conditioning]:
        return {"positive": self.positive, "negative": self.negative, "empty": self.empty}

    def guide(self, predict: Predict, x: torch.Tensor, sigma: float) -> torch.Tensor:
        return self.guide_both(predict, x, sigma)[0]

    def guide_both(self, predict: Predict, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
        positive, negative, empty = predict(x, sigma, ["positive", "negative", "empty"])
        guided = perpendicular_negative(positive, negative, empty, self.negative_scale, self.cfg)
        seen = Estimates(x, sigma, self.cfg, positive, negative, predict)
        for change in predict.guidance.after:
            guided = change(seen, guided)
        return guided, negative
