"""A model's `model_options`: how packs write them, and what they mean to Skein's sampling."""

import math
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from comfy.sampling.asking import Around, Batch, Change, Estimate, MaskRule
from comfy.sampling.guidance_rules import Estimates, Guidance
from comfy.sampling.levels import NoiseLevels
from nodes.compat import inner_model
from nodes.compat.conditions import for_packs
from nodes.compat.transformer_options import change_by, cond_or_uncond, in_run, run_sigmas

Options = dict[str, Any]

PRE, COMBINE, POST = "sampler_pre_cfg_function", "sampler_cfg_function", "sampler_post_cfg_function"
WRAPPER = "model_function_wrapper"
MASK = "denoise_mask_function"
# With cfg 1 the negative conditioning is not asked for, unless this says so.
ALWAYS_BOTH = "disable_cfg1_optimization"

asked_by: ContextVar[Any] = ContextVar("asked_by", default=None)
"""What asks the model for estimates while a hook of a pack runs."""


def copied(value: Any) -> Any:
    """A copy of options in which everything that packs write to is their own."""
    if isinstance(value, dict):
        return {name: copied(part) for name, part in value.items()}
    if isinstance(value, list):
        return list(value)
    return value


def with_patch(options: Options, name: str, patch: Any) -> Options:
    """Put a patch behind the others of its name; answers the options, changed."""
    patches = options.setdefault("transformer_options", {}).setdefault("patches", {})
    patches[name] = [*patches.get(name, ()), patch]
    return options


def with_replacement(
    options: Options, patch: Any, name: str, block_name: str, number: int, transformer_index: int | None = None
) -> Options:
    """Have a patch stand in place of an attention."""
    replaced = options.setdefault("transformer_options", {}).setdefault("patches_replace", {}).setdefault(name, {})
    replaced[(block_name, number) if transformer_index is None else (block_name, number, transformer_index)] = patch
    return options


def with_function(options: Options, name: str, function: Any, always_both: bool = False) -> Options:
    """Put a function behind the others of its name; answers the options, changed."""
    options[name] = [*options.get(name, ()), function]
    if always_both:
        options[ALWAYS_BOTH] = True
    return options


def changes_of(options: Options) -> tuple[Change, ...]:
    """What the options want done between the layers."""
    return (change_by(options.get("transformer_options") or {}),)


def around_of(patcher: Any, options: Options) -> tuple[Around, ...]:
    """The function that the options want before the model."""
    wrapper = options.get(WRAPPER)
    return () if wrapper is None else (partial(_through, wrapper, options),)


def _through(wrapper: Callable[..., Tensor], options: Options, batch: Batch, estimate: Estimate) -> Tensor:
    told = arguments_of_apply(options, batch)
    numbers = told.c["transformer_options"]["cond_or_uncond"]
    asked = {"input": batch.x, "timestep": told.sigmas, "c": told.c, "cond_or_uncond": numbers}
    return wrapper(apply_model_of(batch, estimate), asked)


def apply_model_of(batch: Batch, estimate: Estimate) -> Callable[..., Tensor]:
    """What packs call as a model's `apply_model` while a batch is asked for."""

    def apply_model(
        x: Tensor,
        t: Tensor,
        c_concat: Tensor | None = None,
        c_crossattn: Tensor | None = None,
        control: Any = None,
        transformer_options: Options | None = None,
        **extras: Any,
    ) -> Tensor:
        context = batch.context if c_crossattn is None else c_crossattn
        return inner_model.ask(estimate, batch, x, t, context, c_concat, transformer_options, extras)

    return apply_model


@dataclass(frozen=True)
class ToldOfApply:
    """What a wrapper of the model is told: sigmas [B], and what else the model is asked with, by packs' names."""

    sigmas: Tensor
    c: Options


