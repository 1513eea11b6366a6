"""Changes of weights that belong to a conditioning and not to a model, and whose strength follows a schedule.

A conditioning that has hooks is asked of a model that is changed so; others are asked of the model as it is.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:  # Sampling asks for hooks; they only name its levels.
    from comfy.sampling.levels import NoiseLevels

Clip = TypeVar("Clip")
"""A text encoder."""

KEPT_MODELS = 4
"""How many sets of changed weights a run keeps, for strengths that come again."""


@dataclass(frozen=True)
class Keyframe:
    """From `start`, a share of the way from noise to picture, changes count `strength` times.

    It holds for at least `steps` steps, even where the next one's start has been reached.
    """

    strength: float
    start: float
    steps: int = 1


@dataclass(frozen=True, eq=False)
class Keyframes:
    """Keyframes in the order of their starts; the first one holds from the beginning."""

    frames: tuple[Keyframe, ...] = ()

    def with_frames(self, frames: Sequence[Keyframe]) -> "Keyframes":
        """With more of them; one that starts where another does takes its place."""
        starts = {frame.start for frame in frames}
        kept = [frame for frame in self.frames if frame.start not in starts]
        return Keyframes(tuple(sorted([*kept, *frames], key=lambda frame: frame.start)))


@dataclass(frozen=True, eq=False)
class Hook:
    """One change of weights, how strong it is for models and text encoders, and its schedule."""

    change_model: Callable[[Any, float], Any]
    change_clip: Callable[[Any, float], Any]
    strength_model: float
    strength_clip: float
    keyframes: Keyframes = Keyframes()
    change_run: Callable[[Any, float], Any] | None = None
    """What it changes of a model beside its weights."""


@dataclass(frozen=True)
class Hooks:
    """Changes that go together, in the order in which they are made."""

    hooks: tuple[Hook, ...] = ()

    def joined(self, other: "Hooks | None") -> "Hooks":
        """These, then the others that are not among them."""
        if other is None:
            return self
        return Hooks((*self.hooks, *(hook for hook in other.hooks if hook not in self.hooks)))

    def with_keyframes(self, keyframes: Keyframes) -> "Hooks":
        """The same changes on another schedule."""
        return Hooks(tuple(replace(hook, keyframes=keyframes) for hook in self.hooks))


def joined(hooks: Sequence[Hooks | None]) -> Hooks:
    """All changes, each once."""
    total = Hooks()
    for each in hooks:
        total = total.joined(each)
    return total


class _Progress:
    """Where a run is among keyframes."""

    def __init__(self, keyframes: Keyframes) -> None:
        self._frames = keyframes.frames
        self._index, self._used, self._sigma = 0, 0, math.nan

    def strength_at(self, sigma: float, first_sigma: float, levels: "NoiseLevels") -> float:
        """The strength at the next noise level of the run; asked again about the same level the answer stays."""
        if not self._frames:
            return 1.0
        if sigma != self._sigma:
            self._advance(sigma, first_sigma, levels)
            self._used, self._sigma = self._used + 1, sigma
        return self._frames[self._index].strength

    def _advance(self, sigma: float, first_sigma: float, levels: "NoiseLevels") -> None:
        def least_steps(frame: Keyframe) -> int:
            return frame.steps if levels.sigma_at(frame.start) <= first_sigma else 0

        if self._used < least_steps(self._frames[self._index]):
            return
        for index in range(self._index + 1, len(self._frames)):
            frame = self._frames[index]
            if levels.sigma_at(frame.start) < sigma:
                return
            self._index, self._used = index, 0
            if least_steps(frame) > 0:
                return


class HookedModels:
    """The models of one run as each set of hooks changes them at each noise level."""

    def __init__(self) -> None:
        self._progress: dict[Keyframes, _Progress] = {}
        self._ready: dict[tuple[Any, ...], Any] = {}
        self._first_sigma = 0.0

    def at(self, model: Any, hooks: Hooks | None, sigma: float) -> Any:
        """The model for a conditioning with these hooks; the model itself without any."""
        self._first_sigma = max(self._first_sigma, sigma)
        if hooks is None or not hooks.hooks:
            return model
        strengths = tuple(self._strength(hook, sigma, model.levels) for hook in hooks.hooks)
        key = (model.weights, hooks, strengths)
        self._ready[key] = self._ready.pop(key) if key in self._ready else _changed(model, hooks, strengths)
        while len(self._ready) > KEPT_MODELS:
            self._ready.pop(next(iter(self._ready)))
        changed = model.clone_with(weights=self._ready[key])
        for hook, strength in zip(hooks.hooks, strengths, strict=True):
            if hook.change_run is not None and strength:
                changed = hook.change_run(changed, strength)
        return changed

    def _strength(self, hook: Hook, sigma: float, levels: "NoiseLevels") -> float:
        progress = self._progress.setdefault(hook.keyframes, _Progress(hook.keyframes))
        return hook.strength_model * progress.strength_at(sigma, self._first_sigma, levels)


def _changed(model: Any, hooks: Hooks, strengths: Sequence[float]) -> Any:
    """The model's weights with the hooks at these strengths."""
    for hook, strength in zip(hooks.hooks, strengths, strict=True):
        model = hook.change_model(model, strength) if strength else model
    return model.weights


@dataclass(frozen=True, eq=False)
class ClipHooks:
    """How hooks change a text encoder, whether what it encodes has them too, and whether their schedule counts."""

    hooks: Hooks
    applies_to_conditioning: bool
    is_scheduled: bool

    def ranges(self) -> list[tuple[float, float, tuple[float, ...]]]:
        """From where to where on the way the text is encoded with which strengths of the hooks."""
        own = [hook.strength_clip for hook in self.hooks.hooks]
        if not self.is_scheduled:
            return [(0.0, 1.0, tuple(own))]
        frames = [hook.keyframes.frames for hook in self.hooks.hooks]
        starts = sorted({0.0, *(frame.start for each in frames for frame in each[1:])})
        return [
            (start, end, tuple(strength * _held(each, start) for strength, each in zip(own, frames, strict=True)))
            for start, end in zip(starts, [*starts[1:], 1.0], strict=True)
            if start < end
        ]

    def changed(self, clip: Clip, strengths: Sequence[float]) -> Clip:
        """The encoder with the hooks at these strengths."""
        for hook, strength in zip(self.hooks.hooks, strengths, strict=True):
            clip = hook.change_clip(clip, strength) if strength else clip
        return clip

    def options(self, start: float, end: float) -> dict[str, Any]:
        """What an entry of the conditioning says of the hooks."""
        told: dict[str, Any] = {"hooks": self.hooks} if self.applies_to_conditioning else {}
        return told | ({"clip_start_percent": start, "clip_end_percent": end} if self.is_scheduled else {})


def _held(frames: Sequence[Keyframe], at: float) -> float:
    """The strength of the last keyframe that has started; the first one's before that."""
    strength = frames[0].strength if frames else 1.0
    for frame in frames:
        strength = frame.strength if frame.start <= at else strength
    return strength
