"""Exponential integrators over -log(sigma): RES, SEEDS and the extended reverse-time SDE solvers."""

from collections.abc import Callable
from itertools import pairwise
from math import exp, expm1, log, sqrt

import numpy as np
import torch

from comfy.sampling.noise import FreshNoise, gaussian_noise
from comfy.sampling.registry import Denoise, Report, sampler
from comfy.sampling.samplers.ancestral import ancestral_split


def phi_1(h: float) -> float:
    """(e^h - 1) / h."""
    return expm1(h) / h


def phi_2(h: float) -> float:
    """(phi_1(h) - 1) / h."""
    return (phi_1(h) - 1) / h


def res_weights(h: float, c_2: float) -> tuple[float, float]:
    """What the newest and the previous clean estimate count in a second-order step of width h in -log sigma.

    `c_2` is where the previous estimate was made, in units of h from the start of the step (Zhang et al. 2023, 3.3).
    """
    bend = phi_2(-h) / c_2
    return h * (phi_1(-h) - bend), h * bend


@sampler("res_multistep_ancestral", noise=gaussian_noise, options={"eta": 1.0})
@sampler("res_multistep", noise=gaussian_noise)
def sample_res_multistep(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> torch.Tensor:
    """Second-order multistep of the refined exponential solver (Zhang et al. 2023)."""
    previous, sigma_before, down_before = None, 0.0, 0.0
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        sigma_down, sigma_up = ancestral_split(sigma, sigma_next, eta)
        if sigma_down == 0 or previous is None:
            x = denoised + (x - denoised) * (sigma_down / sigma)
        else:
            h = log(sigma / sigma_down)
            newest, older = res_weights(h, log(down_before / sigma_before) / h)
            x = exp(-h) * x + newest * denoised + older * previous
        if sigma_up > 0:
            x = x + noise(sigma, sigma_next) * (s_noise * sigma_up)
        previous, sigma_before, down_before = denoised, sigma, sigma_down
    return x


@sampler("seeds_2", noise=gaussian_noise)
def sample_seeds_2(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    eta: float = 1.0,
    s_noise: float = 1.0,
    r: float = 0.5,
) -> torch.Tensor:
    """SEEDS-2: a two-stage stochastic exponential step (Gonzalez et al. 2023)."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        step = _SeedsStep(x, sigma, sigma_next, eta, s_noise, noise, (0.0, r, 1.0))
        mid = step.move(1, denoised)
        target = torch.lerp(denoised, denoise(mid, step.sigmas[1]), 1 / (2 * r))
        x = step.move(2, target)
    return x


@sampler("seeds_3", noise=gaussian_noise)
def sample_seeds_3(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    eta: float = 1.0,
    s_noise: float = 1.0,
    r_1: float = 1 / 3,
    r_2: float = 2 / 3,
) -> torch.Tensor:
    """SEEDS-3: a three-stage stochastic exponential step (Gonzalez et al. 2023)."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        h_eta = log(sigma / sigma_next) * (eta + 1)
        step = _SeedsStep(x, sigma, sigma_next, eta, s_noise, noise, (0.0, r_1, r_2, 1.0))
        x_1 = step.move(1, denoised)
        denoised_1 = denoise(x_1, step.sigmas[1])
        x_2 = step.move(2, denoised) + (1 - phi_1(-r_2 * h_eta)) * (r_2 / r_1) * (denoised_1 - denoised)
        denoised_2 = denoise(x_2, step.sigmas[2])
        x = step.move(3, denoised) + (1 - phi_1(-h_eta)) / r_2 * (denoised_2 - denoised)
    return x


class _SeedsStep:
    """One step's stages; the noise drawn for a stage decays with the rest and counts in the later ones too."""

    def __init__(
        self,
        x: torch.Tensor,
        sigma: float,
        sigma_next: float,
        eta: float,
        s_noise: float,
        noise: FreshNoise,
        shares: tuple[float, ...],
    ) -> None:
        self.h, self.eta, self.s_noise, self.shares = log(sigma / sigma_next), eta, s_noise, shares
        self.x = x
        self.sigmas = [sigma * exp(-share * self.h) for share in shares[:-1]] + [sigma_next]
        is_noisy = eta > 0 and s_noise > 0
        self.draws = [noise(*pair) for pair in pairwise(self.sigmas)] if is_noisy else []

    def move(self, stage: int, target: torch.Tensor) -> torch.Tensor:
        """x at a stage's sigma if the clean estimate were `target` all the way from the start of the step."""
        reach = self.shares[stage] * self.h
        shrink = self.sigmas[stage] / self.sigmas[0] * exp(-reach * self.eta)
        moved = shrink * self.x - expm1(-reach * (self.eta + 1)) * target
        for (start, end), draw in zip(pairwise(self.shares[: stage + 1]), self.draws, strict=False):
            spread = self._remaining(stage, end) - self._remaining(stage, start)
            moved = moved + draw * (self.s_noise * self.sigmas[stage] * sqrt(max(spread, 0.0)))
        return moved

    def _remaining(self, stage: int, share: float) -> float:
        return exp(-2 * (self.shares[stage] - share) * self.h * self.eta)


NoiseScaler = Callable[[np.ndarray], np.ndarray]
"""The function of sigma that shapes how much noise an extended reverse-time SDE adds."""


def er_sde_scaler(sigma: np.ndarray) -> np.ndarray:
    """The shape that the paper found best (Cui et al. 2023, ER-SDE 5)."""
    return sigma * (np.exp(sigma**0.3) + 10)


@sampler("er_sde", noise=gaussian_noise)
def sample_er_sde(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    s_noise: float = 1.0,
    noise_scaler: NoiseScaler = er_sde_scaler,
    max_stage: int = 3,
) -> torch.Tensor:
    """ER-SDE solvers of order 1 to 3 (Cui et al. 2023); the integrals over sigma are summed over 200 points."""
    previous, bend_before = None, None
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        end, start = noise_scaler(np.array([sigma_next, sigma]))
        ratio, step = end / start, sigma_next - sigma
        x = ratio * x + (1 - ratio) * denoised
        if previous is not None and max_stage >= 2:
            points = sigma_next - np.arange(200) * step / 200
            density = -step / 200 / noise_scaler(points)
            bend = (denoised - previous) / (sigma - sigmas[i - 1])
            x = x + (step + float(density.sum()) * end) * bend
            if bend_before is not None and max_stage >= 3:
                second = (bend - bend_before) / ((sigma - sigmas[i - 2]) / 2)
                x = x + (step**2 / 2 + float((density * (points - sigma)).sum()) * end) * second
            bend_before = bend
        if s_noise > 0:
            spread = max(sigma_next**2 - sigma**2 * ratio**2, 0.0)
            x = x + noise(sigma, sigma_next) * (s_noise * sqrt(spread))
        previous = denoised
    return x
