"""What packs import as `comfy.controlnet`: networks that correct the model, Skein's own and those that packs write."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from copy import copy
from enum import Enum
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from comfy import devices
from comfy.control import AppliedControl, Control
from comfy.control_files import control_of, load_control
from comfy.control_nets import ControlLora as _LoraSource
from comfy.models.control_net import Corrections
from comfy.sampling.asking import Asking
from comfy.t2i_adapters import AdapterNetwork
from nodes.compat.inner_model import InnerModel
from nodes.compat.names import lacks_of
from nodes.compat.transformer_options import cond_or_uncond, run_sigmas

Own = TypeVar("Own", bound="ControlBase")
Given = dict[str, list[Tensor | None]]
"""Corrections by place: `input` and `output` by stage from the deepest to the first and the other way, `middle`."""

_asking: ContextVar[Asking | None] = ContextVar("asking", default=None)


class StrengthType(Enum):
    CONSTANT = 1
    LINEAR_UP = 2


class ControlBase:
    """A network and the picture that it looks at. Packs override `get_control`, and call that of the one before."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.cond_hint_original: Tensor | None = None
        self.cond_hint: Tensor | None = None
        self.strength = 1.0
        self.timestep_percent_range = (0.0, 1.0)
        self.timestep_range: tuple[float, float] | None = None
        self.previous_controlnet: ControlBase | None = None
        self.vae: Any = None
        self.latent_format: Any = None
        self.compression_ratio = 8
        self.upscale_algorithm = "nearest-exact"
        self.global_average_pooling = False
        self.strength_type = StrengthType.CONSTANT
        self.extra_args: dict[str, Any] = {}
        self.extra_conds: list[str] = []
        self.extra_hooks: Any = None
        self.extra_concat_orig: list[Any] = []
        self.concat_mask = False
        self.preprocess_image: Callable[[Tensor], Tensor] = lambda image: image
        self.device = devices.compute_device()
        self._run: Any = None

    # As packs set it up

    def set_cond_hint(
        self: Own,
        cond_hint: Tensor,
        strength: float = 1.0,
        timestep_percent_range: tuple[float, float] = (0.0, 1.0),
        vae: Any = None,
        extra_concat: Sequence[Any] = (),
    ) -> Own:
        """Look at a picture [B, C, H, W] during a part of the way from noise to picture."""
        self.cond_hint_original, self.strength = cond_hint, strength
        self.timestep_percent_range, self.vae = timestep_percent_range, vae
        self.extra_concat_orig = list(extra_concat)
        return self

    def set_previous_controlnet(self: Own, controlnet: Any) -> Own:
        """Correct after another one."""
        self.previous_controlnet = controlnet
        return self

    def set_extra_arg(self, argument: str, value: Any = None) -> None:
        self.extra_args[argument] = value

    def copy(self: Own) -> Own:
        """Another one of its own."""
        other = copy(self)
        other.extra_args = dict(self.extra_args)
        return other

    def copy_to(self, c: Any) -> None:
        """Give another one what this one was told."""
        for name, value in vars(self).items():
            if name not in ("previous_controlnet", "cond_hint", "_run"):
                setattr(c, name, value)

    def get_models(self) -> list[Any]:
        """The models that must be loaded for the chain."""
        return [] if self.previous_controlnet is None else self.previous_controlnet.get_models()

    def get_extra_hooks(self) -> list[Any]:
        before = [] if self.previous_controlnet is None else self.previous_controlnet.get_extra_hooks()
        return [*([] if self.extra_hooks is None else [self.extra_hooks]), *before]

    def inference_memory_requirements(self, dtype: torch.dtype) -> int:
        return 0 if self.previous_controlnet is None else self.previous_controlnet.inference_memory_requirements(dtype)

    # During a run

    def pre_run(self, model: Any, percent_to_timestep_function: Callable[[float], float]) -> None:
        """A run begins: the sigmas between which it counts are known."""
        start, end = (percent_to_timestep_function(percent) for percent in self.timestep_percent_range)
        self.timestep_range = (start, end)
        if self.previous_controlnet is not None:
            self.previous_controlnet.pre_run(model, percent_to_timestep_function)

    def cleanup(self) -> None:
        """The run is over."""
        self.cond_hint, self.timestep_range, self._run = None, None, None
        if self.previous_controlnet is not None:
            self.previous_controlnet.cleanup()

    def get_control(
        self, x_noisy: Tensor, t: Tensor, cond: Any, batched_number: int, transformer_options: Any = None
    ) -> Given | None:
        """The corrections of one call, with those of the ones before; None where nothing counts."""
        raise NotImplementedError(f"{type(self).__name__} must say how it corrects: get_control.")

    def control_merge(self, control: Any, control_prev: Any, output_dtype: Any = None) -> Given:
        """Its own corrections, weighed by its strength, and those of the ones before."""
        merged: Given = {"input": [], "middle": [], "output": []}
        for place in merged:
            own = [self._weighed(each, output_dtype) for each in control.get(place, ())]
            merged[place] = _summed(own, list((control_prev or {}).get(place, ())))
        return merged

    def _weighed(self, correction: Tensor | None, dtype: Any) -> Tensor | None:
        if correction is None:
            return None
        if self.global_average_pooling:
            correction = correction.mean(dim=(2, 3), keepdim=True).expand_as(correction)
        return (correction * self.strength).to(dtype or correction.dtype)

    # As Skein's nodes and sampling take it

    previous = None  # `get_control` counts in what came before it.

    def applied(self: Own, hint: Tensor, strength: float, start: float, end: float, previous: Any = None) -> Own:
        """A copy that looks at a picture [B, H, W, C], after another one."""
        return self.copy().set_cond_hint(hint.movedim(-1, 1), strength, (start, end)).set_previous_controlnet(previous)

    def correct(self, asking: Asking) -> Corrections | None:
        """The corrections of one call of Skein's network, those of the whole chain."""
        run = run_sigmas.get() if run_sigmas.get() is not None else asking.model
        if self._run is not run:
            self.pre_run(InnerModel(getattr(asking.model, "opened", asking.model)), asking.model.levels.sigma_at)
            self._run = run
        batch = asking.batch
        sigmas = torch.full((len(batch.x),), batch.sigma, device=batch.x.device)
        told = {"cond_or_uncond": cond_or_uncond(batch.names), "sigmas": sigmas}
        extras = {{"vector": "y", "concat": "c_concat"}.get(name, name): value for name, value in batch.extras.items()}
        cond = {"c_crossattn": batch.context, **extras, "transformer_options": told}
        token = _asking.set(asking)
        try:
            given = self.get_control(batch.x, sigmas, cond, len(batch.names), told)
        finally:
            _asking.reset(token)
        return None if given is None else _as_corrections(given)


