"""Pictures as a model of the unCLIP kind is told of them: CLIP's vectors with noise, and how much noise that is.

After Ramesh et al. 2022 and Stability AI's Stable Diffusion 2.1 unCLIP; also Stable Diffusion XL read so ("Revision").
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import torch
from torch import Tensor

from comfy.errors import ArchitectureError
from comfy.models.shapes import StateDict
from comfy.models.unet import timestep_embedding
from comfy.vision import EncodedPicture

NOISE_LEVELS = 1000
MERGED_NOISE = 0.05
"""How much noise a sum of several pictures is said to have."""

SEED_SHIFT = -10
"""From the seed of a run to that of the noise."""


@dataclass(frozen=True, eq=False)
class SeenPicture:
    """A picture that a conditioning names: encoded, how strongly it counts, and its share of noise, 0 to 1."""

    encoded: EncodedPicture
    strength: float
    noise: float


@lru_cache(maxsize=1)
def _signal_shares() -> Tensor:
    """The cumulative signal share of every noise level, float32: a squared cosine (Nichol & Dhariwal 2021)."""

    def share(time: float) -> float:
        return math.cos((time + 0.008) / 1.008 * math.pi / 2) ** 2

    steps = range(NOISE_LEVELS)
    betas = [min(1 - share((step + 1) / NOISE_LEVELS) / share(step / NOISE_LEVELS), 0.999) for step in steps]
    return torch.cumprod(1 - torch.tensor(betas, dtype=torch.float64), dim=0).float()


@dataclass(frozen=True, eq=False)
class Augmentor:
    """Adds noise to CLIP's vectors [1, D], scaled by the mean and deviation [1, D] of those seen in training."""

    width: int
    mean: Tensor = field(default_factory=lambda: torch.zeros(1))
    deviation: Tensor = field(default_factory=lambda: torch.ones(1))

    @classmethod
    def from_state_dict(cls, state_dict: StateDict, width: int) -> "Augmentor":
        """With the numbers that a checkpoint has; without them vectors are taken as they are."""
        mean, deviation = (state_dict.get(f"noise_augmentor.data_{name}") for name in ("mean", "std"))
        if mean is None or deviation is None:
            return cls(width)
        return cls(width, mean.float().reshape(1, -1), deviation.float().reshape(1, -1))

    def vector(self, pictures: Sequence[SeenPicture], seed: int, merged_noise: float = MERGED_NOISE) -> Tensor:
        """All pictures as one vector [1, 2 * D]: what they show, then the level of its noise."""
        parts = [
            self.noisy(embedding[None].float(), picture.noise, seed) * picture.strength
            for picture in pictures
            for embedding in picture.encoded.image_embeds
        ]
        if len(parts) == 1:
            return parts[0]
        return self.noisy(torch.stack(parts).sum(dim=0)[:, : self.width], merged_noise, seed)

    def noisy(self, embedding: Tensor, share: float, seed: int) -> Tensor:
        """One vector [1, D] with noise, and the level as sinusoids behind it."""
        if embedding.shape[1] != self.width:
            raise ArchitectureError(
                f"this model wants pictures as vectors of {self.width} numbers, and the picture encoder makes "
                f"{embedding.shape[1]}; use the encoder that came with the checkpoint"
            )
        level = round((NOISE_LEVELS - 1) * share)
        signal = _signal_shares()[level]
        noise = torch.randn(embedding.shape, generator=torch.Generator().manual_seed(seed + SEED_SHIFT))
        scaled = (embedding - self.mean) / self.deviation
        noised = (signal.sqrt() * scaled + (1 - signal).sqrt() * noise) * self.deviation + self.mean
        return torch.cat([noised, timestep_embedding(torch.tensor([level]), self.width)], dim=1)
