"""A model that is known exactly: data with a normal distribution, whose best denoiser and ODE have closed forms."""

import math
from dataclasses import dataclass, field

import torch

from comfy.sampling.levels import NoiseLevels, stable_diffusion_levels


@dataclass
class GaussianDenoise:
    """The ideal denoiser for data of mean `mean` and spread `spread`; counts how often it is asked."""

    mean: float = 0.5
    spread: float = 0.8
    levels: NoiseLevels = field(default_factory=stable_diffusion_levels)
    calls: list[float] = field(default_factory=list)

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        self.calls.append(sigma)
        share = self.spread**2 / (self.spread**2 + sigma**2)
        return self.mean + (x - self.mean) * share

    def both(self, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
        denoised = self(x, sigma)
        return denoised, denoised

    def flow(self, x: torch.Tensor, sigma: float, sigma_next: float) -> torch.Tensor:
        """Where the probability-flow ODE takes x from one noise level to another."""
        scale = math.sqrt((self.spread**2 + sigma_next**2) / (self.spread**2 + sigma**2))
        return self.mean + (x - self.mean) * scale


def ignore(x: torch.Tensor, sigma: float, denoised: torch.Tensor) -> None:
    """A report that nobody reads."""
