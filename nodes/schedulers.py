"""Nodes that choose the sigmas that a sampler visits."""

from typing import Annotated

from comfy.custom_sampling import turbo_sigmas
from comfy.sampling import make_sigmas, schedules
from comfy.sampling.gits import gits
from nodes.declare import node
from nodes.needs import need
from nodes.sampling import SchedulerName, Steps
from nodes.types import Fraction, Model, Sigmas
from nodes.widgets import Choice, Number

SigmaMax = Annotated[float, Number(14.614642, 0.0, 5000.0, round=False)]
SigmaMin = Annotated[float, Number(0.0291675, 0.0, 5000.0, round=False)]


@node("sampling/custom_sampling/schedulers")
class BasicScheduler:
    """The sigmas of a scheduler for a model, or the last of them."""

    def get_sigmas(self, model: Model, scheduler: SchedulerName, steps: Steps, denoise: Fraction) -> Sigmas:
        return make_sigmas(need(model, "model").levels, scheduler, steps, denoise)


def _above_zero(name: str, value: float) -> float:
    if value <= 0:
        raise ValueError(f"The input {name} is {value:g}, but must be above 0 for this schedule.")
    return value


@node("sampling/custom_sampling/schedulers")
class KarrasScheduler:
    """Sigmas closer together towards the end (Karras et al. 2022)."""

    def get_sigmas(
        self,
        steps: Steps,
        sigma_max: SigmaMax,
        sigma_min: SigmaMin,
        rho: Annotated[float, Number(7.0, 0.0, 100.0, round=False)],
    ) -> Sigmas:
        return schedules.karras(steps, sigma_min, sigma_max, _above_zero("rho", rho))


@node("sampling/custom_sampling/schedulers")
class ExponentialScheduler:
    """Sigmas each a fixed share of the one before."""

    def get_sigmas(self, steps: Steps, sigma_max: SigmaMax, sigma_min: SigmaMin) -> Sigmas:
        return schedules.exponential(steps, _above_zero("sigma_min", sigma_min), _above_zero("sigma_max", sigma_max))


@node("sampling/custom_sampling/schedulers")
class PolyexponentialScheduler:
    """Sigmas polynomial in their logarithm."""

    def get_sigmas(
        self,
        steps: Steps,
        sigma_max: SigmaMax,
        sigma_min: SigmaMin,
        rho: Annotated[float, Number(1.0, 0.0, 100.0, round=False)],
    ) -> Sigmas:
        low, high = _above_zero("sigma_min", sigma_min), _above_zero("sigma_max", sigma_max)
        return schedules.polyexponential(steps, low, high, rho)


@node("sampling/custom_sampling/schedulers")
class VPScheduler:
    """The sigmas of a continuous variance-preserving diffusion."""

    def get_sigmas(
        self,
        steps: Steps,
        beta_d: Annotated[float, Number(19.9, 0.0, 5000.0, round=False)],
        beta_min: Annotated[float, Number(0.1, 0.0, 5000.0, round=False)],
        eps_s: Annotated[float, Number(0.001, 0.0, 1.0, step=0.0001, round=False)],
    ) -> Sigmas:
        return schedules.variance_preserving(steps, beta_d, beta_min, eps_s)


@node("sampling/custom_sampling/schedulers")
class BetaSamplingScheduler:
    """Sigmas closer together at both ends, by a beta distribution."""

    def get_sigmas(
        self,
        model: Model,
        steps: Steps,
        alpha: Annotated[float, Number(0.6, 0.0, 50.0, round=False)],
        beta: Annotated[float, Number(0.6, 0.0, 50.0, round=False)],
    ) -> Sigmas:
        levels = need(model, "model").levels
        return schedules.beta(levels, steps, _above_zero("alpha", alpha), _above_zero("beta", beta))


@node("sampling/custom_sampling/schedulers")
class SDTurboScheduler:
    """The few sigmas that SD Turbo and its like were trained on."""

    def get_sigmas(self, model: Model, steps: Annotated[int, Number(1, 1, 10)], denoise: Fraction) -> Sigmas:
        return turbo_sigmas(need(model, "model").levels, steps, denoise)


@node("sampling/custom_sampling/schedulers")
class LaplaceScheduler:
    """Sigmas around a middle, by a Laplace distribution; they end above zero."""

    def get_sigmas(
        self,
        steps: Steps,
        sigma_max: SigmaMax,
        sigma_min: SigmaMin,
        mu: Annotated[float, Number(0.0, -10.0, 10.0, step=0.1, round=False)],
        beta: Annotated[float, Number(0.5, 0.0, 10.0, step=0.1, round=False)],
    ) -> Sigmas:
        return schedules.laplace(steps, sigma_min, sigma_max, mu, beta)


@node("sampling/custom_sampling/schedulers")
class AlignYourStepsScheduler:
    """Sigmas that were optimised for a family of models and few steps (Sabour et al. 2024)."""

    def get_sigmas(
        self,
        model_type: Annotated[str, Choice(tuple(schedules.ALIGNED))],
        steps: Annotated[int, Number(10, 1, 10_000)],
        denoise: Fraction,
    ) -> Sigmas:
        return schedules.align_your_steps(model_type, steps, denoise)


@node("sampling/custom_sampling/schedulers")
class GITSScheduler:
    """Sigmas for few steps, searched for along Stable Diffusion 1.5's trajectories (Chen et al. 2024).

    A small coefficient puts them high, a large one low; more than 20 steps are interpolated.
    """

    def get_sigmas(
        self,
        coeff: Annotated[float, Number(1.2, 0.8, 1.5, step=0.05)],
        steps: Annotated[int, Number(10, 2, 1000)],
        denoise: Fraction,
    ) -> Sigmas:
        return gits(coeff, steps, denoise)
