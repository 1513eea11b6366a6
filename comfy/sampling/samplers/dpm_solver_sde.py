"""DPM-Solver++ for the reverse SDE, with noise from one Brownian path per run."""

from itertools import pairwise
from math import exp, expm1, log, sqrt

import torch

from comfy.sampling.noise import FreshNoise, brownian_noise, cpu_brownian_noise
from comfy.sampling.registry import Denoise, Report, sampler
from comfy.sampling.samplers.ancestral import ancestral_split


def between(sigma: float, sigma_next: float, share: float) -> float:
    """The sigma at `share` of the way in log sigma.

    Rounded at every stage as float32, since the Brownian path gives visibly other noise at a neighbouring number.
    """
    first, last = -torch.tensor(sigma).log(), -torch.tensor(sigma_next).log()
    return float((-torch.lerp(first, last, share)).exp())


@sampler("dpmpp_sde_gpu", noise=brownian_noise)
@sampler("dpmpp_sde", noise=cpu_brownian_noise)
def sample_dpmpp_sde(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    eta: float = 1.0,
    s_noise: float = 1.0,
    r: float = 0.5,
) -> torch.Tensor:
    """DPM-Solver++(2S) with fresh noise at the inner point too (Lu et al. 2022, SDE form)."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        sigma_mid = between(sigma, sigma_next, r)
        down, up = ancestral_split(sigma, sigma_mid, eta)
        mid = (down / sigma) * x + (1 - down / sigma) * denoised
        if up > 0:
            mid = mid + noise(sigma, sigma_mid) * (s_noise * up)
        target = torch.lerp(denoised, denoise(mid, sigma_mid), 1 / (2 * r))
        down, up = ancestral_split(sigma, sigma_next, eta)
        x = (down / sigma) * x + (1 - down / sigma) * target
        if up > 0:
            x = x + noise(sigma, sigma_next) * (s_noise * up)
    return x


@sampler("dpmpp_2m_sde_heun_gpu", noise=brownian_noise, options={"solver_type": "heun"})
@sampler("dpmpp_2m_sde_heun", noise=cpu_brownian_noise, options={"solver_type": "heun"})
@sampler("dpmpp_2m_sde_gpu", noise=brownian_noise)
@sampler("dpmpp_2m_sde", noise=cpu_brownian_noise)
def sample_dpmpp_2m_sde(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    eta: float = 1.0,
    s_noise: float = 1.0,
    solver_type: str = "midpoint",
) -> torch.Tensor:
    """SDE-DPM-Solver++(2M) (Lu et al. 2022, equations 19 and 20; both forms of the second-order term)."""
    previous, h_last = None, 0.0
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        h = log(sigma / sigma_next)
        h_eta = h * (eta + 1)
        x = exp(-h_eta) * x - expm1(-h_eta) * denoised
        if previous is not None:
            bend = -expm1(-h_eta) / 2 if solver_type == "midpoint" else 1 + expm1(-h_eta) / h_eta
            x = x + (bend * h / h_last) * (denoised - previous)
        if eta > 0 and s_noise > 0:
            x = x + noise(sigma, sigma_next) * (s_noise * sigma_next * sqrt(-expm1(-2 * h * eta)))
        previous, h_last = denoised, h
    return x


@sampler("dpmpp_3m_sde_gpu", noise=brownian_noise)
@sampler("dpmpp_3m_sde", noise=cpu_brownian_noise)
def sample_dpmpp_3m_sde(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> torch.Tensor:
    """Third-order multistep form of SDE-DPM-Solver++ (Crowson 2023, after Lu et al. 2022, appendix)."""
    estimates: list[torch.Tensor] = []
    widths: list[float] = []
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        h = log(sigma / sigma_next)
        h_eta = h * (eta + 1)
        x = exp(-h_eta) * x - expm1(-h_eta) * denoised
        phi_2 = expm1(-h_eta) / h_eta + 1
        if len(estimates) == 1:
            x = x + phi_2 * (denoised - estimates[-1]) * (h / widths[-1])
        elif len(estimates) == 2:
            r0, r1 = widths[-1] / h, widths[-2] / h
            first, second = (denoised - estimates[-1]) / r0, (estimates[-1] - estimates[-2]) / r1
            bend = (first - second) / (r0 + r1)
            x = x + phi_2 * (first + r0 * bend) - (phi_2 / h_eta - 0.5) * bend
        if eta > 0 and s_noise > 0:
            x = x + noise(sigma, sigma_next) * (s_noise * sigma_next * sqrt(-expm1(-2 * h * eta)))
        estimates, widths = [*estimates, denoised][-2:], [*widths, h][-2:]
    return x
