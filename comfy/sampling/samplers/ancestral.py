"""Samplers that step below the next noise level and add fresh noise back up to it."""

from itertools import pairwise
from math import expm1, log, sqrt

import torch

from comfy.sampling.noise import FreshNoise, gaussian_noise
from comfy.sampling.registry import Denoise, Report, sampler
from comfy.sampling.samplers.runge_kutta import slope


def ancestral_split(sigma: float, sigma_next: float, eta: float = 1.0) -> tuple[float, float]:
    """The level to step down to and the noise to add, so that together they make `sigma_next`.

    eta 1 adds as much noise as the reverse of the forward process does, 0 none.
    """
    if eta == 0:  # also where sigma rises, where there is no noise to add
        return sigma_next, 0.0
    sigma_up = min(sigma_next, eta * sqrt(sigma_next**2 * (sigma**2 - sigma_next**2) / sigma**2))
    return sqrt(sigma_next**2 - sigma_up**2), sigma_up


@sampler("euler_ancestral", noise=gaussian_noise)
def sample_euler_ancestral(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> torch.Tensor:
    """Euler steps with fresh noise (ancestral sampling of the variance-exploding chain, Song et al. 2021)."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        sigma_down, sigma_up = ancestral_split(sigma, sigma_next, eta)
        x = denoised + (x - denoised) * (sigma_down / sigma)
        if sigma_next > 0:
            x = x + noise(sigma, sigma_next) * (s_noise * sigma_up)
    return x


@sampler("dpm_2_ancestral", noise=gaussian_noise, drops_penultimate=True)
def sample_dpm_2_ancestral(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> torch.Tensor:
    """Midpoint steps in log sigma with fresh noise (dpm_2 of Karras et al. 2022, made ancestral)."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        sigma_down, sigma_up = ancestral_split(sigma, sigma_next, eta)
        if sigma_down == 0:
            x = denoised
        else:
            sigma_mid = sqrt(sigma * sigma_down)
            mid = x + slope(x, sigma, denoised) * (sigma_mid - sigma)
            x = x + slope(mid, sigma_mid, denoise(mid, sigma_mid)) * (sigma_down - sigma)
        if sigma_next > 0:
            x = x + noise(sigma, sigma_next) * (s_noise * sigma_up)
    return x


@sampler("dpmpp_2s_ancestral", noise=gaussian_noise)
def sample_dpmpp_2s_ancestral(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> torch.Tensor:
    """DPM-Solver++(2S) with fresh noise (Lu et al. 2022, algorithm 1 with r = 1/2)."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        sigma_down, sigma_up = ancestral_split(sigma, sigma_next, eta)
        if sigma_down == 0:
            x = denoised
        else:
            h = log(sigma / sigma_down)
            sigma_mid = sqrt(sigma * sigma_down)
            mid = (sigma_mid / sigma) * x - expm1(-h / 2) * denoised
            x = (sigma_down / sigma) * x - expm1(-h) * denoise(mid, sigma_mid)
        if sigma_next > 0:
            x = x + noise(sigma, sigma_next) * (s_noise * sigma_up)
    return x


@sampler("lcm", noise=gaussian_noise)
def sample_lcm(
    denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float], noise: FreshNoise
) -> torch.Tensor:
    """Jump to the clean estimate and noise it again (multistep consistency sampling, Luo et al. 2023)."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        x = denoised
        if sigma_next > 0:
            x = x + noise(sigma, sigma_next) * sigma_next
    return x


@sampler("ddpm", noise=gaussian_noise)
def sample_ddpm(
    denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float], noise: FreshNoise
) -> torch.Tensor:
    """The reverse chain of the variance-preserving process (Ho et al. 2020, algorithm 2).

    The chain's x is ours over sqrt(1 + sigma^2), its cumulative alpha is 1 / (1 + sigma^2).
    """
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        cumulative, cumulative_next = 1 / (1 + sigma**2), 1 / (1 + sigma_next**2)
        alpha = cumulative / cumulative_next
        eps = (x - denoised) / sigma
        x = (x * sqrt(cumulative) - eps * ((1 - alpha) / sqrt(1 - cumulative))) / sqrt(alpha)
        if sigma_next > 0:
            spread = sqrt((1 - alpha) * (1 - cumulative_next) / (1 - cumulative))
            x = (x + noise(sigma, sigma_next) * spread) / sqrt(cumulative_next)
    return x
