"""The two ways in which people ask for a picture: all the way at a strength, or a stretch of a schedule."""

from typing import Any

import torch

from comfy.sampling.asking import Model
from comfy.sampling.conditions import Conditioning
from comfy.sampling.guidance import CfgGuider
from comfy.sampling.levels import NoiseLevels
from comfy.sampling.noise import initial_noise
from comfy.sampling.registry import SAMPLERS, Sampler
from comfy.sampling.run import OnStep, run
from comfy.sampling.schedules import SCHEDULERS


class UnknownNameError(ValueError):
    """There is no sampler or scheduler of this name."""


def find_sampler(name: str) -> Sampler:
    """The sampler of this name; raises UnknownNameError."""
    if name not in SAMPLERS:
        raise UnknownNameError(f"There is no sampler named {name!r}; choose one of: {', '.join(SAMPLERS)}")
    return SAMPLERS[name]


def make_sigmas(
    levels: NoiseLevels, scheduler: str, steps: int, denoise: float = 1.0, drops_penultimate: bool = False
) -> torch.Tensor:
    """The sigmas of a run, float32, falling to zero; empty where there is nothing to do.

    A `denoise` below 1 makes a schedule of steps / denoise steps and visits the last `steps` of them. With
    `drops_penultimate` the schedule has one step more, and its last level above zero is left out.
    """
    if scheduler not in SCHEDULERS:
        raise UnknownNameError(f"There is no scheduler named {scheduler!r}; choose one of: {', '.join(SCHEDULERS)}")
    if denoise <= 0:
        return torch.empty(0)
    planned = steps if denoise > 0.9999 else int(steps / denoise)
    sigmas = SCHEDULERS[scheduler](levels, planned + drops_penultimate)
    if drops_penultimate:
        sigmas = torch.cat([sigmas[:-2], sigmas[-1:]])
    return sigmas if denoise > 0.9999 else sigmas[-(steps + 1) :]


def cut(sigmas: torch.Tensor, start_step: int | None, end_step: int | None, ends_clean: bool) -> torch.Tensor:
    """The stretch of a schedule from one step to another; `ends_clean` makes a stretch that ends early end at zero."""
    last = len(sigmas) - 1
    if end_step is not None and end_step < last:
        sigmas = sigmas[: end_step + 1].clone()
        if ends_clean:
            sigmas[-1] = 0
    return sigmas[start_step or 0 :]


def sample(
    model: Model,
    *,
    seed: int,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    positive: Conditioning,
    negative: Conditioning,
    latent: dict[str, Any],
    denoise: float = 1.0,
    start_step: int | None = None,
    end_step: int | None = None,
    add_noise: bool = True,
    return_leftover_noise: bool = False,
    on_step: OnStep | None = None,
) -> dict[str, Any]:
    """Denoise a latent with classifier-free guidance and return it, its other keys kept.

    `start_step` and `end_step` choose a stretch of the schedule; one that ends early is still denoised all the way
    unless `return_leftover_noise`. Raises UnknownNameError, and whatever `on_step` raises.
    """
    sampler = find_sampler(sampler_name)
    sigmas = make_sigmas(model.levels, scheduler, steps, denoise, sampler.drops_penultimate)
    sigmas = cut(sigmas, start_step, end_step, ends_clean=not return_leftover_noise)
    if len(sigmas) < 2:
        return dict(latent)
    noise = initial_noise(latent["samples"].shape, seed, latent.get("batch_index")) if add_noise else None
    guider = CfgGuider(positive, negative, cfg)
    return run(model, guider, sampler, sigmas, latent, seed=seed, noise=noise, on_step=on_step).latent
