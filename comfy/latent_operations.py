"""Operations on samples [B, C, h, w] that other nodes carry about: tone mapping, sharpening, joining."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from comfy.effects import sharpened
from comfy.latent_math import DIMENSIONS, fitted

Operation = Callable[[Tensor], Tensor]


def tonemap(samples: Tensor, multiplier: float) -> Tensor:
    """Samples whose channel vectors are shortened by Reinhard's curve (Reinhard et al. 2002).

    The curve's white is five deviations above the mean length, times the multiplier.
    """
    length = samples.norm(dim=1, keepdim=True) + 1e-10
    mean, deviation = length.mean(dim=(1, 2, 3), keepdim=True), length.std(dim=(1, 2, 3), keepdim=True)
    white = (5 * deviation + mean) * multiplier
    # length / white / (length / white + 1) * white, without dividing by a white of zero.
    return samples * (white / (length + white))


def sharpen(samples: Tensor, radius: int, sigma: float, amount: float) -> Tensor:
    """Samples whose directions are sharpened while their lengths stay."""
    length = samples.norm(dim=1, keepdim=True) + 1e-6
    directions = (samples / length).movedim(1, -1)
    return length * sharpened(directions, radius, sigma, amount).movedim(-1, 1)


def side_by_side(first: dict[str, Any], second: dict[str, Any], dimension: str, second_first: bool) -> dict[str, Any]:
    """Two latents joined along x, y or t; the second takes the first's size and batch."""
    one, other = first["samples"], second["samples"]
    joined = one.ndim + DIMENSIONS[dimension]
    if any(one.shape[axis] != other.shape[axis] for axis in range(one.ndim) if axis != joined):
        other = fitted(other, one)
    parts = (other, one) if second_first else (one, other)
    return {**first, "samples": torch.cat(parts, dim=DIMENSIONS[dimension])}
