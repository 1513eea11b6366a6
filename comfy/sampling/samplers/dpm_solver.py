"""DPM-Solver and the deterministic multistep DPM-Solver++, written over t = -log(sigma)."""

from dataclasses import dataclass, field
from itertools import pairwise
from math import atan, exp, expm1, inf, log, sqrt

import torch

from comfy.sampling.noise import FreshNoise, gaussian_noise
from comfy.sampling.registry import Denoise, Report, sampler
from comfy.sampling.samplers.ancestral import ancestral_split
from comfy.sampling.samplers.runge_kutta import slope


@sampler("dpmpp_2m")
def sample_dpmpp_2m(denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float]) -> torch.Tensor:
    """DPM-Solver++(2M): extrapolate the clean estimate from the last two (Lu et al. 2022, algorithm 2)."""
    previous, h_last = None, 0.0
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        h = log(sigma / sigma_next)
        target = denoised
        if previous is not None:
            target = denoised + (denoised - previous) * (h / (2 * h_last))
        x = (sigma_next / sigma) * x - expm1(-h) * target
        previous, h_last = denoised, h
    return x


@dataclass
class _Solver:
    """One DPM-Solver step of order 1, 2 or 3 (Lu et al. 2022a, section 3), reusing the slopes of one start point."""

    denoise: Denoise
    x: torch.Tensor
    t: float
    eps: torch.Tensor
    slopes: dict[float, torch.Tensor] = field(default_factory=dict)

    def step(self, order: int, t_next: float, ratio: float | None = None) -> torch.Tensor:
        """x at t_next; `ratio` places the second-order method's inner point."""
        if order == 1:
            return self._at(t_next - self.t)
        if order == 2:
            return self._second(t_next - self.t, 1 / 2 if ratio is None else ratio)
        return self._third(t_next - self.t)

    def _at(self, h: float) -> torch.Tensor:
        return self.x - exp(-(self.t + h)) * expm1(h) * self.eps

    def _slope(self, x: torch.Tensor, t: float, share: float) -> torch.Tensor:
        if share not in self.slopes:
            self.slopes[share] = slope(x, exp(-t), self.denoise(x, exp(-t)))
        return self.slopes[share]

    def _second(self, h: float, r1: float) -> torch.Tensor:
        eps_1 = self._slope(self._at(r1 * h), self.t + r1 * h, r1)
        return self._at(h) - exp(-(self.t + h)) / (2 * r1) * expm1(h) * (eps_1 - self.eps)

    def _third(self, h: float) -> torch.Tensor:
        r1, r2 = 1 / 3, 2 / 3
        eps_1 = self._slope(self._at(r1 * h), self.t + r1 * h, r1)
        bend = exp(-(self.t + r2 * h)) * (r2 / r1) * (expm1(r2 * h) / (r2 * h) - 1)
        eps_2 = self._slope(self._at(r2 * h) - bend * (eps_1 - self.eps), self.t + r2 * h, r2)
        return self._at(h) - exp(-(self.t + h)) / r2 * (expm1(h) / h - 1) * (eps_2 - self.eps)


def _last_above_zero(sigmas: list[float]) -> float:
    return sigmas[-1] if sigmas[-1] > 0 else sigmas[-2]


@sampler("dpm_fast")
def sample_dpm_fast(denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float]) -> torch.Tensor:
    """DPM-Solver-fast: third-order steps of equal length in log sigma, as many as the budget of model calls allows.

    Only the ends of the sigmas matter; their number sets the budget (Lu et al. 2022a, appendix D.3).
    """
    budget = len(sigmas) - 1
    start, end = -log(sigmas[0]), -log(_last_above_zero(sigmas))
    orders = [3] * (budget // 3 - 1) + [2, 1] if budget % 3 == 0 else [3] * (budget // 3) + [budget % 3]
    times = [start + (end - start) * i / len(orders) for i in range(len(orders) + 1)]
    for order, (t, t_next) in zip(orders, pairwise(times), strict=True):
        denoised = denoise(x, exp(-t))
        report(x, exp(-t), denoised)
        x = _Solver(denoise, x, t, slope(x, exp(-t), denoised)).step(order, t_next)
    return x


@dataclass
class _StepSize:
    """A PID controller of the step size (Jolicoeur-Martineau et al. 2021; Söderlind 2003)."""

    h: float
    weights: tuple[float, float, float]
    accept_safety: float
    inverse_errors: list[float] = field(default_factory=list)

    def accepts(self, error: float) -> bool:
        """Whether a step with this error stands; sets the next step's size either way."""
        inverse = 1 / (error + 1e-8)
        recent = [inverse, *(self.inverse_errors or [inverse, inverse])]
        factor = 1.0
        for value, weight in zip(recent, self.weights, strict=True):
            factor *= value**weight
        factor = 1 + atan(factor - 1)
        self.h *= factor
        if factor < self.accept_safety:
            self.inverse_errors = recent[1:]
            return False
        self.inverse_errors = recent[:2]
        return True


@sampler("dpm_adaptive", noise=gaussian_noise)
def sample_dpm_adaptive(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    order: int = 3,
    rtol: float = 0.05,
    atol: float = 0.0078,
    h_init: float = 0.05,
    pcoeff: float = 0.0,
    icoeff: float = 1.0,
    dcoeff: float = 0.0,
    accept_safety: float = 0.81,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> torch.Tensor:
    """DPM-Solver-12 or -23 with a step size that keeps the error in bounds (Lu et al. 2022a, appendix C).

    Only the ends of the sigmas matter. The error compares two embedded orders.
    """
    t, end = -log(sigmas[0]), -log(_last_above_zero(sigmas))
    accuracy = 1.5 if eta else order
    weights = (
        (pcoeff + icoeff + dcoeff) / accuracy,
        -(pcoeff + 2 * dcoeff) / accuracy,
        dcoeff / accuracy,
    )
    size, x_before = _StepSize(abs(h_init), weights, accept_safety), x
    while t < end - 1e-5:
        t_next, t_down, sigma_up = min(end, t + size.h), min(end, t + size.h), 0.0
        if eta:
            sigma_down, _ = ancestral_split(exp(-t), exp(-t_next), eta)
            t_down = min(end, -log(sigma_down) if sigma_down > 0 else inf)
            sigma_up = sqrt(exp(-2 * t_next) - exp(-2 * t_down))
        denoised = denoise(x, exp(-t))
        solver = _Solver(denoise, x, t, slope(x, exp(-t), denoised))
        low = solver.step(order - 1, t_down, ratio=1 / 3 if order == 3 else None)
        high = solver.step(order, t_down)
        bound = torch.maximum(low.abs(), x_before.abs()).mul_(rtol).clamp_(min=atol)
        error = float(torch.linalg.vector_norm((low - high) / bound)) / x.numel() ** 0.5
        report(x, exp(-t), denoised)
        if not size.accepts(error):
            continue
        x_before, x = low, high
        if sigma_up > 0:
            x = x + noise(exp(-t), exp(-t_next)) * (s_noise * sigma_up)
        t = t_next
    return x
