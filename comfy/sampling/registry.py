"""The table of samplers: every stepping rule by its name, with what the loop around it must provide."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

import torch

from comfy.sampling.levels import NoiseLevels
from comfy.sampling.noise import FreshNoise
from comfy.sampling.odd_sigmas import check_sigmas


class Denoise(Protocol):
    """The guided model as samplers see it: noisy latent and sigma in, clean estimate out."""

    levels: NoiseLevels

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        """The clean estimate of x, [B, C, h, w], at this noise level."""

    def both(self, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
        """The guided clean estimate, and the one of the negative conditioning alone."""

    def asking(self, model: Any) -> "Denoise":
        """The same guidance asked of another version of the model."""


Report = Callable[[torch.Tensor, float, torch.Tensor], None]
"""Told x, sigma and the clean estimate once per step; may raise to end the run."""

NoiseSource = Callable[[torch.Tensor, Sequence[float], int], FreshNoise]
"""Makes a run's fresh noise from the noisy latent, the sigmas and the seed."""


@dataclass(frozen=True)
class Sampler:
    """A stepping rule and what it asks of the loop around it.

    `drops_penultimate`: visits the schedule of one more step without its last level above zero.
    `redraws_mask_noise`: outside an inpaint mask it uses noise of its own instead of the run's first noise.
    """

    name: str
    steps: Callable[..., torch.Tensor]
    noise: NoiseSource | None = None
    drops_penultimate: bool = False
    redraws_mask_noise: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def run(self, denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float], seed: int) -> torch.Tensor:
        """Take x from the first of the sigmas to the last.

        Raises `SigmasError` where they rise, stand still or reach 0 too early for this rule.
        """
        if len(sigmas) < 2:
            return x
        # Noise that was given in place of the rule's own must not be drawn from before the run.
        tried = replace(self, noise=getattr(SAMPLERS.get(self.name), "noise", self.noise))
        check_sigmas(self.name, partial(tried._go, seed=seed), sigmas)
        return self._go(denoise, report, x, sigmas, seed)

    def _go(self, denoise: Denoise, report: Report, x: torch.Tensor, sigmas: list[float], seed: int) -> torch.Tensor:
        options = dict(self.options)
        if self.noise is not None:
            options["noise"] = self.noise(x, sigmas, seed)
        return self.steps(denoise, report, x, sigmas, **options)

    def with_options(self, noise: NoiseSource | None = None, **options: Any) -> "Sampler":
        """The same rule with other parameters, and other fresh noise where one is given."""
        return replace(self, noise=noise or self.noise, options={**self.options, **options})


SAMPLERS: dict[str, Sampler] = {}

# Menus and saved workflows know the samplers in this order; others follow in order of registration.
_MENU_ORDER = (
    "euler",
    "euler_cfg_pp",
    "euler_ancestral",
    "euler_ancestral_cfg_pp",
    "heun",
    "heunpp2",
    "dpm_2",
    "dpm_2_ancestral",
    "lms",
    "dpm_fast",
    "dpm_adaptive",
    "dpmpp_2s_ancestral",
    "dpmpp_2s_ancestral_cfg_pp",
    "dpmpp_sde",
    "dpmpp_sde_gpu",
    "dpmpp_2m",
    "dpmpp_2m_cfg_pp",
    "dpmpp_2m_sde",
    "dpmpp_2m_sde_gpu",
    "dpmpp_2m_sde_heun",
    "dpmpp_2m_sde_heun_gpu",
    "dpmpp_3m_sde",
    "dpmpp_3m_sde_gpu",
    "ddpm",
    "lcm",
    "ipndm",
    "ipndm_v",
    "deis",
    "res_multistep",
    "res_multistep_cfg_pp",
    "res_multistep_ancestral",
    "res_multistep_ancestral_cfg_pp",
    "gradient_estimation",
    "gradient_estimation_cfg_pp",
    "er_sde",
    "seeds_2",
    "seeds_3",
    "sa_solver",
    "sa_solver_pece",
    "ddim",
    "uni_pc",
    "uni_pc_bh2",
)


def sampler(name: str, **traits: Any) -> Callable[[Callable[..., torch.Tensor]], Callable[..., torch.Tensor]]:
    """Register a function as the sampler of this name; the traits are the other fields of `Sampler`."""

    def register(steps: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
        SAMPLERS[name] = Sampler(name, steps, **traits)
        return steps

    return register


def sampler_names() -> list[str]:
    """The names of all samplers, in the order in which menus show them."""
    known = [name for name in _MENU_ORDER if name in SAMPLERS]
    return known + [name for name in SAMPLERS if name not in _MENU_ORDER]
