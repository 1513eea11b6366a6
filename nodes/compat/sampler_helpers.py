"""What packs import as `comfy.sampler_helpers`: conditionings, masks and models before a run."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from comfy.hooks import Hooks, joined
from comfy.sampling.run import fit_mask
from nodes.compat.conditions import text_of
from nodes.compat.conds import CONDCrossAttn
from nodes.compat.names import lacks_of
from nodes.compat.patcher_extension import WrapperExecutor, WrappersMP
from nodes.compat.wrapped import wrappers_of

Conds = Mapping[str, Sequence[Any]]
CONVERTED = ("cross_attn", "model_conds", "uuid")
"""What `convert_cond` adds to an entry's options."""


def convert_cond(cond: Sequence[Any]) -> list[dict[str, Any]]:
    """A conditioning's entries as dicts."""
    made = []
    for embedding, options in cond:
        model_conds = {**options.get("model_conds", {}), "c_crossattn": CONDCrossAttn(embedding)}
        made.append({**options, "cross_attn": embedding, "model_conds": model_conds, "uuid": uuid.uuid4()})
    return made


def prepare_mask(noise_mask: Tensor, shape: Sequence[int], device: Any) -> Tensor:
    """An inpaint mask on the grid of a latent of this shape, once for each of its channels."""
    mask = fit_mask(noise_mask, shape, torch.device(device))
    assert mask is not None
    return mask.expand(-1, shape[1], -1, -1)


def get_models_from_cond(cond: Sequence[Mapping[str, Any]], model_type: str) -> list[Any]:
    """What the entries hold under a name: controls, boxes."""
    return [entry[model_type] for entry in cond if entry.get(model_type)]


def get_hooks_from_cond(cond: Sequence[Mapping[str, Any]], full_hooks: Any = None) -> Hooks:
    """All hooks of the entries."""
    return joined([full_hooks, *(entry.get("hooks") for entry in cond)])


def get_additional_models(conds: Conds, dtype: Any = None) -> tuple[list[Any], int]:
    """The models that conditionings bring along, and the bytes that they take; Skein brings them when they run."""
    controls = [control for cond in conds.values() for control in get_models_from_cond(_dicts(cond), "control")]
    models = [
        model for control in controls for model in (control.get_models() if hasattr(control, "get_models") else [])
    ]
    return models, 0


def get_additional_models_from_model_options(model_options: Any = None) -> list[Any]:
    return []


def cleanup_additional_models(models: Sequence[Any]) -> None:
    """Tell models that they are not needed any more."""
    for model in models:
        if hasattr(model, "cleanup"):
            model.cleanup()


def estimate_memory(
    model: Any, noise_shape: Sequence[int], conds: Any = None, return_estimates: bool = False
) -> tuple[float, float]:
    """Bytes that a call takes for both conditionings, and for one."""
    return model.memory_required([noise_shape[0] * 2, *noise_shape[1:]]), model.memory_required(list(noise_shape))


def prepare_sampling(
    model: Any, noise_shape: Sequence[int], conds: Conds, model_options: Any = None, *rest: Any, **more: Any
) -> tuple[Any, Conds, list[Any]]:
    """What is asked (`model.model`), the conditionings and the models besides it, as packs around this make them."""
    wrappers = wrappers_of(model, model_options or {}, WrappersMP.PREPARE_SAMPLING)
    executor = WrapperExecutor.new_executor(_prepare, wrappers)
    asked, ready, models = executor.execute(model, noise_shape, conds, model_options, *rest, **more)
    return asked, ready, models


def _prepare(
    model: Any, noise_shape: Sequence[int], conds: Conds, model_options: Any = None, *_: Any, **__: Any
) -> tuple[Any, Conds, list[Any]]:
    model.load_own_model()
    return model.model, conds, get_additional_models(conds)[0]


def unconverted(cond: Sequence[Any]) -> list[list[Any]]:
    """The entries of `convert_cond` as nodes pass them on, with what was changed of them."""
    return [
        [text_of(entry), {name: value for name, value in entry.items() if name not in CONVERTED}]
        if isinstance(entry, dict)
        else entry
        for entry in cond
    ]


def cleanup_models(conds: Conds, models: Sequence[Any]) -> None:
    """The run is over."""
    cleanup_additional_models(models)
    for cond in conds.values():
        cleanup_additional_models(get_models_from_cond(_dicts(cond), "control"))


def prepare_model_patcher(model: Any, conds: Conds, model_options: Any) -> None:
    """Nothing is to be made ready beforehand: hooks are found at their conditionings while these are asked for."""


def _dicts(cond: Sequence[Any] | None) -> list[Mapping[str, Any]]:
    return [entry if isinstance(entry, Mapping) else entry[1] for entry in cond or ()]


__getattr__ = lacks_of("comfy.sampler_helpers")
