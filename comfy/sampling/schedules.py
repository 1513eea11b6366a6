"""Schedules: which noise levels a run visits, from the highest down to zero."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch

from comfy.sampling.levels import NoiseLevels

Schedule = Callable[[NoiseLevels, int], torch.Tensor]
"""Makes a falling float32 tensor of sigmas that ends at zero, for a number of steps of at least 1."""

SCHEDULERS: dict[str, Schedule] = {}


def scheduler(name: str) -> Callable[[Schedule], Schedule]:
    """Register a function as the scheduler of this name; the order of registration is the order in menus."""

    def register(schedule: Schedule) -> Schedule:
        SCHEDULERS[name] = schedule
        return schedule

    return register


def scheduler_names() -> list[str]:
    """The names of all schedulers, in the order in which menus show them."""
    return list(SCHEDULERS)


def with_zero(sigmas: torch.Tensor | list[float]) -> torch.Tensor:
    """The sigmas as float32 with the final zero added."""
    sigmas = torch.as_tensor(sigmas, dtype=torch.float32)
    return torch.cat([sigmas, sigmas.new_zeros(1)])


@scheduler("simple")
def simple(levels: NoiseLevels, steps: int) -> torch.Tensor:
    """Table entries at equal strides, from the top."""
    stride = len(levels) / steps
    return with_zero([float(levels.sigmas[-(1 + int(i * stride))]) for i in range(steps)])


@scheduler("sgm_uniform")
def sgm_uniform(levels: NoiseLevels, steps: int) -> torch.Tensor:
    """Equally spaced timesteps, the lowest of them left out, as Stability's generative-models does it."""
    return with_zero(levels.sigma(torch.linspace(levels.last_timestep, levels.first_timestep, steps + 1)[:-1]))


@scheduler("karras")
def karras_of_model(levels: NoiseLevels, steps: int) -> torch.Tensor:
    """Karras spacing between the model's lowest and highest sigma."""
    return karras(steps, levels.sigma_min, levels.sigma_max)


@scheduler("exponential")
def exponential_of_model(levels: NoiseLevels, steps: int) -> torch.Tensor:
    """Equal spacing in log sigma between the model's lowest and highest."""
    return exponential(steps, levels.sigma_min, levels.sigma_max)


