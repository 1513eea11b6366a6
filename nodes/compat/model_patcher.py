"""What packs import as `comfy.model_patcher`: a model with what they want changed of it."""

import uuid
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import fields, is_dataclass
from functools import cache, partial
from typing import Any, TypeVar

import torch
from torch import nn

from comfy import devices
from comfy.diffusion_model import DiffusionModel
from comfy.sampling.asking import AroundRun
from nodes.compat import model_options as ops
from nodes.compat.inner_model import PREFIX, InnerModel
from nodes.compat.model_base import inner_model
from nodes.compat.model_sampling import ModelSampling
from nodes.compat.names import lacks_of
from nodes.compat.own_network import Held, OwnNetwork
from nodes.compat.patcher_extension import CallbacksMP
from nodes.compat.registers import NO_INJECTIONS
from nodes.compat.utils import get_attr
from nodes.compat.utils import string_to_seed as string_to_seed
from nodes.compat.weight_patches import NamedWeight, PackPatch, shape_of
from nodes.compat.wrapped import CALCULATE, with_wrappers

Own = TypeVar("Own", bound="ModelPatcher")
Options = dict[str, Any]


class ModelPatcher(OwnNetwork):
    """A network that a pack brings, with the device it runs on. Skein's own models are one too: `OpenedModel`.

    `clone` first and change the clone: what a node was given belongs to other nodes as well.
    """

    model_options: Options
    parent: Any

    def __init__(
        self,
        model: Any,
        load_device: Any = None,
        offload_device: Any = None,
        size: int = 0,
        weight_inplace_update: bool = False,
    ) -> None:
        self.model = model
        self.load_device = devices.compute_device() if load_device is None else load_device
        self.offload_device = devices.offload_device() if offload_device is None else offload_device
        self.size, self.weight_inplace_update = size, weight_inplace_update
        begin(self)

    def watched_state(self) -> tuple[Any, ...]:
        """What a node that was given the model must leave as it is."""
        registers = (self.callbacks, self.wrappers, self.attachments, self.additional_models, self.injections)
        return self.model_options, str(self.patches_uuid), self.object_patches, *registers

    # Changes

    def clone(self: Own) -> Own:
        """A copy whose changes are its own; it shares all weights."""
        other = copy(self)
        other.model_options = ops.copied(self.model_options)
        other.patches = {name: list(added) for name, added in self.patches.items()}
        other.object_patches, other.parent = dict(self.object_patches), self
        self.copy_registers_to(other)
        self.tell(CallbacksMP.ON_CLONE, other)
        return other

    def is_clone(self, other: Any) -> bool:
        return getattr(other, "model", None) is self.model

    def clone_has_same_weights(self, clone: Any) -> bool:
        """Whether another is a clone of this one and changes the same weights."""
        return self.is_clone(clone) and clone.patches_uuid == self.patches_uuid

    def set_model_sampler_cfg_function(self, function: Any, disable_cfg1_optimization: bool = False) -> None:
        """Have a function of one argument, or of positive, negative and scale, decide what guidance makes."""
        if getattr(getattr(function, "__code__", None), "co_argcount", 1) == 3:
            inner = function
            function = lambda told: inner(told["cond"], told["uncond"], told["cond_scale"])  # noqa: E731
        self.model_options[ops.COMBINE] = function
        if disable_cfg1_optimization:
            self.model_options[ops.ALWAYS_BOTH] = True

    def set_model_sampler_pre_cfg_function(self, function: Any, disable_cfg1_optimization: bool = False) -> None:
        ops.with_function(self.model_options, ops.PRE, function, disable_cfg1_optimization)

    def set_model_sampler_post_cfg_function(self, function: Any, disable_cfg1_optimization: bool = False) -> None:
        ops.with_function(self.model_options, ops.POST, function, disable_cfg1_optimization)

    def disable_model_cfg1_optimization(self) -> None:
        """Have the negative conditioning asked for even where its share is nothing."""
        self.model_options[ops.ALWAYS_BOTH] = True

    def set_model_sampler_calc_cond_batch_function(self, sampler_calc_cond_batch_function: Any) -> None:
        """Have a function ask under the conditionings; `comfy.samplers.calc_cond_batch` does so for it."""
        self.model_options[CALCULATE] = sampler_calc_cond_batch_function

    def set_model_unet_function_wrapper(self, function: Any) -> None:
        """Have a function stand between the sampler and the network."""
        self.model_options[ops.WRAPPER] = function

    def set_model_denoise_mask_function(self, function: Any) -> None:
        """Have a function choose the inpaint mask of each noise level."""
        self.model_options[ops.MASK] = function

    def set_model_patch(self, patch: Any, name: str) -> None:
        ops.with_patch(self.model_options, name, patch)

    def set_model_patch_replace(
        self, patch: Any, name: str, block_name: str, number: int, transformer_index: int | None = None
    ) -> None:
        ops.with_replacement(self.model_options, patch, name, block_name, number, transformer_index)

    def set_model_attn1_patch(self, patch: Any) -> None:
        self.set_model_patch(patch, "attn1_patch")

    def set_model_attn2_patch(self, patch: Any) -> None:
        self.set_model_patch(patch, "attn2_patch")

    def set_model_attn1_replace(
        self, patch: Any, block_name: str, number: int, transformer_index: int | None = None
    ) -> None:
        self.set_model_patch_replace(patch, "attn1", block_name, number, transformer_index)

    def set_model_attn2_replace(
        self, patch: Any, block_name: str, number: int, transformer_index: int | None = None
    ) -> None:
        self.set_model_patch_replace(patch, "attn2", block_name, number, transformer_index)

    def set_model_attn1_output_patch(self, patch: Any) -> None:
        self.set_model_patch(patch, "attn1_output_patch")

    def set_model_attn2_output_patch(self, patch: Any) -> None:
        self.set_model_patch(patch, "attn2_output_patch")

    def set_model_input_block_patch(self, patch: Any) -> None:
        self.set_model_patch(patch, "input_block_patch")

    def set_model_input_block_patch_after_skip(self, patch: Any) -> None:
        self.set_model_patch(patch, "input_block_patch_after_skip")

    def set_model_output_block_patch(self, patch: Any) -> None:
        self.set_model_patch(patch, "output_block_patch")

    def set_model_emb_patch(self, patch: Any) -> None:
        self.set_model_patch(patch, "emb_patch")

    def add_object_patch(self, name: str, obj: Any) -> None:
        self.object_patches[name] = obj

    def memory_required(self, input_shape: Any) -> float:
        return float(getattr(self.model, "memory_required", lambda _: 0)(input_shape))


