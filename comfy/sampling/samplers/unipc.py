"""UniPC: a unified predictor-corrector over -log sigma (Zhao et al. 2023, algorithms 5 to 8)."""

from math import expm1, factorial, log

import numpy as np
import torch

from comfy.sampling.registry import Denoise, Report, sampler
from comfy.sampling.samplers.multistep import weighted_sum

_LAST_SIGMA = 0.001
"""Stands for the final zero, where log sigma has no value."""


@sampler("uni_pc_bh2", drops_penultimate=True, options={"variant": "bh2"})
@sampler("uni_pc", drops_penultimate=True)
def sample_uni_pc(
    denoise: Denoise,
    report: Report,
    x: torch.Tensor,
    sigmas: list[float],
    variant: str = "bh1",
    max_order: int = 3,
) -> torch.Tensor:
    """UniPC-3 with B(h) = h ("bh1") or e^h - 1 ("bh2"); the order rises at the start and falls at the end.

    The estimate that corrects a step also predicts the next one, so that each step costs one model call.
    """
    sigmas = [*sigmas[:-1], sigmas[-1] or _LAST_SIGMA]
    steps = len(sigmas) - 1
    top = max(1, min(max_order, steps - 1))
    estimates = [denoise(x, sigmas[0])]  # newest last
    report(x, sigmas[0], estimates[-1])
    for i in range(1, steps + 1):
        order = min(top, i, steps + 1 - i)
        move = _Step(x, sigmas[: i + 1], estimates, order, variant)
        x = move.predict()
        if i == steps:
            return x
        denoised = denoise(x, sigmas[i])
        x = move.correct(denoised)
        report(x, sigmas[i], denoised)
        estimates = [*estimates, denoised][-top:]
    return x


class _Step:
    """One step to the last of `sigmas`, first predicted from past estimates, then corrected with a new one."""

    def __init__(
        self, x: torch.Tensor, sigmas: list[float], estimates: list[torch.Tensor], order: int, variant: str
    ) -> None:
        times = [-log(sigma) for sigma in sigmas]
        h = times[-1] - times[-2]
        self.scale = -h if variant == "bh1" else expm1(-h)
        self.base = (sigmas[-1] / sigmas[-2]) * x - expm1(-h) * estimates[-1]
        self.newest = estimates[-1]
        # Where the earlier estimates and the new one lie, in units of h from the start of the step.
        self.places = [(times[-2 - k] - times[-2]) / h for k in range(1, order)] + [1.0]
        self.differences = [
            (estimates[-1 - k] - self.newest) / place for k, place in enumerate(self.places[:-1], start=1)
        ]
        self.matrix = np.vander(self.places, increasing=True).T
        self.moments = np.array(_moments(-h, order)) / self.scale

    def predict(self) -> torch.Tensor:
        """x at the step's end, from past estimates alone."""
        count = len(self.differences)
        if count == 0:
            return self.base
        weights = [0.5] if count == 1 else list(np.linalg.solve(self.matrix[:-1, :-1], self.moments[:-1]))
        return self.base - self.scale * weighted_sum(weights, self.differences)

    def correct(self, denoised: torch.Tensor) -> torch.Tensor:
        """x at the step's end, now that its clean estimate is known."""
        weights = [0.5] if not self.differences else list(np.linalg.solve(self.matrix, self.moments))
        return self.base - self.scale * weighted_sum(weights, [*self.differences, denoised - self.newest])


def _moments(h: float, order: int) -> list[float]:
    """k! h phi_(k+1)(h) for k = 1 to order, where phi_(k+1)(h) = (phi_k(h) - 1/k!) / h and phi_1 = (e^h - 1) / h."""
    moments, phi = [], expm1(h) / h
    for k in range(1, order + 1):
        phi = (phi - 1 / factorial(k)) / h
        moments.append(factorial(k) * h * phi)
    return moments
