"""CFG++: keep the guided clean estimate, but put back the noise that the negative conditioning sees.

Chung et al. 2024. Every sampler here is its namesake with (x - unguided) where that has (x - denoised).
"""

from itertools import pairwise
from math import exp, expm1, log, sqrt

import torch

from comfy.sampling.noise import FreshNoise, gaussian_noise
from comfy.sampling.registry import Denoise, Report, Sampler, sampler
from comfy.sampling.samplers.ancestral import ancestral_split
from comfy.sampling.samplers.exponential import res_weights
from comfy.sampling.samplers.runge_kutta import slope


@sampler("euler_cfg_pp", noise=gaussian_noise, options={"eta": 0.0})
@sampler("euler_ancestral_cfg_pp", noise=gaussian_noise)
def sample_euler_ancestral_cfg_pp(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> torch.Tensor:
    """Euler's step in CFG++ form, with fresh noise where eta is above 0."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised, unguided = denoise.both(x, sigma)
        report(x, sigma, denoised)
        sigma_down, sigma_up = ancestral_split(sigma, sigma_next, eta)
        x = denoised + (x - unguided) * (sigma_down / sigma)
        if sigma_up > 0:
            x = x + noise(sigma, sigma_next) * (s_noise * sigma_up)
    return x


def sample_euler_pp(denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float]) -> torch.Tensor:
    """Euler's step whose slope, and not only its noise, is of the negative conditioning: another form of the same."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised, unguided = denoise.both(x, sigma)
        report(x, sigma, denoised)
        x = x + slope(x - denoised + unguided, sigma, denoised) * (sigma_next - sigma)
    return x


EULER_PP = Sampler("euler_pp", sample_euler_pp)
"""Not among the named samplers."""


@sampler("dpmpp_2s_ancestral_cfg_pp", noise=gaussian_noise)
def sample_dpmpp_2s_ancestral_cfg_pp(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> torch.Tensor:
    """DPM-Solver++(2S) in CFG++ form."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised, unguided = denoise.both(x, sigma)
        report(x, sigma, denoised)
        sigma_down, sigma_up = ancestral_split(sigma, sigma_next, eta)
        if sigma_down == 0:
            x = denoised
        else:
            h = log(sigma / sigma_down)
            sigma_mid = sqrt(sigma * sigma_down)
            start = x + (denoised - unguided)
            mid = (sigma_mid / sigma) * start - expm1(-h / 2) * denoised
            x = (sigma_down / sigma) * start - expm1(-h) * denoise(mid, sigma_mid)
        if sigma_next > 0:
            x = x + noise(sigma, sigma_next) * (s_noise * sigma_up)
    return x


@sampler("dpmpp_2m_cfg_pp")
def sample_dpmpp_2m_cfg_pp(denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float]) -> torch.Tensor:
    """DPM-Solver++(2M) in CFG++ form."""
    previous, h_last = None, 0.0
    for sigma, sigma_next in pairwise(sigmas):
        denoised, unguided = denoise.both(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        h = log(sigma / sigma_next)
        x = denoised + exp(-h) * (x - unguided)
        if previous is not None:
            x = x - expm1(-h) * (h / (2 * h_last)) * (denoised - previous)
        previous, h_last = unguided, h
    return x


@sampler("res_multistep_ancestral_cfg_pp", noise=gaussian_noise, options={"eta": 1.0})
@sampler("res_multistep_cfg_pp", noise=gaussian_noise)
def sample_res_multistep_cfg_pp(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> torch.Tensor:
    """The refined exponential solver's multistep in CFG++ form."""
    previous, sigma_before, down_before = None, 0.0, 0.0
    for sigma, sigma_next in pairwise(sigmas):
        denoised, unguided = denoise.both(x, sigma)
        report(x, sigma, denoised)
        sigma_down, sigma_up = ancestral_split(sigma, sigma_next, eta)
        if sigma_down == 0 or previous is None:
            x = denoised + (x - unguided) * (sigma_down / sigma)
        else:
            h = log(sigma / sigma_down)
            newest, older = res_weights(h, log(down_before / sigma_before) / h)
            x = exp(-h) * (x + denoised - unguided) + newest * unguided + older * previous
        if sigma_up > 0:
            x = x + noise(sigma, sigma_next) * (s_noise * sigma_up)
        previous, sigma_before, down_before = unguided, sigma, sigma_down
    return x


@sampler("gradient_estimation_cfg_pp")
def sample_gradient_estimation_cfg_pp(
    denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float], ge_gamma: float = 2.0
) -> torch.Tensor:
    """Gradient estimation in CFG++ form."""
    previous = None
    for sigma, sigma_next in pairwise(sigmas):
        denoised, unguided = denoise.both(x, sigma)
        report(x, sigma, denoised)
        d = slope(x, sigma, unguided)
        if sigma_next == 0:
            x = denoised
            continue
        x = denoised + d * sigma_next
        if previous is not None:
            x = x + (ge_gamma - 1) * (d - previous) * (sigma_next - sigma)
        previous = d
    return x