def begin(patcher: Any) -> None:
    """Nothing changed yet."""
    patcher.model_options = {"transformer_options": {}}
    patcher.patches, patcher.object_patches = {}, {}
    patcher.begin_registers()
    patcher.held = Held()
    patcher.patches_uuid, patcher.parent = uuid.uuid4(), None


class OpenedModel(ModelPatcher):
    """A model of Skein's that packs may change; mixed in front of its own class, which samples it."""

    weights: Any
    levels: Any
    prediction: str

    @property
    def model(self) -> InnerModel:
        """The network with its levels, to be asked."""
        return inner_model(self)

    @property
    def load_device(self) -> torch.device:
        return devices.compute_device()

    @property
    def offload_device(self) -> torch.device:
        return devices.offload_device()

    def is_clone(self, other: Any) -> bool:
        theirs = getattr(other, "weights", None)
        return theirs is not None and theirs.module is self.weights.module

    def get_model_object(self, name: str) -> Any:
        own = {
            "diffusion_model": lambda: self.weights.module,
            "model_sampling": lambda: ModelSampling(self.levels, self.prediction),
        }
        if name not in self.object_patches and name in own:
            return own[name]()
        return super().get_model_object(name)

    def add_object_patch(self, name: str, obj: Any) -> None:
        """Have another object stand for a part: `model_sampling`, a layer of the network, a function of a layer."""
        if name == "model_sampling" and hasattr(obj, "levels"):
            self.levels, self.prediction = obj.levels, obj.prediction
        elif name != "latent_format" and not self._is_part(name, obj):
            raise ValueError(
                f"This pack replaces {name!r} of the model, which cannot be done here: of Skein's models packs may "
                "replace model_sampling, by an object made of the classes of comfy.model_sampling, and layers below "
                f"{PREFIX[:-1]} by layers, their functions by functions. What is to stand around the network itself is "
                "added by add_wrapper_with_key (WrappersMP.DIFFUSION_MODEL)."
            )
        super().add_object_patch(name, obj)

    def _is_part(self, name: str, obj: Any) -> bool:
        """Whether an object is of the kind of what is called so, below the network itself."""
        own = name.removeprefix(PREFIX)
        if own == name:
            return False
        try:
            part = get_attr(self.weights.module, own)
        except AttributeError:
            return False
        if isinstance(part, nn.Module):
            return isinstance(obj, nn.Module)
        return "." in own and callable(part) and callable(obj)

    def add_patches(
        self, patches: Mapping[Any, Any], strength_patch: float = 1.0, strength_model: float = 1.0
    ) -> list[Any]:
        """Change weights by name; answers the names that there are."""
        made, known = {}, []
        for key, value in patches.items():
            name, offset, function = key if isinstance(key, tuple) else (key, None, None)
            own = name.removeprefix(PREFIX)
            if shape_of(self.weights, own) is None:
                continue
            patch = PackPatch(value, strength_patch, strength_model, offset, function)
            made[own] = patch
            known.append(key)
            self.patches.setdefault(name, []).append((strength_patch, value, strength_model, offset, function))
        if made:
            self.weights = self.weights.patched(made)
            self.patches_uuid = uuid.uuid4()
        return known

    def get_key_patches(self, filter_prefix: str | None = None) -> dict[str, Any]:
        """The weights with their patches by name, to be given to another model's `add_patches`."""
        names = (name for name, _ in self.weights.module.named_parameters())
        wanted = {PREFIX + name: name for name in names if (PREFIX + name).startswith(filter_prefix or "")}
        return {key: NamedWeight(self.weights, name) for key, name in wanted.items()}

    def model_dtype(self) -> torch.dtype:
        dtype: torch.dtype = self.weights.dtype
        return dtype

    def memory_required(self, input_shape: Any) -> float:
        return self.model.memory_required(input_shape)

    def load_own_model(self) -> None:
        """Skein brings its models to the device when they run."""

    def patch_model(self, device_to: Any = None, *_: Any, **__: Any) -> Any:
        """Its patches are built into the copy that runs; what packs see of the network stays as its file has it."""
        return self.model

    def unpatch_model(self, device_to: Any = None, *_: Any, **__: Any) -> None:
        return

    def load(self, *_: Any, **__: Any) -> None:
        return

    def patch_weight_to_device(self, *_: Any, **__: Any) -> None:
        return

    def loaded_size(self) -> int:
        return self.model_size()

    def current_loaded_device(self) -> torch.device:
        return self.load_device

    def clone_with(self: Own, **changes: Any) -> Own:
        """The same model with other fields, and what packs have changed of it."""
        changed: Own = super().clone_with(**changes)  # type: ignore[misc]
        kept = self.clone()
        for name in ("model_options", "patches", "object_patches", "patches_uuid", "parent"):
            setattr(changed, name, getattr(kept, name))
        kept.copy_registers_to(changed)
        return changed

    def around_run(self) -> tuple[AroundRun, ...]:
        """Packs are told of every run, and may stand around it."""
        return (partial(_run_around, self),)

    def for_run(self) -> Any:
        """The model as it stays for one run, what packs have asked for built in."""
        return frozen(self, self.model_options)


