"""Nodes that mix the weights of models."""

from typing import Annotated

from comfy.merging import Shares, mixed, shares_by_block
from comfy.models.clip_text import ClipText
from comfy.text.tower import Tower
from comfy.weights import Weights
from nodes.declare import node
from nodes.needs import need
from nodes.types import Clip, Fraction, Model
from nodes.widgets import Number, Tip

CATEGORY = "advanced/model_merging"
Ratio = Annotated[Fraction, Tip("How much of the first; the rest is of the second.")]
Multiplier = Annotated[float, Number(1.0, -10.0, 10.0)]


def mix_models(first: Model, second: Model, shares: Shares) -> Model:
    """The first model with every weight mixed in these shares."""
    first, second = need(first, "model"), need(second, "model")
    return first.clone_with(weights=mixed(first.weights, second.weights, lambda name: shares))


def mix_encoders(first: Clip, second: Clip, shares: Shares) -> Clip:
    """The first text encoder with every weight mixed in these shares."""
    first, second = need(first, "clip"), need(second, "clip")
    others = {tower.role: tower.weights for tower in second.towers}

    def change(tower: Tower) -> Weights[ClipText]:
        other = others.get(tower.role, second.towers[0].weights)
        return mixed(tower.weights, other, lambda name: shares)

    return first.with_weights(change)


@node(CATEGORY)
class ModelMergeSimple:
    """A weighted average of two models."""

    def merge(self, model1: Model, model2: Model, ratio: Ratio) -> Model:
        return mix_models(model1, model2, Shares(ratio, 1 - ratio))


@node(CATEGORY)
class ModelMergeAdd:
    """The sum of two models, of which one is usually a difference."""

    def merge(self, model1: Model, model2: Model) -> Model:
        return mix_models(model1, model2, Shares(1, 1))


@node(CATEGORY)
class ModelMergeSubtract:
    """The difference of two models: what one learnt that the other did not."""

    def merge(self, model1: Model, model2: Model, multiplier: Multiplier) -> Model:
        return mix_models(model1, model2, Shares(multiplier, -multiplier))


@node(CATEGORY)
class ModelMergeBlocks:
    """A weighted average of two models with ratios of their own for the U-Net's way down, its middle, its way up."""

    def merge(
        self,
        model1: Model,
        model2: Model,
        input: Annotated[Ratio, Tip("How much of the first on the way down.")],  # noqa: A002, saved workflows know it so
        middle: Ratio,
        out: Ratio,
    ) -> Model:
        first, second = need(model1, "model"), need(model2, "model")
        shares_of = shares_by_block({"input": input, "middle": middle, "out": out}, default=input)
        return first.clone_with(weights=mixed(first.weights, second.weights, shares_of))


@node(CATEGORY)
class CLIPMergeSimple:
    """A weighted average of two text encoders."""

    def merge(self, clip1: Clip, clip2: Clip, ratio: Ratio) -> Clip:
        return mix_encoders(clip1, clip2, Shares(ratio, 1 - ratio))


@node(CATEGORY)
class CLIPMergeAdd:
    """The sum of two text encoders, of which one is usually a difference."""

    def merge(self, clip1: Clip, clip2: Clip) -> Clip:
        return mix_encoders(clip1, clip2, Shares(1, 1))


@node(CATEGORY)
class CLIPMergeSubtract:
    """The difference of two text encoders."""

    def merge(self, clip1: Clip, clip2: Clip, multiplier: Multiplier) -> Clip:
        return mix_encoders(clip1, clip2, Shares(multiplier, -multiplier))
