"""Nodes that say where, when and with which hooks a conditioning counts, or a pair of a positive and a negative one."""

from typing import Annotated

from comfy import conditioning as ops
from comfy.hooks import Hooks as HookSet
from nodes.conditioning import LastPercent, Percent, Strength
from nodes.declare import node
from nodes.types import Conditioning, Hooks, Mask, TimestepsRange
from nodes.widgets import Choice, Name, Tip

Where = Annotated[str, Choice(("default", "mask bounds"))]
MaskStrength = Annotated[Strength, Tip("How much it counts where the mask is white; without a mask it says nothing.")]
Pair = tuple[Annotated[Conditioning, Name("positive")], Annotated[Conditioning, Name("negative")]]
SINGLE, PAIR = "advanced/hooks/cond single", "advanced/hooks/cond pair"


def _with_hooks(conditioning: Conditioning, hooks: HookSet | None) -> Conditioning:
    if hooks is None:
        return conditioning
    return [
        [embedding, {**options, "hooks": options["hooks"].joined(hooks) if options.get("hooks") else hooks}]
        for embedding, options in conditioning
    ]


def _with_properties(
    conditioning: Conditioning,
    strength: float,
    set_cond_area: str,
    mask: Mask | None,
    hooks: HookSet | None,
    timesteps: tuple[float, float] | None,
) -> Conditioning:
    conditioning = _with_hooks(conditioning, hooks)
    if mask is not None:
        conditioning = ops.with_mask(conditioning, mask, strength, set_cond_area != "default")
    if timesteps is not None:
        start, end = timesteps
        conditioning = ops.with_options(conditioning, start_percent=start, end_percent=end)
    return conditioning


def _as_default(conditioning: Conditioning, hooks: HookSet | None) -> Conditioning:
    return ops.with_options(_with_hooks(conditioning, hooks), default=True)


@node("advanced/hooks", display_name="Timesteps Range", experimental=True)
class ConditioningTimestepsRange:
    """A stretch of the way from noise to picture, and what comes before and after it."""

    def create_range(
        self, start_percent: Percent, end_percent: LastPercent
    ) -> tuple[
        TimestepsRange,
        Annotated[TimestepsRange, Name("BEFORE_RANGE")],
        Annotated[TimestepsRange, Name("AFTER_RANGE")],
    ]:
        return (start_percent, end_percent), (0.0, start_percent), (end_percent, 1.0)


@node(SINGLE, display_name="Cond Set Props", experimental=True)
class ConditioningSetProperties:
    """Say where, when and with which hooks a conditioning counts."""

    def set_properties(
        self,
        cond_NEW: Conditioning,
        strength: MaskStrength,
        set_cond_area: Where,
        mask: Mask | None = None,
        hooks: Hooks | None = None,
        timesteps: TimestepsRange | None = None,
    ) -> Conditioning:
        return _with_properties(cond_NEW, strength, set_cond_area, mask, hooks, timesteps)


@node(SINGLE, display_name="Cond Set Props Combine", experimental=True)
class ConditioningSetPropertiesAndCombine:
    """Say where, when and with which hooks a conditioning counts, and add it to another."""

    def set_properties(
        self,
        cond: Conditioning,
        cond_NEW: Conditioning,
        strength: MaskStrength,
        set_cond_area: Where,
        mask: Mask | None = None,
        hooks: Hooks | None = None,
        timesteps: TimestepsRange | None = None,
    ) -> Conditioning:
        return [*cond, *_with_properties(cond_NEW, strength, set_cond_area, mask, hooks, timesteps)]


@node(SINGLE, display_name="Cond Set Default Combine", experimental=True)
class ConditioningSetDefaultCombine:
    """Let a conditioning count wherever the others leave room."""

    def set_default_and_combine(
        self, cond: Conditioning, cond_DEFAULT: Conditioning, hooks: Hooks | None = None
    ) -> Conditioning:
        return [*cond, *_as_default(cond_DEFAULT, hooks)]


@node(PAIR, display_name="Cond Pair Set Props", experimental=True)
class PairConditioningSetProperties:
    """Say where, when and with which hooks a positive and a negative conditioning count."""

    def set_properties(
        self,
        positive_NEW: Conditioning,
        negative_NEW: Conditioning,
        strength: MaskStrength,
        set_cond_area: Where,
        mask: Mask | None = None,
        hooks: Hooks | None = None,
        timesteps: TimestepsRange | None = None,
    ) -> Pair:
        told = (strength, set_cond_area, mask, hooks, timesteps)
        return _with_properties(positive_NEW, *told), _with_properties(negative_NEW, *told)


@node(PAIR, display_name="Cond Pair Set Props Combine", experimental=True)
class PairConditioningSetPropertiesAndCombine:
    """Say where, when and with which hooks a pair of conditionings counts, and add it to another pair."""

    def set_properties(
        self,
        positive: Conditioning,
        negative: Conditioning,
        positive_NEW: Conditioning,
        negative_NEW: Conditioning,
        strength: MaskStrength,
        set_cond_area: Where,
        mask: Mask | None = None,
        hooks: Hooks | None = None,
        timesteps: TimestepsRange | None = None,
    ) -> Pair:
        told = (strength, set_cond_area, mask, hooks, timesteps)
        return (
            [*positive, *_with_properties(positive_NEW, *told)],
            [*negative, *_with_properties(negative_NEW, *told)],
        )


@node(PAIR, display_name="Cond Pair Set Default Combine", experimental=True)
class PairConditioningSetDefaultCombine:
    """Let a pair of conditionings count wherever the others leave room."""

    def set_default_and_combine(
        self,
        positive: Conditioning,
        negative: Conditioning,
        positive_DEFAULT: Conditioning,
        negative_DEFAULT: Conditioning,
        hooks: Hooks | None = None,
    ) -> Pair:
        return [*positive, *_as_default(positive_DEFAULT, hooks)], [*negative, *_as_default(negative_DEFAULT, hooks)]


@node(PAIR, display_name="Cond Pair Combine", experimental=True)
class PairConditioningCombine:
    """Let two pairs of conditionings count together."""

    def combine(
        self,
        positive_A: Conditioning,
        negative_A: Conditioning,
        positive_B: Conditioning,
        negative_B: Conditioning,
    ) -> Pair:
        return [*positive_A, *positive_B], [*negative_A, *negative_B]
