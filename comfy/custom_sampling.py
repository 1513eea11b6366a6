"""The parts that samplers are put together from by hand: sources of noise, guided models, and lists of sigmas."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import torch
from torch import Tensor

from comfy.diffusion_model import DiffusionModel
from comfy.sampling import Guider, NoiseLevels, initial_noise

Latent = dict[str, Any]

NEARLY_NOTHING = 1e-4
"""Where an unsampling run begins: samplers cannot start from no noise at all."""


class Noise(Protocol):
    """Where a run's first noise comes from; `seed` also feeds samplers that add noise of their own."""

    @property
    def seed(self) -> int: ...

    def generate_noise(self, latent: Latent) -> Tensor:
        """Noise of the shape of a latent's samples."""


@dataclass(frozen=True)
class SeededNoise:
    """Noise from a seed; each item of a batch that remembers its place gets that place's noise."""

    seed: int

    def generate_noise(self, latent: Latent) -> Tensor:
        return initial_noise(latent["samples"].shape, self.seed, latent.get("batch_index"))


@dataclass(frozen=True)
class NoNoise:
    """No noise, for latents that have theirs already."""

    seed: int = 0

    def generate_noise(self, latent: Latent) -> Tensor:
        return torch.zeros_like(latent["samples"])


@dataclass(frozen=True, eq=False)
class GuidedModel:
    """A model with the guider that asks it."""

    model: DiffusionModel
    guider: Guider


def add_noise(model: DiffusionModel, noise: Noise, sigmas: Tensor, latent: Latent) -> Latent:
    """The latent with as much noise as lies between the first and the last sigma."""
    if len(sigmas) == 0:
        return latent
    amount = (sigmas[0] - sigmas[-1]).abs() if len(sigmas) > 1 else sigmas[0]
    # Latents are scaled on their way into the model, where sigmas are measured.
    samples, latent_format = latent["samples"], model.latent_format
    scaled = latent_format.into_model(samples) if samples.count_nonzero() > 0 else samples
    noisy = latent_format.out_of_model(scaled + noise.generate_noise(latent) * amount)
    return {**latent, "samples": noisy.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)}


def flip(sigmas: Tensor) -> Tensor:
    """The sigmas the other way round, from nearly nothing to the highest: back from a picture to its noise."""
    flipped = sigmas.flip(0)
    if len(flipped) and flipped[0] == 0:
        flipped[0] = NEARLY_NOTHING
    return flipped


def split_at(sigmas: Tensor, step: int) -> tuple[Tensor, Tensor]:
    """The sigmas up to a step and those from it on, both with that step's own."""
    return sigmas[: step + 1], sigmas[step:]


def split_by_denoise(sigmas: Tensor, denoise: float) -> tuple[Tensor, Tensor]:
    """The sigmas before and within the last share of the steps."""
    steps = round(max(len(sigmas) - 1, 0) * denoise)
    return split_at(sigmas, len(sigmas) - 1 - steps) if len(sigmas) else (sigmas, sigmas)


def with_first(sigmas: Tensor, sigma: float) -> Tensor:
    """The sigmas with another one to begin with."""
    changed = sigmas.clone()
    changed[:1] = sigma
    return changed


def turbo_sigmas(levels: NoiseLevels, steps: int, denoise: float) -> Tensor:
    """The levels that distilled models such as SD Turbo were trained on: every hundredth timestep from the top."""
    skipped = 10 - int(10 * denoise)
    timesteps = (torch.arange(10, 0, -1) * 100 - 1)[skipped : skipped + steps]
    return torch.cat([levels.sigma(timesteps), torch.zeros(1)])


SPACINGS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda share: share,
    "cosine": lambda share: (share * math.pi / 2).sin(),
    "sine": lambda share: 1 - (share * math.pi / 2).cos(),
}
"""How far to go between two sigmas at a share of the way."""


def extended(sigmas: Tensor, steps: int, start: float, end: float, spacing: str) -> Tensor:
    """The sigmas with every step that begins between `start` and `end` cut into `steps` steps."""
    shares = SPACINGS[spacing](torch.linspace(0, 1, steps + 1)[:-1])
    pieces = [
        sigma + shares * (sigma_next - sigma) if end <= sigma <= start else sigma.reshape(1)
        for sigma, sigma_next in pairwise(sigmas)
    ]
    return torch.cat([*pieces, sigmas[-1:]])
