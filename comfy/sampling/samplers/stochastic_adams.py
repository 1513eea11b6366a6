"""SA-Solver: stochastic Adams methods, predictor and corrector, for the diffusion SDE (Xue et al. 2023)."""

from collections.abc import Callable, Sequence
from math import exp, expm1, factorial, log, sqrt

import torch

from comfy.sampling.levels import NoiseLevels
from comfy.sampling.noise import FreshNoise, gaussian_noise
from comfy.sampling.registry import Denoise, Report, sampler
from comfy.sampling.samplers.multistep import lagrange_basis, weighted_sum

Tau = Callable[[float], float]
"""How stochastic the step to a sigma is: 0 follows the ODE, 1 the usual SDE."""


def adams_weights(nodes: Sequence[float], start: float, end: float, tau: float) -> list[float]:
    """Weights of clean estimates made at the `nodes` for a step from `start` to `end`, all in -log sigma.

    The integrals of the interpolating polynomials under (1 + tau^2) exp((1 + tau^2)(lambda - end)).
    """
    rate = 1 + tau**2
    moments = [_moment(power, rate, end - start) for power in range(len(nodes))]
    return [
        float(sum(c * moments[power] for power, c in enumerate(reversed(basis.coefficients))))
        for basis in lagrange_basis([node - end for node in nodes])
    ]


def _moment(power: int, rate: float, h: float) -> float:
    """The integral of rate u^power exp(rate u) over u from -h to 0."""
    if rate * h < 0.5:  # the recurrence below would cancel
        terms = [rate ** (j + 1) * (-h) ** (power + j + 1) / ((power + j + 1) * factorial(j)) for j in range(20)]
        return -sum(terms)
    value = -expm1(-rate * h)
    for k in range(1, power + 1):
        value = -((-h) ** k) * exp(-rate * h) - k / rate * value
    return value


def simple_weights(nodes: Sequence[float], start: float, end: float, tau: float) -> list[float]:
    """Second-order weights by the paper's simpler formula; the newer node is at `start` or, correcting, at `end`."""
    rate, h = 1 + tau**2, end - start
    total = -expm1(-rate * h)
    if nodes[1] == end:
        return [total - rate * h / 2, rate * h / 2]
    older = rate * h**2 / 2 / (nodes[0] - start)
    return [older, total - older]


def tau_between(levels: NoiseLevels, start_percent: float, end_percent: float, eta: float) -> Tau:
    """eta while the sigma lies between the two percents of the way, else 0."""
    high, low = levels.sigma_at(start_percent), levels.sigma_at(end_percent)
    return lambda sigma: eta if low <= sigma <= high else 0.0


@sampler("sa_solver_pece", noise=gaussian_noise, options={"use_pece": True})
@sampler("sa_solver", noise=gaussian_noise)
def sample_sa_solver(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    noise: FreshNoise,
    tau: Tau | None = None,
    s_noise: float = 1.0,
    predictor_order: int = 3,
    corrector_order: int = 4,
    use_pece: bool = False,
    simple_order_2: bool = False,
) -> torch.Tensor:
    """Predict with past estimates, correct with the new one under the same noise (Xue et al. 2023, algorithm 1).

    The orders rise at the start and, where the last sigma is zero, fall towards the end. With `use_pece` the model is
    asked again after each correction.
    """
    tau = tau or tau_between(denoise.levels, 0.2, 0.8, eta=1.0)
    times = [-log(sigma) if sigma > 0 else float("inf") for sigma in sigmas]
    estimates: list[torch.Tensor] = []
    predicted, last_tau, last_noise = x, 0.0, None

    def integral(order: int, newest: int, start: int, at_tau: float) -> torch.Tensor:
        """The part of a step from times[start] that the last estimates, made up to times[newest], contribute."""
        nodes = times[newest - order + 1 : newest + 1]
        weigh = simple_weights if simple_order_2 and order == 2 else adams_weights
        return weighted_sum(weigh(nodes, times[start], times[start + 1], at_tau), estimates[-order:])

    for i, sigma in enumerate(sigmas[:-1]):
        sigma_next = sigmas[i + 1]
        denoised = denoise(predicted, sigma)
        report(predicted, sigma, denoised)
        estimates = [*estimates, denoised][-max(predictor_order, corrector_order) :]
        predict_order, correct_order = min(predictor_order, len(estimates)), min(corrector_order, len(estimates))
        if sigmas[-1] == 0:
            predict_order = min(predict_order, len(sigmas) - 2 - i)
            correct_order = min(correct_order, len(sigmas) - 1 - i)
        if i == 0 or correct_order == 0 or (sigma_next == 0 and not use_pece):
            x = predicted
        else:
            x = _shrink(sigmas[i - 1], sigma, last_tau) * x + integral(correct_order, i, i - 1, last_tau)
            if last_noise is not None:
                x = x + last_noise
            if use_pece:
                denoised = estimates[-1] = denoise(x, sigma)
        if sigma_next == 0:
            predicted = denoised
            continue
        last_tau, last_noise = tau(sigma_next), None
        predicted = _shrink(sigma, sigma_next, last_tau) * x + integral(predict_order, i, i, last_tau)
        if last_tau > 0 and s_noise > 0:
            spread = sqrt(-expm1(-2 * last_tau**2 * log(sigma / sigma_next)))
            last_noise = noise(sigma, sigma_next) * (s_noise * sigma_next * spread)
            predicted = predicted + last_noise
    return predicted


def _shrink(sigma: float, sigma_next: float, tau: float) -> float:
    return (sigma_next / sigma) ** (1 + tau**2)
