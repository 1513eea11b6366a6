"""Sigmas that do not fall all the way: which samplers can follow them is tried before the model is asked."""

from collections.abc import Callable
from itertools import pairwise
from math import isfinite

import numpy as np
import torch

from comfy.sampling.levels import NoiseLevels, stable_diffusion_levels


class SigmasError(ValueError):
    """A sampler cannot follow the sigmas that it was given; the message says where, and what to do."""


class _Halving:
    """Stands in for a model: the clean estimate is half of what it is shown."""

    levels: NoiseLevels = stable_diffusion_levels()

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        return x / 2

    def both(self, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
        return x / 2, x / 2

    def asking(self, model: object) -> "_Halving":
        return self


def _untold(x: torch.Tensor, sigma: float, denoised: torch.Tensor) -> None:
    """A report that nobody reads."""


def check_sigmas(name: str, steps: Callable[..., torch.Tensor], sigmas: list[float]) -> None:
    """Raise `SigmasError` where a sampler's arithmetic has no result on these sigmas.

    `steps` is called as a sampler is, with a stand-in for the model. Sigmas that fall are passed without a look.
    """
    for number, sigma in enumerate(sigmas, 1):
        if not (isfinite(sigma) and sigma >= 0):
            raise SigmasError(f"Number {number} of the sigmas is {sigma:g}, no noise level: these are from 0 up.")
    if all(sigma > sigma_next for sigma, sigma_next in pairwise(sigmas)):
        return
    x = torch.ones(1, 4, 8, 8)
    try:
        with np.errstate(all="ignore"):
            has_result = bool(steps(_Halving(), _untold, x, sigmas).isfinite().all())
    except (ArithmeticError, ValueError):
        has_result = False
    if not has_result:
        raise SigmasError(_complaint(name, sigmas))


def _complaint(name: str, sigmas: list[float]) -> str:
    """What is odd about the sigmas, the worst first, and what helps."""
    if 0 in sigmas[:-1]:
        return (
            f"Number {sigmas.index(0) + 1} of {len(sigmas)} sigmas is 0, and {name} cannot go on from no noise. Only "
            "the last may be 0: begin with a small one instead (FlipSigmas begins with 0.0001)."
        )
    rising = next((pair for pair in pairwise(sigmas) if pair[0] < pair[1]), None)
    if rising is not None:
        return (
            f"The sigmas rise (from {rising[0]:g} to {rising[1]:g}), and {name} cannot go towards more noise. Choose a "
            "sampler that adds none of its own, such as euler, heun, dpmpp_2m or ddim."
        )
    number = next(number for number, (sigma, after) in enumerate(pairwise(sigmas), 1) if sigma == after)
    return (
        f"Numbers {number} and {number + 1} of the sigmas are both {sigmas[number]:g}, and {name} cannot take a step "
        "that leads nowhere. Leave one of them out, take fewer steps, or choose another sampler, such as euler."
    )