def _run_around(patcher: OpenedModel, task: Any, go: Any) -> Any:
    from nodes.compat.wrapped_run import run_wrapped  # which is made of guiders, and these of models

    return run_wrapped(patcher, task, go)


def frozen(opened: Any, options: Options) -> Any:
    """A model's value for one run under these options."""
    if opened.injections:
        raise ValueError(NO_INJECTIONS.format(key=", ".join(map(str, opened.injections))))
    plain = plain_class(type(opened))(**{field.name: getattr(opened, field.name) for field in fields(opened)})
    plain = with_wrappers(plain, opened, options)
    parts = {name: part for name, part in opened.object_patches.items() if name.startswith(PREFIX)}
    plain = plain.clone_with(
        parts={**plain.parts, **{name.removeprefix(PREFIX): part for name, part in parts.items()}},
        around=(*plain.around, *ops.around_of(opened, options)),
        changes=(*plain.changes, *ops.changes_of(options)),
        guidance=ops.guidance_of(plain.guidance, opened, options),
        mask_rule=ops.mask_rule_of(plain.mask_rule, opened, options),
    )
    ready = plain.for_run()
    object.__setattr__(ready, "opened", opened)
    return ready


def plain_class(cls: type) -> type:
    """The class that an opened model's was made of."""
    return next(base for base in cls.__mro__ if is_dataclass(base) and not issubclass(base, ModelPatcher))


@cache
def opened_class(cls: type) -> type:
    """A model's class with what packs expect of it; unlike the plain one it can be changed."""

    set_fields: Any = vars(cls)["__init__"]

    def init(self: Any, *args: Any, **values: Any) -> None:
        set_fields(self, *args, **values)
        begin(self)

    changeable = {"__init__": init, "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(f"Opened{cls.__name__}", (OpenedModel, cls), changeable)


def open_model(model: DiffusionModel) -> Any:
    """The model as packs know it; one that is so already is given back."""
    if isinstance(model, ModelPatcher):
        return model
    cls: Any = type(model)
    return opened_class(cls)(**{field.name: getattr(model, field.name) for field in fields(model)})


def get_key_weight(model: Any, key: str) -> tuple[Any, None, None]:
    """A weight by its dotted name; no layer here keeps it in another form that would have to be set or converted."""
    return get_attr(model, key), None, None


def create_model_options_clone(orig_model_options: Options) -> Options:
    copied: Options = ops.copied(orig_model_options)
    return copied


def set_model_options_patch_replace(
    model_options: Options,
    patch: Any,
    name: str,
    block_name: str,
    number: int,
    transformer_index: int | None = None,
) -> Options:
    return ops.with_replacement(ops.copied(model_options), patch, name, block_name, number, transformer_index)


def set_model_options_post_cfg_function(
    model_options: Options, post_cfg_function: Callable[..., Any], disable_cfg1_optimization: bool = False
) -> Options:
    return ops.with_function(ops.copied(model_options), ops.POST, post_cfg_function, disable_cfg1_optimization)


def set_model_options_pre_cfg_function(
    model_options: Options, pre_cfg_function: Callable[..., Any], disable_cfg1_optimization: bool = False
) -> Options:
    return ops.with_function(ops.copied(model_options), ops.PRE, pre_cfg_function, disable_cfg1_optimization)


__getattr__ = lacks_of("comfy.model_patcher")