@scheduler("ddim_uniform")
def ddim_uniform(levels: NoiseLevels, steps: int) -> torch.Tensor:
    """Every k-th table entry counted from the second (Song et al. 2021); may visit more levels than asked for."""
    stride = max(len(levels) // steps, 1)
    return with_zero(levels.sigmas[1::stride].flip(0))


@scheduler("beta")
def beta_of_model(levels: NoiseLevels, steps: int) -> torch.Tensor:
    """Beta spacing with the paper's shape parameters."""
    return beta(levels, steps)


@scheduler("normal")
def normal(levels: NoiseLevels, steps: int) -> torch.Tensor:
    """Equally spaced timesteps from the highest to the lowest."""
    ends_at_zero = math.isclose(levels.sigma_min, 0, abs_tol=1e-5)
    timesteps = torch.linspace(levels.last_timestep, levels.first_timestep, steps + ends_at_zero)
    return levels.sigma(timesteps) if ends_at_zero else with_zero(levels.sigma(timesteps))


@scheduler("linear_quadratic")
def linear_quadratic(levels: NoiseLevels, steps: int) -> torch.Tensor:
    """Small linear steps over the first half, then quadratically growing ones (Movie Gen, Polyak et al. 2024)."""
    return quadratic_after_linear(levels, steps)


def quadratic_after_linear(
    levels: NoiseLevels, steps: int, threshold: float = 0.025, linear_steps: int | None = None
) -> torch.Tensor:
    """The same, where the linear steps, half of all if not told, remove a share `threshold` of the noise."""
    if steps == 1:
        return torch.tensor([1.0, 0.0]) * levels.sigma_max
    first = steps // 2 if linear_steps is None else linear_steps
    rest = steps - first
    gap = first - threshold * steps
    square = gap / (first * rest**2)
    slope = threshold / first - 2 * gap / rest**2
    progress = [i * threshold / first for i in range(first)]
    progress += [square * i**2 + slope * i + square * first**2 for i in range(first, steps)]
    return torch.tensor([1 - p for p in [*progress, 1.0]]) * levels.sigma_max


@scheduler("kl_optimal")
def kl_optimal(levels: NoiseLevels, steps: int) -> torch.Tensor:
    """Equal spacing in arctan sigma ("Align Your Steps", Sabour et al. 2024, theorem 3.1)."""
    share = torch.arange(steps, dtype=torch.float32) / max(steps - 1, 1)
    low, high = math.atan(levels.sigma_min), math.atan(levels.sigma_max)
    return with_zero((share * low + (1 - share) * high).tan())


def karras(steps: int, sigma_min: float, sigma_max: float, rho: float = 7.0) -> torch.Tensor:
    """Equal spacing in sigma^(1/rho) (Karras et al. 2022, equation 5)."""
    ramp = torch.linspace(0, 1, steps)
    low, high = sigma_min ** (1 / rho), sigma_max ** (1 / rho)
    return with_zero((high + ramp * (low - high)) ** rho)


def exponential(steps: int, sigma_min: float, sigma_max: float) -> torch.Tensor:
    """Equal spacing in log sigma."""
    return with_zero(torch.linspace(math.log(sigma_max), math.log(sigma_min), steps).exp())


def polyexponential(steps: int, sigma_min: float, sigma_max: float, rho: float = 1.0) -> torch.Tensor:
    """Spacing polynomial in log sigma; rho 1 is `exponential`."""
    ramp = torch.linspace(1, 0, steps) ** rho
    return with_zero((ramp * (math.log(sigma_max) - math.log(sigma_min)) + math.log(sigma_min)).exp())


def variance_preserving(steps: int, beta_d: float = 19.9, beta_min: float = 0.1, end: float = 1e-3) -> torch.Tensor:
    """The continuous variance-preserving schedule from time 1 down to `end` (Song et al. 2021)."""
    time = torch.linspace(1, end, steps)
    return with_zero((torch.special.expm1(beta_d * time**2 / 2 + beta_min * time)).sqrt())


def laplace(steps: int, sigma_min: float, sigma_max: float, mu: float = 0.0, beta: float = 0.5) -> torch.Tensor:
    """Log sigmas at quantiles of a Laplace distribution, held between the ends; without a zero (Hang et al. 2024)."""
    share = torch.linspace(0, 1, steps)
    tail = (1 - 2 * (0.5 - share).abs() + 1e-5).log()  # the small number keeps the ends finite
    return (mu - beta * (0.5 - share).sign() * tail).exp().clamp(sigma_min, sigma_max)


_SD1 = (14.6146412293, 6.4745760956, 3.8636745985, 2.6946151520, 1.8841921177, 1.3943805092, 0.9642583904)
_SDXL = (14.6146412293, 6.3184485287, 3.7681790315, 2.1811480769, 1.3405244945, 0.8620721141, 0.5550693289)

ALIGNED = {
    "SD1": (*_SD1, 0.6523686016, 0.3977456272, 0.1515232662, 0.0291671582),
    "SDXL": (*_SDXL, 0.3798540708, 0.2332364134, 0.1114188177, 0.0291671582),
    "SVD": (700.0, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002),
}
"""Sigmas of ten steps that were optimised for a model ("Align Your Steps", Sabour et al. 2024, project page)."""


def align_your_steps(model_type: str, steps: int, denoise: float = 1.0) -> torch.Tensor:
    """The optimised levels, interpolated for another number of steps; then the last of them."""
    return last_of(interpolated(ALIGNED[model_type], steps), steps, denoise)


def interpolated(sigmas: Sequence[float], steps: int) -> list[float]:
    """Sigmas of another number of steps between the same ends, linear in log sigma."""
    logs = np.log(sigmas)
    return np.exp(np.interp(np.linspace(0, 1, steps + 1), np.linspace(0, 1, len(logs)), logs)).tolist()


def last_of(sigmas: Sequence[float], steps: int, denoise: float) -> torch.Tensor:
    """The last `denoise` (0 to 1) of `steps` steps, with zero in the place of the lowest sigma; none of none."""
    if denoise <= 0:
        return torch.empty(0)
    taken = steps if denoise >= 1 else round(steps * denoise)
    return with_zero(list(sigmas[-(taken + 1) : -1]))


def beta(levels: NoiseLevels, steps: int, alpha: float = 0.6, shape: float = 0.6) -> torch.Tensor:
    """Timesteps at quantiles of a beta distribution, duplicates dropped ("Beta Sampling is All You Need", 2024)."""
    from scipy.stats import beta as distribution  # scipy.stats takes a second to import

    quantiles = 1 - np.linspace(0, 1, steps, endpoint=False)
    timesteps = np.rint(distribution.ppf(quantiles, alpha, shape) * (len(levels) - 1)).astype(int)
    return with_zero([float(levels.sigmas[t]) for t in dict.fromkeys(timesteps.tolist())])