def _summed(own: list[Any], before: list[Any]) -> list[Any]:
    """Two lists of corrections added place by place; beyond the shorter one the longer one counts alone."""
    pairs = zip_longest(own, before)
    return [a if b is None else b if a is None else a + b.to(a) for a, b in pairs]


def _as_corrections(given: Mapping[str, Sequence[Tensor | None]]) -> Corrections:
    """What packs give by place, as Skein's network takes it; it takes both lists from their ends."""
    middle = list(given.get("middle") or ())
    return Corrections(
        tuple(reversed(list(given.get("input") or ()))),
        middle[-1] if middle else None,
        tuple(given.get("output") or ()),
    )


class OpenedControl(ControlBase):
    """A network that Skein has loaded."""

    def __init__(self, own: Control | None = None, *_: Any, **__: Any) -> None:
        super().__init__()
        if own is None:
            raise ValueError(
                "A ControlNet of comfy.controlnet is made by load_controlnet here; networks of a pack's own are "
                "subclasses of ControlBase that say what get_control answers."
            )
        self.own = own

    @property
    def control_model(self) -> Any:
        """The network with the weights as the file has them; Skein runs a copy of it that is made ready."""
        weights = getattr(self.own.source, "weights", None)
        return None if weights is None else weights.module

    @property
    def source(self) -> Any:
        return self.own.source

    @property
    def kinds(self) -> tuple[int, ...]:
        return self.own.kinds

    def with_kinds(self: Own, kinds: tuple[int, ...]) -> Own:
        """The same, told other kinds of pictures."""
        other = self.copy()
        other.own = self.own.with_kinds(kinds)  # type: ignore[attr-defined]
        return other

    def set_extra_arg(self, argument: str, value: Any = None) -> None:
        super().set_extra_arg(argument, value)
        if argument == "control_type":
            self.own = self.own.with_kinds(tuple(int(kind) for kind in value or ()))

    def get_control(
        self, x_noisy: Tensor, t: Tensor, cond: Any, batched_number: int, transformer_options: Any = None
    ) -> Given | None:
        asking = _asking.get()
        if asking is None or self.cond_hint_original is None:
            raise ValueError("A ControlNet of Skein's is asked while the model runs, once it was given a picture.")
        before = self.previous_controlnet
        given_before = (
            None if before is None else before.get_control(x_noisy, t, cond, batched_number, transformer_options)
        )
        start, end = self.timestep_percent_range
        hint = self.cond_hint_original.movedim(1, -1)
        made = AppliedControl(self.own, hint, self.strength, start, end).correct(asking)
        if made is None:
            return given_before
        given: Given = {"input": list(reversed(made.input)), "middle": [made.middle], "output": list(made.skips)}
        plain = ControlBase()  # The strength is in it already.
        return plain.control_merge(given, given_before)


class ControlNet(OpenedControl):
    """A ControlNet."""


class ControlLora(ControlNet):
    """A ControlNet as a change of the model's own weights."""


class T2IAdapter(OpenedControl):
    """A T2I-Adapter."""


def open_control(control: Any) -> Any:
    """A control network as packs know it; one that is so already is given back."""
    if not isinstance(control, Control):
        return control
    kinds: tuple[tuple[type, type[OpenedControl]], ...] = ((_LoraSource, ControlLora), (AdapterNetwork, T2IAdapter))
    cls = next((cls for source, cls in kinds if isinstance(control.source, source)), ControlNet)
    return cls(control)


def load_controlnet(ckpt_path: str | Path, model: Any = None, model_options: Any = None) -> Any:
    """A ControlNet, a control-LoRA or a T2I-Adapter, for the CONTROL_NET inputs of nodes."""
    return open_control(load_control(ckpt_path, model))


def load_controlnet_state_dict(state_dict: Mapping[str, Tensor], model: Any = None, model_options: Any = None) -> Any:
    """The same for tensors that a pack has read itself."""
    return open_control(control_of(state_dict, "What a pack loads", model))


def broadcast_image_to(tensor: Tensor, target_batch_size: int, batched_number: int) -> Tensor:
    """Pictures for every item of a batch of several conditionings: repeated from the first, or one for all."""
    if len(tensor) == 1:
        return tensor
    each = target_batch_size // batched_number
    repeated = tensor.repeat(-(-each // len(tensor)), *[1] * (tensor.ndim - 1))[:each]
    return repeated if len(repeated) == target_batch_size else torch.cat([repeated] * batched_number)


__getattr__ = lacks_of("comfy.controlnet")
