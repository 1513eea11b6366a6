"""Linear multistep solvers of the probability-flow ODE: they reuse the slopes of earlier steps."""

from collections.abc import Sequence
from itertools import pairwise
from math import log1p, sqrt

import numpy as np
import torch

from comfy.sampling.registry import Denoise, Report, sampler
from comfy.sampling.samplers.runge_kutta import slope


def weighted_sum(weights: Sequence[float], tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    """The sum of the tensors, each times its weight."""
    total = tensors[0] * weights[0]
    for weight, tensor in zip(weights[1:], tensors[1:], strict=True):
        total = total + tensor * weight
    return total


def lagrange_basis(nodes: Sequence[float]) -> list[np.poly1d]:
    """The polynomials that are 1 at one node and 0 at the others."""
    basis = []
    for j, node in enumerate(nodes):
        others = [other for k, other in enumerate(nodes) if k != j]
        basis.append(np.poly1d(others, r=True) / np.prod([node - other for other in others]))
    return basis


def _adams_bashforth(nodes: Sequence[float], start: float, end: float) -> list[float]:
    """Integrals from start to end of the interpolating polynomials through the nodes."""
    integrals = [polynomial.integ() for polynomial in lagrange_basis(nodes)]
    return [float(integral(end) - integral(start)) for integral in integrals]


@sampler("lms")
def sample_lms(denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float], order: int = 4) -> torch.Tensor:
    """Adams-Bashforth over sigma with the steps' true widths (Crowson's linear multistep for Karras et al. 2022)."""
    slopes: list[torch.Tensor] = []  # newest first
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        slopes = [slope(x, sigma, denoised), *slopes][:order]
        nodes = [sigmas[i - k] for k in range(len(slopes))]
        x = x + weighted_sum(_adams_bashforth(nodes, sigma, sigma_next), slopes)
    return x


_EQUAL_STEPS = (
    (1.0,),
    (3 / 2, -1 / 2),
    (23 / 12, -16 / 12, 5 / 12),
    (55 / 24, -59 / 24, 37 / 24, -9 / 24),
)
"""Adams-Bashforth weights of steps of equal width, newest slope first."""


@sampler("ipndm")
def sample_ipndm(
    denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float], max_order: int = 4
) -> torch.Tensor:
    """Adams-Bashforth with the weights of equal steps (iPNDM of Zhang & Chen 2023, after Liu et al. 2022)."""
    slopes: list[torch.Tensor] = []  # newest first
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        slopes = [slope(x, sigma, denoised), *slopes][:max_order]
        x = x + (sigma_next - sigma) * weighted_sum(_EQUAL_STEPS[len(slopes) - 1], slopes)
    return x


def _unequal_steps(widths: Sequence[float]) -> list[float]:
    """Weights of up to four slopes for the step widths[0], the earlier widths following.

    Built from divided differences. The published method is not Adams-Bashforth in three places, which are kept
    because pictures depend on them: the bracket in `second`, the plus sign in `third`, and the oldest weight.
    """
    h = widths[0]
    if len(widths) == 1:
        return [1.0]
    h1 = widths[1]
    first = h / (2 * h1)
    weights = [1 + first, -first]
    if len(widths) == 2:
        return weights
    h2 = widths[2]
    second = (1 - h**2 / (3 * h1 * (h1 + h2))) / 2
    weights = [weights[0] + second, weights[1] - (1 + h1 / h2) * second, second * h1 / h2]
    if len(widths) == 3:
        return weights
    h3 = widths[3]
    one, two = h + h1, h + h1 + h2
    third = (1 / 2 - h / (6 * one)) + (1 - h / (2 * one)) * h / (6 * two)
    third *= h * one * two / (h1 * (h1 + h2) * (h1 + h2 + h3))
    back = h1 * (h1 + h2) / (h2 * (h2 + h3))
    return [
        weights[0] + third,
        weights[1] - (1 + h1 / h2 + back) * third,
        weights[2] + (h1 / h2 + back * (1 + h2 / h3)) * third,
        -third * back * h1 / h2,
    ]


@sampler("ipndm_v")
def sample_ipndm_v(
    denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float], max_order: int = 4
) -> torch.Tensor:
    """iPNDM with weights that follow the steps' widths (iPNDM_v of Zhou et al. 2024)."""
    slopes: list[torch.Tensor] = []  # newest first
    widths: list[float] = []
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        slopes = [slope(x, sigma, denoised), *slopes][:max_order]
        widths = [sigma_next - sigma, *widths][:max_order]
        x = x + (sigma_next - sigma) * weighted_sum(_unequal_steps(widths), slopes)
    return x


class _VariancePreservingTime:
    """The time of a variance-preserving process with sigma 0.002 at time 0.001 and 80 at time 1."""

    def __init__(self) -> None:
        start, low, high = 1e-3, log1p(0.002**2), log1p(80.0**2)
        self.beta_d = 2 * (low / start - high) / (start - 1)
        self.beta_min = high - self.beta_d / 2

    def of(self, sigma: float) -> float:
        """The time at which this sigma is reached."""
        return (sqrt(self.beta_min**2 + 2 * self.beta_d * log1p(sigma**2)) - self.beta_min) / self.beta_d

    def sigma_slope(self, time: np.ndarray) -> np.ndarray:
        """What the slope over sigma is weighted with over time."""
        log_alpha = -self.beta_d * time**2 / 2 - self.beta_min * time
        alpha = np.exp(log_alpha)
        return (self.beta_d * time + self.beta_min) / (2 * np.sqrt(alpha * (1 - alpha)))


def _deis_weights(sigmas: Sequence[float], order: int, points: int = 10_000) -> list[float]:
    """Weights of the slopes at the last `order` of sigmas[:-1], newest first, for the step to sigmas[-1]."""
    time = _VariancePreservingTime()
    nodes = [time.of(sigma) for sigma in reversed(sigmas[-order - 1 : -1])]
    end = time.of(sigmas[-1])
    grid = np.linspace(nodes[0], end, points)
    integrand = time.sigma_slope(grid) * (end - nodes[0]) / points
    return [float(np.sum(integrand * polynomial(grid))) for polynomial in lagrange_basis(nodes)]


@sampler("deis")
def sample_deis(
    denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float], max_order: int = 3
) -> torch.Tensor:
    """tAB-DEIS: interpolate the slopes over the process's time, not over sigma (Zhang & Chen 2023, section 3.2)."""
    slopes: list[torch.Tensor] = []  # newest first
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        slopes = [slope(x, sigma, denoised), *slopes][:max_order]
        weights = [sigma_next - sigma] if i == 0 else _deis_weights(sigmas[: i + 2], len(slopes))
        x = x + weighted_sum(weights, slopes)
    return x


@sampler("gradient_estimation")
def sample_gradient_estimation(
    denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float], ge_gamma: float = 2.0
) -> torch.Tensor:
    """Euler steps along a slope extrapolated from the last two (Permenter & Yuan 2024, algorithm 2)."""
    previous = None
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(x, sigma)
        report(x, sigma, denoised)
        if sigma_next == 0:
            x = denoised
            continue
        d = slope(x, sigma, denoised)
        estimate = d if previous is None else ge_gamma * d + (1 - ge_gamma) * previous
        x = x + estimate * (sigma_next - sigma)
        previous = d
    return x
