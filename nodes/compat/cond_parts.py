"""Parts of a guided step as packs put their own together: entries at a latent, batches of them, guidance, masks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from comfy.sampling.conditions import bounds_of, fit_to_grid, prepare_conditions, read_area
from comfy.sampling.guidance_rules import Estimates
from nodes.compat.conditions import for_packs, from_packs, text_of
from nodes.compat.conds import CONDRegular
from nodes.compat.guiders import patcher_of, predictor_for
from nodes.compat.model_options import MASK, Options
from nodes.compat.model_patcher import frozen


class CondObj(NamedTuple):
    """An entry of a conditioning at a latent: its part [B, C, h, w], how much each pixel counts, what the network sees.

    Boxes of GLIGEN are no part of it: Skein's own loop asks for those.
    """

    input_x: Tensor
    mult: Tensor
    conditioning: dict[str, CONDRegular]
    area: list[int]
    control: Any
    patches: None
    uuid: Any
    hooks: Any


def get_area_and_mult(conds: Any, x_in: Tensor, timestep_in: Tensor) -> CondObj | None:
    """An entry at a noisy latent [B, C, h, w]; None where it does not count at this sigma."""
    (condition,) = from_packs([conds])
    if not condition.is_active(float(timestep_in.flatten()[0])):
        return None
    batch, height, width = len(x_in), *x_in.shape[-2:]
    place = condition.area
    area = [height, width, 0, 0] if place is None else [place.height, place.width, place.y, place.x]
    x = x_in if place is None else place.crop(x_in)
    seen = {
        name: cond.process_cond(batch_size=batch, device=x_in.device, area=area)
        for name, cond in conds.get("model_conds", {}).items()
    }
    weight = condition.weight(batch, height, width).to(x.device, x.dtype).expand_as(x)
    return CondObj(x, weight, seen, area, conds.get("control"), None, conds.get("uuid"), conds.get("hooks"))


def cond_equal_size(c1: Mapping[str, CONDRegular], c2: Mapping[str, CONDRegular]) -> bool:
    """Whether two entries show the network so much of the same that both can be asked in one batch."""
    return c1 is c2 or (c1.keys() == c2.keys() and all(c1[name].can_concat(c2[name]) for name in c1))


def can_concat_cond(c1: CondObj, c2: CondObj) -> bool:
    """Whether two entries at a latent can be asked in one batch."""
    return (
        c1.input_x.shape == c2.input_x.shape
        and c1.control is c2.control
        and c1.patches is c2.patches
        and cond_equal_size(c1.conditioning, c2.conditioning)
    )


def cond_cat(c_list: Sequence[Mapping[str, CONDRegular]]) -> dict[str, Any]:
    """What the network is shown for several entries, as one batch."""
    names = dict.fromkeys(name for entry in c_list for name in entry)
    shown = {name: [entry[name] for entry in c_list if name in entry] for name in names}
    return {name: first.concat(others) for name, (first, *others) in shown.items()}


def encode_model_conds(
    model_function: Callable[..., Mapping[str, Any]],
    conds: list[Any],
    noise: Tensor,
    device: Any,
    prompt_type: str,
    **told: Any,
) -> list[Any]:
    """Entries with what the network is shown for them, as a function of a model (`extra_conds`) says; in place."""
    for index, entry in enumerate(conds):
        places = {"device": device, "noise": noise, "width": noise.shape[-1] * 8, "height": noise.shape[-2] * 8}
        shown = model_function(**{**entry, **places, "prompt_type": prompt_type, **told})
        conds[index] = entry = entry.copy()
        entry["model_conds"] = {**entry.get("model_conds", {}), **shown}
    return conds


def resolve_areas_and_cond_masks(conditions: list[Any], h: int, w: int, device: Any) -> None:
    """Say areas and masks of entries, in place, in the pixels of a latent of this size."""
    for index, entry in enumerate(conditions):
        conditions[index] = changed = entry.copy()
        area, mask = read_area(entry.get("area"), h, w), entry.get("mask")
        if mask is not None:
            mask = fit_to_grid(mask, h, w).to(device)
            changed["mask"] = mask
            if entry.get("set_area_to_bounds", False):
                area, changed["set_area_to_bounds"] = bounds_of(mask), False
        if area is not None:
            changed["area"] = (area.height, area.width, area.y, area.x)


def resolve_areas_and_cond_masks_multidim(conditions: list[Any], dims: Sequence[int], device: Any) -> None:
    height, width = dims[-2:]
    resolve_areas_and_cond_masks(conditions, height, width, device)


def process_conds(
    model: Any,
    noise: Tensor,
    conds: Mapping[str, Sequence[Any]],
    device: Any,
    latent_image: Tensor | None = None,
    denoise_mask: Tensor | None = None,
    seed: int | None = None,
    *_: Any,
    **__: Any,
) -> dict[str, list[Any]]:
    """Conditionings by name, made ready for a latent of the shape of `noise`: areas, masks, ranges, what is shown."""
    patcher = patcher_of(model)
    pairs = {name: [_pair(entry) for entry in entries] for name, entries in conds.items()}
    height, width = noise.shape[-2:]
    ready = prepare_conditions(pairs, height, width, patcher.levels, torch.device(device))
    told = {"latent_image": latent_image, "denoise_mask": denoise_mask, "seed": seed}
    return {
        name: encode_model_conds(patcher.model.extra_conds, list(for_packs(entries)), noise, device, name, **told)
        for name, entries in ready.items()
    }


def _pair(entry: Any) -> Sequence[Any]:
    return (text_of(entry), entry) if isinstance(entry, dict) else entry


def cfg_function(
    model: Any,
    cond_pred: Tensor,
    uncond_pred: Tensor,
    cond_scale: float,
    x: Tensor,
    timestep: Tensor,
    model_options: Options | None = None,
    cond: Any = None,
    uncond: Any = None,
) -> Tensor:
    """The guided clean estimate of two clean estimates, by the rules of the model and its options."""
    patcher = patcher_of(model)
    options = patcher.model_options if model_options is None else model_options
    predict = predictor_for(model, {"positive": cond, "negative": uncond}, x, options)
    # What comes before guidance has seen these estimates already.
    guidance = replace(frozen(patcher, options).guidance, before=())
    return guidance.guide(Estimates(x, float(timestep.flatten()[0]), cond_scale, cond_pred, uncond_pred, predict))


class KSamplerX0Inpaint:
    """A guided model that keeps the picture as it is outside a mask; `noise` and `latent_image` are set before use."""

    noise: Tensor
    latent_image: Tensor

    def __init__(self, model: Any, sigmas: Tensor) -> None:
        self.inner_model, self.sigmas = model, sigmas

    def __call__(
        self,
        x: Tensor,
        sigma: Tensor,
        denoise_mask: Tensor | None = None,
        model_options: Options | None = None,
        seed: int | None = None,
    ) -> Tensor:
        """The clean estimate of x at a sigma; a mask is 1 where the picture may change."""
        options = model_options or {}
        if denoise_mask is None:
            return self._ask(x, sigma, options, seed)
        if MASK in options:
            told = {"model": self.inner_model, "sigmas": self.sigmas}
            denoise_mask = options[MASK](sigma, denoise_mask, extra_options=told)
        assert denoise_mask is not None
        kept = self.inner_model.inner_model.scale_latent_inpaint(
            x=x, sigma=sigma, noise=self.noise, latent_image=self.latent_image
        )
        estimate = self._ask(x * denoise_mask + kept * (1 - denoise_mask), sigma, options, seed)
        return estimate * denoise_mask + self.latent_image * (1 - denoise_mask)

    def _ask(self, x: Tensor, sigma: Tensor, options: Options, seed: int | None) -> Tensor:
        estimate: Tensor = self.inner_model(x, sigma, model_options=options, seed=seed)
        return estimate
