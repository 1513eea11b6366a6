"""What a model may be trained to predict, and the clean estimate that follows from it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Level:
    """The noise level of a call, as sigma and as the model's timestep, and the spread of clean latents."""

    sigma: float
    timestep: float
    spread: float = 1.0

    @property
    def length(self) -> float:
        """The deviation of a noisy latent."""
        return math.sqrt(self.sigma**2 + self.spread**2)


def clean_from_eps(x: torch.Tensor, eps: torch.Tensor, at: Level) -> torch.Tensor:
    """The clean estimate when the model predicts the noise (Ho et al. 2020)."""
    return x - eps * at.sigma


def clean_from_v(x: torch.Tensor, v: torch.Tensor, at: Level) -> torch.Tensor:
    """The clean estimate when the model predicts the velocity (Salimans & Ho 2022)."""
    return x * (at.spread**2 / (at.sigma**2 + at.spread**2)) - v * (at.sigma * at.spread / at.length)


def clean_from_edm(x: torch.Tensor, f: torch.Tensor, at: Level) -> torch.Tensor:
    """The clean estimate of a preconditioned model (Karras et al. 2022, equation 7): v with the other sign."""
    return clean_from_v(x, -f, at)


def clean_itself(x: torch.Tensor, clean: torch.Tensor, at: Level) -> torch.Tensor:
    """The clean estimate when that is what the model predicts."""
    return clean


def clean_from_lcm(x: torch.Tensor, eps: torch.Tensor, at: Level) -> torch.Tensor:
    """The clean estimate of a latent consistency model, which is x itself where there is no noise (Luo et al. 2023)."""
    spread, scaled = 0.5, at.timestep * 10.0
    skip = spread**2 / (scaled**2 + spread**2)
    out = scaled / math.sqrt(scaled**2 + spread**2)
    return (x - eps * at.sigma) * out + x * skip


CLEAN_FROM: dict[str, Callable[[torch.Tensor, torch.Tensor, Level], torch.Tensor]] = {
    "eps": clean_from_eps,
    "v": clean_from_v,
    "edm": clean_from_edm,
    "x0": clean_itself,
    "lcm": clean_from_lcm,
}
