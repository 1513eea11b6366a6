"""Nodes that make hooks: changes of weights for some conditionings only, on a schedule."""

import logging
from typing import Annotated, Any

import torch

from comfy.checkpoint import load_checkpoint
from comfy.hooks import ClipHooks, Hook, Keyframe, Keyframes, joined
from comfy.hooks import Hooks as HookSet
from comfy.state_dict import read_state_dict
from comfy.weight_hooks import lora_hook, model_hook
from execution import paths
from nodes.conditioning import LastPercent, Percent
from nodes.declare import node
from nodes.embedding_files import embedding_file
from nodes.loaders import model_files, stamp_of
from nodes.needs import need
from nodes.types import Clip, HookKeyframes, Hooks
from nodes.widgets import Choice, Name, Number, Other, Toggle

log = logging.getLogger(__name__)

Strength = Annotated[float, Number(1.0, -20.0, 20.0)]
Multiplier = Annotated[float, Number(1.0, 0.0, 10.0, step=0.001)]
LoraFile = Annotated[str, model_files("loras")]
CheckpointFile = Annotated[str, model_files("checkpoints")]
Strengths = Annotated[Any, Other("FLOATS", {"default": -1, "min": -1, "step": 0.001, "forceInput": True})]
Print = Annotated[bool, Toggle(False)]
Frames = Annotated[HookKeyframes, Name("HOOK_KF")]

EASES = {
    "linear": lambda share: share,
    "ease_in": lambda share: share**2,
    "ease_out": lambda share: 1 - (1 - share) ** 2,
    "ease_in_out": lambda share: (1 - torch.cos(share * torch.pi)) / 2,
}
"""How far strengths have gone from the first to the last at a share of the keyframes."""


def _after(previous: HookSet | None, hook: Hook) -> HookSet:
    return (previous or HookSet()).joined(HookSet((hook,)))


def _of_lora(name: str, strength_model: float, strength_clip: float, previous: HookSet | None) -> HookSet:
    if strength_model == 0 and strength_clip == 0:
        return previous or HookSet()
    lora = read_state_dict(paths.current().full_path("loras", name))
    return _after(previous, lora_hook(lora, strength_model, strength_clip))


def _of_checkpoint(name: str, strength_model: float, strength_clip: float, previous: HookSet | None) -> HookSet:
    found = load_checkpoint(paths.current().full_path("checkpoints", name), embedding_file)
    clip = found.clip if strength_clip else None
    return _after(previous, model_hook(found.model, clip, strength_model, strength_clip))


@node(
    "advanced/hooks/create",
    display_name="Create Hook LoRA",
    experimental=True,
    fingerprint=stamp_of("loras", "lora_name"),
)
class CreateHookLora:
    """A LoRA that works only where a conditioning has this hook."""

    def create_hook(
        self,
        lora_name: LoraFile,
        strength_model: Strength,
        strength_clip: Strength,
        prev_hooks: Hooks | None = None,
    ) -> Hooks:
        return _of_lora(lora_name, strength_model, strength_clip, prev_hooks)


@node(
    "advanced/hooks/create",
    display_name="Create Hook LoRA (MO)",
    experimental=True,
    fingerprint=stamp_of("loras", "lora_name"),
)
class CreateHookLoraModelOnly:
    """A LoRA that works on the model alone, where a conditioning has this hook."""

    def create_hook_model_only(
        self, lora_name: LoraFile, strength_model: Strength, prev_hooks: Hooks | None = None
    ) -> Hooks:
        return _of_lora(lora_name, strength_model, 0.0, prev_hooks)


@node(
    "advanced/hooks/create",
    display_name="Create Hook Model as LoRA",
    experimental=True,
    fingerprint=stamp_of("checkpoints", "ckpt_name"),
)
class CreateHookModelAsLora:
    """Another checkpoint in place of the model, or a part of the way there, where a conditioning has this hook."""

    def create_hook(
        self,
        ckpt_name: CheckpointFile,
        strength_model: Strength,
        strength_clip: Strength,
        prev_hooks: Hooks | None = None,
    ) -> Hooks:
        return _of_checkpoint(ckpt_name, strength_model, strength_clip, prev_hooks)


@node(
    "advanced/hooks/create",
    display_name="Create Hook Model as LoRA (MO)",
    experimental=True,
    fingerprint=stamp_of("checkpoints", "ckpt_name"),
)
class CreateHookModelAsLoraModelOnly:
    """Another checkpoint's model, or a part of the way there, where a conditioning has this hook."""

    def create_hook_model_only(
        self, ckpt_name: CheckpointFile, strength_model: Strength, prev_hooks: Hooks | None = None
    ) -> Hooks:
        return _of_checkpoint(ckpt_name, strength_model, 0.0, prev_hooks)


@node("advanced/hooks/scheduling", display_name="Set Hook Keyframes", experimental=True)
class SetHookKeyframes:
    """Let hooks follow a schedule."""

    def set_hook_keyframes(self, hooks: Hooks, hook_kf: HookKeyframes | None = None) -> Hooks:
        return hooks if hook_kf is None else hooks.with_keyframes(hook_kf)


