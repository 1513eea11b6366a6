"""What packs find in `comfy.hooks` beside Skein's own: hooks as objects, groups of them, keyframes, conditionings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any, TypeVar

import torch
from torch import Tensor

from comfy import conditioning as ops
from comfy.hooks import Hook as OwnHook
from comfy.hooks import Hooks, Keyframe, Keyframes
from comfy.weight_hooks import lora_hook
from nodes.compat.foreign import NotPartOfSkein
from nodes.compat.model_options import changes_of
from nodes.compat.wrapped import with_wrappers

Own = TypeVar("Own", bound="HookGroup")
Conditioning = list[Any]


class EnumHookMode(Enum):
    """Whether changed weights are kept or made anew; Skein keeps a few sets."""

    MinVram = "minvram"
    MaxSpeed = "maxspeed"


class EnumHookType(Enum):
    Weight = "weight"
    ObjectPatch = "object_patch"
    AdditionalModels = "add_models"
    TransformerOptions = "transformer_options"
    Injections = "add_injections"


class EnumWeightTarget(Enum):
    Model = "model"
    Clip = "clip"


class EnumHookScope(Enum):
    """Where a hook counts: for all of a run, or for conditionings that have it."""

    AllConditioning = "all_conditioning"
    HookedOnly = "hooked_only"


class HookKeyframe(Keyframe):
    """From `start_percent` on hooks count `strength` times, at least for `guarantee_steps` steps."""

    def __init__(self, strength: float, start_percent: float = 0.0, guarantee_steps: int = 1) -> None:
        super().__init__(strength, start_percent, guarantee_steps)

    start_percent = property(lambda self: self.start)
    guarantee_steps = property(lambda self: self.steps)


class HookKeyframeGroup(Keyframes):
    """Keyframes that are added one by one."""

    @property
    def keyframes(self) -> list[Keyframe]:
        return list(self.frames)

    def add(self, keyframe: Keyframe) -> None:
        object.__setattr__(self, "frames", self.with_frames([keyframe]).frames)

    def has_index(self, index: int) -> bool:
        return 0 <= index < len(self.frames)

    def is_empty(self) -> bool:
        return not self.frames

    def clone(self) -> "HookKeyframeGroup":
        return HookKeyframeGroup(self.frames)


class HookGroup(Hooks):
    """Hooks that go together."""

    __hash__ = Hooks.__hash__

    def __len__(self) -> int:
        return len(self.hooks)

    def __bool__(self) -> bool:
        return True

    def add(self, hook: OwnHook) -> None:
        if hook not in self.hooks:
            object.__setattr__(self, "hooks", (*self.hooks, hook))

    def remove(self, hook: OwnHook) -> None:
        object.__setattr__(self, "hooks", tuple(one for one in self.hooks if one is not hook))

    def contains(self, hook: OwnHook) -> bool:
        return hook in self.hooks

    def get_type(self, hook_type: EnumHookType) -> list[OwnHook]:
        return [hook for hook in self.hooks if getattr(hook, "hook_type", EnumHookType.Weight) == hook_type]

    def clone(self: Own) -> Own:
        return type(self)(self.hooks)

    def clone_and_combine(self, other: Hooks | None) -> "HookGroup":
        return HookGroup(self.joined(other).hooks)

    def set_keyframes_on_hooks(self, hook_kf: Keyframes | None) -> None:
        object.__setattr__(self, "hooks", self.with_keyframes(hook_kf or Keyframes()).hooks)

    @staticmethod
    def combine_all_hooks(hooks_list: Sequence[Hooks | None], require_count: int = 0) -> "HookGroup | None":
        """All of them; None where there are none."""
        found = [hooks for hooks in hooks_list if hooks is not None]
        if not found:
            return None
        total = HookGroup()
        for hooks in found:
            total = total.clone_and_combine(hooks)
        return total


def _unchanged(changed: Any, strength: float) -> Any:
    return changed


def _hook(hook_type: EnumHookType, strength: float = 1.0, **changes: Any) -> OwnHook:
    made = OwnHook(
        **{"change_model": _unchanged, "change_clip": _unchanged, **changes},
        strength_model=strength,
        strength_clip=strength,
    )
    object.__setattr__(made, "hook_type", hook_type)
    return made


def Hook(*_: Any, **__: Any) -> OwnHook:  # noqa: N802 - packs name it
    """A hook that changes nothing."""
    return _hook(EnumHookType.Weight)


def WeightHook(strength_model: float = 1.0, strength_clip: float = 1.0) -> OwnHook:  # noqa: N802
    """A change of weights; those of a file are made by `create_hook_lora`."""
    return replace(_hook(EnumHookType.Weight), strength_model=strength_model, strength_clip=strength_clip)


def TransformerOptionsHook(  # noqa: N802
    transformers_dict: Mapping[str, Any] | None = None, hook_scope: Any = EnumHookScope.AllConditioning
) -> OwnHook:
    """Patches of attentions and blocks, and wrappers, that count only where a conditioning has this hook."""

    def change(model: Any, strength: float) -> Any:
        options = {"transformer_options": dict(transformers_dict or {})}
        changed = model.clone_with(changes=(*model.changes, *changes_of(options)))
        return with_wrappers(changed, _Bare(model), options)

    return _hook(EnumHookType.TransformerOptions, change_run=change)


class _Bare:
    """A model without functions of its own around it."""

    wrappers: Mapping[str, Any] = {}

    def __init__(self, model: Any) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(self._model, "opened", self._model), name)


def _refusing(name: str, kind: EnumHookType) -> Callable[..., OwnHook]:
    def refuse(model: Any, strength: float) -> Any:
        raise NotPartOfSkein(f"comfy.hooks.{name}")

    return lambda *_, **__: _hook(kind, change_run=refuse)


ObjectPatchHook = _refusing("ObjectPatchHook", EnumHookType.ObjectPatch)
AdditionalModelsHook = _refusing("AdditionalModelsHook", EnumHookType.AdditionalModels)
InjectionsHook = _refusing("InjectionsHook", EnumHookType.Injections)


def create_hook_lora(lora: Mapping[str, Tensor], strength_model: float, strength_clip: float) -> HookGroup:
    """What a LoRA file changes."""
    return HookGroup((lora_hook(lora, strength_model, strength_clip),))


def create_transformer_options_from_hooks(
    model: Any, hooks: Hooks, transformer_options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Options for a call: hooks count by themselves while their conditioning is asked for."""
    return dict(transformer_options or {})


