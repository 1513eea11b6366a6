"""What packs put around parts of a run (`WrappersMP`), put around the same parts of Skein's."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from comfy.sampling.asking import (
    Around,
    AroundNetwork,
    AroundPredict,
    AroundStep,
    Asking,
    Batch,
    Estimate,
    MakeStep,
    Network,
    Predict,
    Shown,
)
from comfy.sampling.levels import NoiseLevels
from nodes.compat.conditions import for_packs
from nodes.compat.inner_model import InnerModel
from nodes.compat.model_options import apply_model_of, arguments_of_apply
from nodes.compat.patcher_extension import WrapperExecutor, WrappersMP, all_of, merge_nested_dicts
from nodes.compat.transformer_options import cond_or_uncond, in_run, options_for_call, run_guider, run_seed

Options = dict[str, Any]
Wrappers = Sequence[Callable[..., Any]]

CALCULATE = "sampler_calc_cond_batch_function"
"""What options say who ask under conditionings in the engine's place."""

LEFT_OUT = "wrappers_left_out"
"""What options say who ask from within a wrapper: the kinds that must not be called again."""


def wrappers_of(patcher: Any, options: Options, kind: str) -> Wrappers:
    """What stands around a part: what the model has, and what its options have."""
    if kind in options.get(LEFT_OUT, ()):
        return []
    in_options = (options.get("transformer_options") or {}).get("wrappers") or {}
    return all_of(merge_nested_dicts(patcher.wrappers, in_options), kind)


def around_apply(patcher: Any, options: Options) -> tuple[Around, ...]:
    """Around asking the model for clean estimates of a batch."""
    wrappers = wrappers_of(patcher, options, WrappersMP.APPLY_MODEL)
    return (partial(_apply, patcher, options, wrappers),) if wrappers else ()


def _apply(patcher: Any, options: Options, wrappers: Wrappers, batch: Batch, estimate: Estimate) -> Tensor:
    told = arguments_of_apply(options, batch)
    executor = WrapperExecutor.new_class_executor(apply_model_of(batch, estimate), InnerModel(patcher), wrappers)
    given = {
        name: value for name, value in told.c.items() if name not in ("c_concat", "c_crossattn", "transformer_options")
    }
    out: Tensor = executor.execute(
        batch.x, told.sigmas, told.c.get("c_concat"), batch.context, None, told.c["transformer_options"], **given
    )
    return out


def around_network(patcher: Any, options: Options) -> tuple[AroundNetwork, ...]:
    """Around a call of the network itself."""
    wrappers = wrappers_of(patcher, options, WrappersMP.DIFFUSION_MODEL)
    return (partial(_network, options, wrappers),) if wrappers else ()


def _network(options: Options, wrappers: Wrappers, asking: Asking, shown: Shown, network: Network) -> Tensor:
    def forward(
        x: Tensor,
        timesteps: Tensor | None = None,
        context: Tensor | None = None,
        y: Tensor | None = None,
        control: Any = None,
        transformer_options: Options | None = None,
        **_: Any,
    ) -> Tensor:
        extras = dict(shown.extras) if y is None else {**shown.extras, "vector": y}
        return network(
            Shown(
                x,
                shown.timesteps if timesteps is None else timesteps,
                shown.context if context is None else context,
                extras,
            )
        )

    batch = asking.batch
    sigmas = torch.full((len(batch.x),), batch.sigma, device=batch.x.device)
    told = {
        **(options.get("transformer_options") or {}),
        "cond_or_uncond": cond_or_uncond(batch.names),
        "sigmas": sigmas,
    }
    executor = WrapperExecutor.new_class_executor(forward, asking.model.unet, wrappers)
    out: Tensor = executor.execute(shown.x, shown.timesteps, shown.context, shown.extras.get("vector"), None, told)
    return out


def around_predict(patcher: Any, options: Options) -> tuple[AroundPredict, ...]:
    """Around asking under several conditionings."""
    wrappers = wrappers_of(patcher, options, WrappersMP.CALC_COND_BATCH)
    instead = (partial(_predict_instead, patcher, options),) if options.get(CALCULATE) else ()
    return (*instead, partial(_predict, patcher, options, wrappers)) if wrappers else instead


def _predict_instead(
    patcher: Any, options: Options, predictor: Any, ask: Predict, x: Tensor, sigma: float, names: Sequence[str]
) -> list[Tensor]:
    """What a function of a pack answers in place of asking; it is always told of two conditionings."""
    options = in_run(options)
    conds: list[Any] = [for_packs(predictor.conditions[name]) for name in names]
    told = {
        "conds": [*conds, *[None] * (2 - len(conds))],
        "input": x,
        "sigma": torch.full((len(x),), sigma, device=x.device),
        "model": InnerModel(patcher),
        "model_options": {name: value for name, value in options.items() if name != CALCULATE},
    }
    out: list[Tensor] = options[CALCULATE](told)
    return out[: len(names)]


def _predict(
    patcher: Any,
    options: Options,
    wrappers: Wrappers,
    predictor: Any,
    ask: Predict,
    x: Tensor,
    sigma: float,
    names: Sequence[str],
) -> list[Tensor]:
    from nodes.compat.guiders import calc_cond_batch  # which is made of models, as this is a part of one

    options = in_run(options)
    conds = [for_packs(predictor.conditions[name]) for name in names]

    def calculate(model: Any, asked: Any, x_in: Tensor, timestep: Tensor, model_options: Options) -> list[Tensor]:
        is_same = all(one is other for one, other in zip(asked, conds, strict=False)) and len(asked) == len(conds)
        if is_same and model_options is options and x_in.shape == x.shape:
            return ask(x_in, float(timestep.flatten()[0]), names)
        inside = {**model_options, LEFT_OUT: (WrappersMP.CALC_COND_BATCH,)}
        return calc_cond_batch(model, asked, x_in, timestep, inside)

    executor = WrapperExecutor.new_executor(calculate, wrappers)
    timestep = torch.full((len(x),), sigma, device=x.device)
    out: list[Tensor] = executor.execute(InnerModel(patcher), conds, x, timestep, options)
    return out


def around_step(patcher: Any, options: Options) -> tuple[AroundStep, ...]:
    """Around a whole guided estimate."""
    wrappers = wrappers_of(patcher, options, WrappersMP.PREDICT_NOISE)
    return (partial(_step, options, wrappers),) if wrappers else ()


def _step(options: Options, wrappers: Wrappers, x: Tensor, sigma: float, levels: NoiseLevels, step: MakeStep) -> Tensor:
    options = in_run(options)

    def predict_noise(
        x: Tensor, timestep: Tensor, model_options: Options | None = None, seed: int | None = None, **_: Any
    ) -> Tensor:
        changed = None if model_options is None or model_options is options else model_options
        with options_for_call(None if changed is None else changed.get("transformer_options")):
            return step(x, float(timestep.flatten()[0]))

    executor = WrapperExecutor.new_class_executor(predict_noise, run_guider.get(), wrappers)
    out: Tensor = executor.execute(x, torch.full((len(x),), sigma, device=x.device), options, run_seed.get())
    return out


def with_wrappers(plain: Any, patcher: Any, options: Options) -> Any:
    """A model's value with what packs put around its parts."""
    return replace(
        plain,
        around=(*plain.around, *around_apply(patcher, options)),
        around_network=(*plain.around_network, *around_network(patcher, options)),
        around_predict=(*plain.around_predict, *around_predict(patcher, options)),
        around_step=(*plain.around_step, *around_step(patcher, options)),
    )
