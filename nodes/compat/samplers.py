"""What packs import as `comfy.samplers`: samplers and schedulers by name, guidance, and the sampler of the nodes."""

import sys
from typing import Any

import torch
from torch import Tensor

from comfy.sampling import make_sigmas, sampler_names, scheduler_names
from comfy.sampling.sample import cut
from comfy.sampling.schedules import SCHEDULERS as _SCHEDULES
from comfy.sampling.schedules import quadratic_after_linear
from nodes.compat import k_diffusion_sampling as k_diffusion_sampling
from nodes.compat.cond_parts import KSamplerX0Inpaint as KSamplerX0Inpaint
from nodes.compat.cond_parts import can_concat_cond as can_concat_cond
from nodes.compat.cond_parts import cfg_function as cfg_function
from nodes.compat.cond_parts import cond_cat as cond_cat
from nodes.compat.cond_parts import cond_equal_size as cond_equal_size
from nodes.compat.cond_parts import encode_model_conds as encode_model_conds
from nodes.compat.cond_parts import get_area_and_mult as get_area_and_mult
from nodes.compat.cond_parts import process_conds as process_conds
from nodes.compat.cond_parts import resolve_areas_and_cond_masks as resolve_areas_and_cond_masks
from nodes.compat.cond_parts import resolve_areas_and_cond_masks_multidim as resolve_areas_and_cond_masks_multidim
from nodes.compat.guiders import Callback, Options
from nodes.compat.guiders import CFGGuider as CFGGuider
from nodes.compat.guiders import calc_cond_batch as calc_cond_batch
from nodes.compat.guiders import sampling_function as sampling_function
from nodes.compat.model_patcher import open_model
from nodes.compat.named_rules import Handlers, Names, add_sampler, add_scheduler
from nodes.compat.named_rules import SchedulerHandler as SchedulerHandler
from nodes.compat.names import lacks_of
from nodes.compat.sampler_objects import KSAMPLER as KSAMPLER
from nodes.compat.sampler_objects import Sampler as Sampler
from nodes.compat.sampler_objects import ksampler as ksampler
from nodes.compat.sampler_objects import sampler_object as sampler_object

_HERE = sys.modules[__name__]


def _find_sampler(name: str) -> Any:
    # Looked up when it runs: packs put functions of their own in the place of these.
    return _HERE.sampler_object(name)


def _calculate(model_sampling: Any, name: str, steps: int) -> Tensor:
    sigmas: Tensor = _HERE.calculate_sigmas(model_sampling, name, steps)
    return sigmas


SAMPLER_NAMES = Names(sampler_names(), lambda name: add_sampler(name, _find_sampler))
KSAMPLER_NAMES = Names(
    [name for name in sampler_names() if name not in ("ddim", "uni_pc", "uni_pc_bh2")],
    lambda name: add_sampler(name, _find_sampler),
)
SCHEDULER_NAMES = Names(scheduler_names(), lambda name: add_scheduler(name, _calculate))
SCHEDULER_HANDLERS = Handlers(lambda name: add_scheduler(name, _calculate))


def calculate_sigmas(model_sampling: Any, scheduler_name: str, steps: int) -> Tensor:
    """The sigmas of a schedule, falling to zero. Raises `ValueError` for an unknown name."""
    handler = SCHEDULER_HANDLERS.get(scheduler_name)
    if handler is None and scheduler_name not in _SCHEDULES:
        raise ValueError(f"There is no scheduler named {scheduler_name!r}; choose one of: {', '.join(SCHEDULER_NAMES)}")
    if handler is None:
        return _SCHEDULES[scheduler_name](model_sampling.levels, steps)
    return SchedulerHandler.sigmas(handler, model_sampling, steps)


def _schedule(name: str) -> Any:
    return lambda model_sampling, steps, **_: _SCHEDULES[name](model_sampling.levels, steps)


simple_scheduler = _schedule("simple")
ddim_scheduler = _schedule("ddim_uniform")
beta_scheduler = _schedule("beta")
kl_optimal_scheduler = _schedule("kl_optimal")


def linear_quadratic_schedule(
    model_sampling: Any, steps: int, threshold_noise: float = 0.025, linear_steps: int | None = None
) -> Tensor:
    return quadratic_after_linear(model_sampling.levels, steps, threshold_noise, linear_steps)


def normal_scheduler(model_sampling: Any, steps: int, sgm: bool = False, floor: bool = False) -> Tensor:
    return _SCHEDULES["sgm_uniform" if sgm else "normal"](model_sampling.levels, steps)


class _Lists(type):
    """Putting another list in the place of one is the same as putting names into it."""

    def __setattr__(cls, name: str, value: Any) -> None:
        own = {"SAMPLERS": SAMPLER_NAMES, "SCHEDULERS": SCHEDULER_NAMES}.get(name)
        if own is not None:
            own.extend([one for one in value if one not in own])
            return
        super().__setattr__(name, value)


