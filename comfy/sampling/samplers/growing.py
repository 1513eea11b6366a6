"""Latent consistency sampling that makes the picture larger on the way."""

from collections.abc import Sequence
from itertools import pairwise

import torch

from comfy.latents import resize
from comfy.sampling.noise import SEEDS
from comfy.sampling.registry import Denoise, Report, Sampler


class _NoiseOfAnySize:
    """What a generator goes on with after the run's first noise, in any shape."""

    def __init__(self, x: torch.Tensor, seed: int) -> None:
        self._first = x
        self._generator = torch.Generator().manual_seed(seed % SEEDS)
        torch.randn(x.shape, generator=self._generator)  # the first noise of the run

    def like(self, x: torch.Tensor) -> torch.Tensor:
        return torch.randn(x.shape, generator=self._generator).to(x)

    def __call__(self, sigma: float, sigma_next: float) -> torch.Tensor:
        return self.like(self._first)


def _noise(x: torch.Tensor, sigmas: Sequence[float], seed: int) -> _NoiseOfAnySize:
    return _NoiseOfAnySize(x, seed)


def sample_lcm_upscale(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: _NoiseOfAnySize,
    ratio: float = 1.0,
    steps: int | None = None,
    method: str = "bislerp",
) -> torch.Tensor:
    """Jump to the clean estimate, make it larger, and noise it again (after Luo et al. 2023).

    It reaches `ratio` times its size after `steps` steps, equally at each; half of all steps unless told.
    """
    wanted = max(len(sigmas) // 2 + 1, 2) if steps is None else min(steps + 1, len(sigmas) + 1)
    ratios = torch.linspace(1.0, ratio, wanted, dtype=torch.float64)[1:].tolist()
    height, width = x.shape[-2:]
    for index, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        x = denoised
        if index < len(ratios):
            x = resize(x, method, round(width * ratios[index]), round(height * ratios[index]))
        if sigma_next > 0:
            x = x + sigma_next * noise.like(x)
    return x


LCM_UPSCALE = Sampler("lcm_upscale", sample_lcm_upscale, noise=_noise)
"""Not among the named samplers: it needs a ratio."""
