"""Differential diffusion (Levin & Fried 2023): a mask's grey says from which step on a place may change."""

from collections.abc import Callable, Sequence

import torch

from comfy.sampling.levels import NoiseLevels


def differential_mask(strength: float) -> Callable[[torch.Tensor, float, Sequence[float], NoiseLevels], torch.Tensor]:
    """A rule for inpaint masks: black and white by the share of timesteps left, mixed with the mask below 1."""

    def mask_at(mask: torch.Tensor, sigma: float, sigmas: Sequence[float], levels: NoiseLevels) -> torch.Tensor:
        first, last = levels.timestep(sigmas[0]), levels.timestep(max(levels.sigma_min, sigmas[-1]))
        left = (levels.timestep(sigma) - last) / (first - last) if first != last else 0.0
        sharp = (mask >= left).to(mask.dtype)
        return sharp * strength + mask * (1 - strength) if 0 < strength < 1 else sharp

    return mask_at