def arguments_of_apply(options: Options, batch: Batch) -> ToldOfApply:
    """How packs see a batch."""
    numbers = cond_or_uncond(batch.names)
    sigmas = torch.full((len(batch.x),), batch.sigma, device=batch.x.device)
    told = {**copied(options.get("transformer_options") or {}), "cond_or_uncond": numbers, "sigmas": sigmas}
    if run_sigmas.get() is not None:
        told["sample_sigmas"] = run_sigmas.get()
    extras = {{"vector": "y", "concat": "c_concat"}.get(name, name): value for name, value in batch.extras.items()}
    return ToldOfApply(sigmas, {"c_crossattn": batch.context, **extras, "transformer_options": told})


def mask_rule_of(rule: MaskRule | None, patcher: Any, options: Options) -> MaskRule | None:
    """The rule for inpaint masks that the options want, or the one there is."""
    function = options.get(MASK)
    if function is None:
        return rule

    def masked(mask: Tensor, sigma: float, sigmas: Sequence[float], levels: NoiseLevels) -> Tensor:
        told = {"model": inner_model.InnerModel(patcher), "sigmas": torch.tensor(sigmas, device=mask.device)}
        out: Tensor = function(torch.full((len(mask),), sigma, device=mask.device), mask, extra_options=told)
        return out

    return masked


def guidance_of(guidance: Guidance, patcher: Any, options: Options) -> Guidance:
    """The rules of guidance with the hooks that the options name."""
    hooks = _Hooks(patcher, options)
    before, after = options.get(PRE) or (), options.get(POST) or ()
    combine = options.get(COMBINE)
    if not before and not after and combine is None and ALWAYS_BOTH not in options:
        return guidance
    for function in before:
        guidance = guidance.with_before(partial(hooks.before, function))
    if combine is not None:
        guidance = guidance.with_combine(partial(hooks.combine, combine))
    for function in after:
        guidance = guidance.with_after(partial(hooks.after, function))
    needs_negative = guidance.needs_negative or bool(options.get(ALWAYS_BOTH))
    return replace(guidance, works_at_one=True, needs_negative=needs_negative)


class _Hooks:
    """Calls functions of packs as they expect to be called around guidance."""

    def __init__(self, patcher: Any, options: Options) -> None:
        self._model, self._options = inner_model.InnerModel(patcher), options

    def before(self, function: Callable[[Options], Sequence[Tensor]], seen: Estimates) -> Estimates:
        out = self._call(function, seen, conds_out=[seen.positive, seen.negative], conds=self._both(seen))
        return replace(seen, positive=out[0], negative=out[1])

    def combine(self, function: Callable[[Options], Tensor], seen: Estimates) -> Tensor:
        positive, negative = self._both(seen)
        away = self._call(
            function,
            seen,
            cond=seen.x - seen.positive,
            uncond=seen.x - seen.negative,
            cond_denoised=seen.positive,
            uncond_denoised=seen.negative,
            input_cond=positive,
            input_uncond=negative,
        )
        out: Tensor = seen.x - away
        return out

    def after(self, function: Callable[[Options], Tensor], seen: Estimates, guided: Tensor) -> Tensor:
        positive, negative = self._both(seen)
        out: Tensor = self._call(
            function,
            seen,
            denoised=guided,
            cond=positive,
            uncond=negative,
            cond_denoised=seen.positive,
            uncond_denoised=seen.negative,
        )
        return out

    def _call(self, function: Callable[[Options], Any], seen: Estimates, **told: Any) -> Any:
        sigma = torch.full((len(seen.x),), seen.sigma, device=seen.x.device)
        common = {"input": seen.x, "sigma": sigma, "timestep": sigma, "cond_scale": seen.cfg}
        token = asked_by.set(seen.predict)
        try:
            return function({**common, "model": self._model, "model_options": in_run(self._options), **told})
        finally:
            asked_by.reset(token)

    def _both(self, seen: Estimates) -> list[Any]:
        """The positive and the negative conditioning; None for one that was not asked for."""
        conditions = getattr(seen.predict, "conditions", {})
        is_alone = math.isclose(seen.cfg, 1) and not self._options.get(ALWAYS_BOTH)
        positive, negative = (conditions.get(name) for name in ("positive", "negative"))
        return [
            None if positive is None else for_packs(positive),
            None if negative is None or is_alone else for_packs(negative),
        ]
