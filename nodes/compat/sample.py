"""What packs import as `comfy.sample`: noise from a seed, and sampling a latent."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from comfy import devices
from comfy.sampling import initial_noise
from nodes.compat import samplers
from nodes.compat.guiders import Callback
from nodes.compat.names import lacks_of
from nodes.compat.sampler_helpers import cleanup_additional_models as cleanup_additional_models
from nodes.compat.sampler_helpers import get_additional_models as _additional
from nodes.compat.sampler_helpers import get_models_from_cond as get_models_from_cond
from nodes.compat.sampler_helpers import prepare_mask as prepare_mask
from nodes.fitting import fit_latent


def prepare_noise(latent_image: Tensor, seed: int, noise_inds: Sequence[int] | None = None) -> Tensor:
    """The noise that a run of this seed begins with, on the CPU."""
    return initial_noise(latent_image.shape, seed, None if noise_inds is None else [int(one) for one in noise_inds])


def fix_empty_latent_channels(model: Any, latent_image: Tensor, *_: Any, **__: Any) -> Tensor:
    """An empty latent with as many channels as the model's; any other is left alone."""
    if latent_image.count_nonzero() > 0:
        return latent_image
    samples: Tensor = fit_latent(model, {"samples": latent_image})["samples"]
    return samples


def sample(
    model: Any,
    noise: Tensor,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    positive: Any,
    negative: Any,
    latent_image: Tensor,
    denoise: float = 1.0,
    disable_noise: bool = False,
    start_step: int | None = None,
    last_step: int | None = None,
    force_full_denoise: bool = False,
    noise_mask: Tensor | None = None,
    sigmas: Tensor | None = None,
    callback: Callback | None = None,
    disable_pbar: bool = False,
    seed: int | None = None,
) -> Tensor:
    """A latent sampled from noise of unit variance; the callback is told step, clean estimate, latent and total."""
    sampler = samplers.KSampler(
        model, steps, devices.compute_device(), sampler_name, scheduler, denoise, getattr(model, "model_options", None)
    )
    sampled = sampler.sample(
        torch.zeros_like(noise) if disable_noise else noise, positive, negative, cfg, latent_image, start_step,
        last_step, force_full_denoise, noise_mask, sigmas, callback, disable_pbar, seed,
    )  # fmt: skip
    return sampled.to("cpu", torch.float32)


def sample_custom(
    model: Any,
    noise: Tensor,
    cfg: float,
    sampler: Any,
    sigmas: Tensor,
    positive: Any,
    negative: Any,
    latent_image: Tensor,
    noise_mask: Tensor | None = None,
    callback: Callback | None = None,
    disable_pbar: bool = False,
    seed: int | None = None,
) -> Tensor:
    """The same with a sampler object and sigmas."""
    sampled = samplers.sample(
        model, noise, positive, negative, cfg, devices.compute_device(), sampler, sigmas,
        None, latent_image, noise_mask, callback, disable_pbar, seed,
    )  # fmt: skip
    return sampled.to("cpu", torch.float32)


def get_additional_models(positive: Any, negative: Any, dtype: Any = None) -> tuple[list[Any], int]:
    """The models that two conditionings bring along, and the bytes that they take."""
    return _additional({"positive": positive, "negative": negative}, dtype)


def prepare_sampling(
    model: Any, noise_shape: Sequence[int], positive: Any, negative: Any, noise_mask: Tensor | None
) -> tuple[Any, Any, Any, Tensor | None, list[Any]]:
    """In the older form: what is asked, both conditionings, the mask on the latent's grid, and the models besides."""
    mask = None if noise_mask is None else prepare_mask(noise_mask, noise_shape, devices.compute_device())
    return model.model, positive, negative, mask, get_additional_models(positive, negative)[0]


__getattr__ = lacks_of("comfy.sample")