class KSampler(metaclass=_Lists):
    """Steps through a schedule with a sampler, both by name."""

    SAMPLERS = SAMPLER_NAMES
    SCHEDULERS = SCHEDULER_NAMES
    DISCARD_PENULTIMATE_SIGMA_SAMPLERS = frozenset({"dpm_2", "dpm_2_ancestral", "uni_pc", "uni_pc_bh2"})

    def __init__(
        self,
        model: Any,
        steps: int,
        device: Any = None,
        sampler: str | None = None,
        scheduler: str | None = None,
        denoise: float | None = None,
        model_options: Options | None = None,
    ) -> None:
        self.model = open_model(model)
        self.device = device
        self.scheduler = scheduler if scheduler is not None and scheduler in self.SCHEDULERS else self.SCHEDULERS[0]
        self.sampler = sampler if sampler is not None and sampler in self.SAMPLERS else self.SAMPLERS[0]
        self.set_steps(steps, denoise)
        self.denoise = denoise
        self.model_options: Options = model_options or self.model.model_options

    def calculate_sigmas(self, steps: int) -> Tensor:
        """The whole schedule of so many steps."""
        drops = getattr(_find_sampler(self.sampler), "drops_penultimate", False)
        if self.scheduler in _SCHEDULES:
            return make_sigmas(self.model.levels, self.scheduler, steps, drops_penultimate=drops)
        sigmas = _calculate(self.model.get_model_object("model_sampling"), self.scheduler, steps + drops)
        return torch.cat([sigmas[:-2], sigmas[-1:]]) if drops else sigmas

    def set_steps(self, steps: int, denoise: float | None = None) -> None:
        """Plan so many steps; a `denoise` below 1 makes them the last of more."""
        self.steps = steps
        if denoise is None or denoise > 0.9999:
            self.sigmas = self.calculate_sigmas(steps)
        elif denoise <= 0.0:
            self.sigmas = torch.empty(0)
        else:
            self.sigmas = self.calculate_sigmas(int(steps / denoise))[-(steps + 1) :]

    def sample(
        self,
        noise: Tensor,
        positive: Any,
        negative: Any,
        cfg: float,
        latent_image: Tensor | None = None,
        start_step: int | None = None,
        last_step: int | None = None,
        force_full_denoise: bool = False,
        denoise_mask: Tensor | None = None,
        sigmas: Tensor | None = None,
        callback: Callback | None = None,
        disable_pbar: bool = False,
        seed: int | None = None,
    ) -> Tensor:
        """The sampled latent, unscaled as it is saved."""
        latent_image = torch.zeros_like(noise) if latent_image is None else latent_image
        chosen = cut(self.sigmas if sigmas is None else sigmas, start_step, last_step, ends_clean=force_full_denoise)
        sampler = _find_sampler(self.sampler)
        return _HERE.sample(
            self.model, noise, positive, negative, cfg, self.device, sampler, chosen,
            self.model_options, latent_image, denoise_mask, callback, disable_pbar, seed,
        )  # fmt: skip


def calc_cond_uncond_batch(
    model: Any, cond: Any, uncond: Any, x_in: Tensor, timestep: Tensor, model_options: Options
) -> tuple[Tensor, Tensor]:
    """The clean estimates under a positive and a negative conditioning."""
    positive, negative = calc_cond_batch(model, [cond, uncond], x_in, timestep, model_options)
    return positive, negative


def calculate_start_end_timesteps(model: Any, conds: Any) -> None:
    """Say at entries, in place, between which sigmas they count."""
    to_sigma = model.model_sampling.percent_to_sigma
    for entry in conds:
        for percent, sigma in (("start_percent", "timestep_start"), ("end_percent", "timestep_end")):
            if percent in entry:
                entry[sigma] = to_sigma(entry[percent])


def sample(
    model: Any,
    noise: Tensor,
    positive: Any,
    negative: Any,
    cfg: float,
    device: Any,
    sampler: Any,
    sigmas: Tensor,
    model_options: Options | None = None,
    latent_image: Tensor | None = None,
    denoise_mask: Tensor | None = None,
    callback: Callback | None = None,
    disable_pbar: bool = False,
    seed: int | None = None,
) -> Tensor:
    """Sample with classifier-free guidance, a sampler object and sigmas."""
    guider = CFGGuider(model)
    guider.set_conds(positive, negative)
    guider.set_cfg(cfg)
    if model_options:
        guider.model_options = model_options
    start = torch.zeros_like(noise) if latent_image is None else latent_image
    return guider.sample(noise, start, sampler, sigmas, denoise_mask, callback, disable_pbar, seed)


__getattr__ = lacks_of("comfy.samplers")
