"""Single-step solvers of the probability-flow ODE dx/dsigma = (x - denoised) / sigma."""

from itertools import pairwise
from math import sqrt

import torch

from comfy.sampling.registry import Denoise, Report, sampler


def slope(x: torch.Tensor, sigma: float, denoised: torch.Tensor) -> torch.Tensor:
    """dx/dsigma of the probability-flow ODE (Karras et al. 2022, equation 3)."""
    return (x - denoised) / sigma


@sampler("ddim", redraws_mask_noise=True)
@sampler("euler")
def sample_euler(denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float]) -> torch.Tensor:
    """Follow the probability-flow ODE in straight steps (Karras et al. 2022, algorithm 2; Song et al. 2021)."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        x = denoised + (x - denoised) * (sigma_next / sigma)
    return x


@sampler("heun")
def sample_heun(denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float]) -> torch.Tensor:
    """Average the slopes at both ends of a step (Karras et al. 2022, algorithm 1)."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        d, step = slope(x, sigma, denoised), sigma_next - sigma
        end = x + d * step
        d_end = slope(end, sigma_next, denoise(end, sigma_next))
        x = x + (d + d_end) * (step / 2)
    return x


@sampler("heunpp2")
def sample_heunpp2(denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float]) -> torch.Tensor:
    """Weigh slopes up to two steps ahead by their sigma, low noise counting less (Heun++ of FlashDiffusion)."""
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        d, step = slope(x, sigma, denoised), sigma_next - sigma
        if sigma_next == sigmas[-1]:
            x = x + d * step
            continue
        x_2 = x + d * step
        d_2 = slope(x_2, sigma_next, denoise(x_2, sigma_next))
        sigma_after = sigmas[i + 2]
        if sigma_after == sigmas[-1]:
            share_2, share_3, d_3 = sigma_next / (2 * sigmas[0]), 0.0, d_2
        else:
            x_3 = x_2 + d_2 * (sigma_after - sigma_next)
            d_3 = slope(x_3, sigma_after, denoise(x_3, sigma_after))
            share_2, share_3 = sigma_next / (3 * sigmas[0]), sigma_after / (3 * sigmas[0])
        x = x + (d * (1 - share_2 - share_3) + d_2 * share_2 + d_3 * share_3) * step
    return x


@sampler("dpm_2", drops_penultimate=True)
def sample_dpm_2(denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float]) -> torch.Tensor:
    """Step with the slope at the geometric middle (DPM-Solver-2 in Karras et al. 2022's terms)."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        sigma_mid = sqrt(sigma * sigma_next)
        mid = x + slope(x, sigma, denoised) * (sigma_mid - sigma)
        x = x + slope(mid, sigma_mid, denoise(mid, sigma_mid)) * (sigma_next - sigma)
    return x
