"""GITS: schedules that a search fitted to the shape of Stable Diffusion 1.5's trajectories."""

import numpy as np
import torch

from comfy.sampling.gits_percents import PERCENTS
from comfy.sampling.levels import stable_diffusion_levels
from comfy.sampling.schedules import interpolated, last_of

MOST_SEARCHED = 20
"""So many steps have a row of their own; more are interpolated between those of this many."""


class UnknownCoefficientError(ValueError):
    """A coefficient for which no search has been published."""


def gits(coefficient: float, steps: int, denoise: float = 1.0) -> torch.Tensor:
    """Sigmas of `steps` steps (at least 2), or the last `denoise` of them, by dynamic programming along a trajectory.

    The coefficient (0.8 to 1.5 by 0.05) is what the search pays for each step to come: a small one puts the steps among
    the high noise levels, a large one among the low. Raises UnknownCoefficientError for any other. Source: Chen et al.,
    "On the Trajectory Regularity of ODE-based Diffusion Sampling" (ICML 2024).
    """
    rows = PERCENTS.get(round(coefficient, 2))
    if rows is None:
        known = ", ".join(str(known) for known in PERCENTS)
        raise UnknownCoefficientError(f"coeff {coefficient:g}: GITS is known for {known}; choose one of these.")
    sigmas = [_level(percent) for percent in rows[min(steps, MOST_SEARCHED) - 2]]
    return last_of(interpolated(sigmas, steps) if steps > MOST_SEARCHED else sigmas, steps, denoise)


def _level(percent: int) -> float:
    """The sigma at a share of the way through training, between two timesteps linear in the log of the signal's."""
    logs = -0.5 * np.log1p(stable_diffusion_levels().sigmas.double().numpy() ** 2)
    place = percent / 100 * (len(logs) - 1)
    return float(np.sqrt(np.expm1(-2 * np.interp(place, np.arange(len(logs)), logs))))