def set_hooks_for_conditioning(
    cond: Conditioning, hooks: Hooks | None, append_hooks: bool = True, cache: Any = None
) -> Conditioning:
    """Every entry with these hooks, behind those that it has."""
    if hooks is None:
        return cond
    # A copy, since packs go on to change theirs.
    added = Hooks(hooks.hooks)

    def joined(options: Mapping[str, Any]) -> Hooks:
        before: Hooks | None = options.get("hooks") if append_hooks else None
        return before.joined(added) if before else added

    return [[embedding, {**options, "hooks": joined(options)}] for embedding, options in cond]


def set_timesteps_for_conditioning(cond: Conditioning, timestep_range: tuple[float, float] | None) -> Conditioning:
    if timestep_range is None:
        return cond
    return ops.with_options(cond, start_percent=timestep_range[0], end_percent=timestep_range[1])


def set_mask_for_conditioning(
    cond: Conditioning, mask: Tensor | None, set_cond_area: str, strength: float
) -> Conditioning:
    return cond if mask is None else ops.with_mask(cond, torch.as_tensor(mask), strength, set_cond_area != "default")


def combine_conditioning(conds: Sequence[Conditioning]) -> Conditioning:
    return [entry for cond in conds for entry in cond]


def set_conds_props(
    conds: Sequence[Conditioning],
    strength: float,
    set_cond_area: str,
    mask: Tensor | None = None,
    hooks: Hooks | None = None,
    timesteps_range: tuple[float, float] | None = None,
    append_hooks: bool = True,
) -> list[Conditioning]:
    """Conditionings with where, when and with which hooks they count."""
    made = []
    for cond in conds:
        hooked = set_hooks_for_conditioning(cond, hooks, append_hooks)
        masked = set_mask_for_conditioning(hooked, mask, set_cond_area, strength)
        made.append(set_timesteps_for_conditioning(masked, timesteps_range))
    return made


def set_conds_props_and_combine(
    conds: Sequence[Conditioning],
    new_conds: Sequence[Conditioning],
    strength: float = 1.0,
    set_cond_area: str = "default",
    mask: Tensor | None = None,
    hooks: Hooks | None = None,
    timesteps_range: tuple[float, float] | None = None,
    append_hooks: bool = True,
) -> list[Conditioning]:
    """Conditionings, each with a new one behind it that counts so."""
    new = set_conds_props(new_conds, strength, set_cond_area, mask, hooks, timesteps_range, append_hooks)
    return [combine_conditioning(pair) for pair in zip(conds, new, strict=True)]


def set_default_conds_and_combine(
    conds: Sequence[Conditioning],
    new_conds: Sequence[Conditioning],
    hooks: Hooks | None = None,
    timesteps_range: tuple[float, float] | None = None,
    append_hooks: bool = True,
) -> list[Conditioning]:
    """Conditionings, each with one behind it that counts only where no other does."""
    new = set_conds_props(new_conds, 1.0, "default", None, hooks, timesteps_range, append_hooks)
    defaults = [ops.with_options(cond, default=True) for cond in new]
    return [combine_conditioning(pair) for pair in zip(conds, defaults, strict=True)]


def open_hooks(hooks: Any) -> Any:
    """Hooks as packs know them; those that are so already are given back."""
    return HookGroup(hooks.hooks) if type(hooks) is Hooks else hooks


def open_keyframes(frames: Any) -> Any:
    """Keyframes as packs know them."""
    return HookKeyframeGroup(frames.frames) if type(frames) is Keyframes else frames