@node("advanced/hooks/scheduling", display_name="Create Hook Keyframe", experimental=True)
class CreateHookKeyframe:
    """From a point of the way on, hooks count so much."""

    def create_hook_keyframe(
        self, strength_mult: Strength, start_percent: Percent, prev_hook_kf: HookKeyframes | None = None
    ) -> Frames:
        return (prev_hook_kf or Keyframes()).with_frames([Keyframe(strength_mult, start_percent)])


def _spread(
    strengths: list[float], start: float, end: float, previous: Keyframes | None, is_printed: bool
) -> Keyframes:
    """Keyframes of these strengths, equally far apart; only the first holds for at least a step."""
    starts = torch.linspace(start, end, len(strengths)).tolist()
    frames = [
        Keyframe(strength, start, steps=int(number == 0))
        for number, (strength, start) in enumerate(zip(strengths, starts, strict=True))
    ]
    if is_printed:
        for frame in frames:
            log.info("Hook keyframe: from %.3f on, strength %.3f", frame.start, frame.strength)
    return (previous or Keyframes()).with_frames(frames)


@node("advanced/hooks/scheduling", display_name="Create Hook Keyframes Interp.", experimental=True)
class CreateHookKeyframesInterpolated:
    """Let hooks grow or fade between two points of the way."""

    def create_hook_keyframes(
        self,
        strength_start: Multiplier,
        strength_end: Multiplier,
        interpolation: Annotated[str, Choice(tuple(EASES))],
        start_percent: Percent,
        end_percent: LastPercent,
        keyframes_count: Annotated[int, Number(5, 2, 100, step=1)],
        print_keyframes: Print,
        prev_hook_kf: HookKeyframes | None = None,
    ) -> Frames:
        shares = EASES[interpolation](torch.linspace(0, 1, keyframes_count))
        strengths = (strength_start + (strength_end - strength_start) * shares).tolist()
        return _spread(strengths, start_percent, end_percent, prev_hook_kf, print_keyframes)


@node("advanced/hooks/scheduling", display_name="Create Hook Keyframes From Floats", experimental=True)
class CreateHookKeyframesFromFloats:
    """Let hooks follow a list of strengths between two points of the way."""

    def create_hook_keyframes(
        self,
        floats_strength: Strengths,
        start_percent: Percent,
        end_percent: LastPercent,
        print_keyframes: Print,
        prev_hook_kf: HookKeyframes | None = None,
    ) -> Frames:
        try:
            listed = floats_strength if isinstance(floats_strength, list | tuple) else [floats_strength]
            strengths = [float(strength) for strength in listed]
        except (TypeError, ValueError):
            raise ValueError(
                "The input floats_strength must be a number or a list of numbers, and is "
                f"{type(floats_strength).__name__}. Connect a node that makes floats."
            ) from None
        return _spread(strengths, start_percent, end_percent, prev_hook_kf, print_keyframes)


@node("advanced/hooks/combine", display_name="Combine Hooks [2]", experimental=True)
class CombineHooks2:
    """Let two sets of hooks work together."""

    def combine_hooks(self, hooks_A: Hooks | None = None, hooks_B: Hooks | None = None) -> Hooks:
        return joined([hooks_A, hooks_B])


@node("advanced/hooks/combine", display_name="Combine Hooks [4]", experimental=True)
class CombineHooks4:
    """Let up to four sets of hooks work together."""

    def combine_hooks(
        self,
        hooks_A: Hooks | None = None,
        hooks_B: Hooks | None = None,
        hooks_C: Hooks | None = None,
        hooks_D: Hooks | None = None,
    ) -> Hooks:
        return joined([hooks_A, hooks_B, hooks_C, hooks_D])


@node("advanced/hooks/combine", display_name="Combine Hooks [8]", experimental=True)
class CombineHooks8:
    """Let up to eight sets of hooks work together."""

    def combine_hooks(
        self,
        hooks_A: Hooks | None = None,
        hooks_B: Hooks | None = None,
        hooks_C: Hooks | None = None,
        hooks_D: Hooks | None = None,
        hooks_E: Hooks | None = None,
        hooks_F: Hooks | None = None,
        hooks_G: Hooks | None = None,
        hooks_H: Hooks | None = None,
    ) -> Hooks:
        return joined([hooks_A, hooks_B, hooks_C, hooks_D, hooks_E, hooks_F, hooks_G, hooks_H])


@node("advanced/hooks/clip", display_name="Set CLIP Hooks", experimental=True)
class SetClipHooks:
    """Let hooks change a text encoder, and whatever conditioning it makes have them."""

    def apply_hooks(
        self,
        clip: Clip,
        apply_to_conds: Annotated[bool, Toggle(True)],
        schedule_clip: Annotated[bool, Toggle(False)],
        hooks: Hooks | None = None,
    ) -> Clip:
        clip = need(clip, "clip")
        return clip if hooks is None else clip.with_hooks(ClipHooks(hooks, apply_to_conds, schedule_clip))
