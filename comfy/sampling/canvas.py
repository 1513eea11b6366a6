"""What a run begins with, as models that look at more than the noisy latent want to see it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True, eq=False)
class Canvas:
    """The latent [B, C, h, w], scaled as the model sees latents, the first noise, and the inpaint mask [B, 1, h, w].

    `seed` is the run's, for what draws noise of its own.
    """

    latent: torch.Tensor
    noise: torch.Tensor
    mask: torch.Tensor | None = None
    seed: int = 0

    @classmethod
    def empty(cls, shape: Sequence[int], device: torch.device) -> "Canvas":
        """Zeros of a shape."""
        return cls(torch.zeros(*shape, device=device), torch.zeros(*shape, device=device))

    @property
    def batch(self) -> int:
        return self.latent.shape[0]

    @property
    def height(self) -> int:
        return self.latent.shape[-2]

    @property
    def width(self) -> int:
        return self.latent.shape[-1]

    @property
    def device(self) -> torch.device:
        return self.latent.device


def per_item(tensor: torch.Tensor, batch: int) -> torch.Tensor:
    """A tensor for every item of a batch; a shorter batch starts over."""
    repeats = -(-batch // len(tensor))
    return tensor.repeat(repeats, *[1] * (tensor.ndim - 1))[:batch]
