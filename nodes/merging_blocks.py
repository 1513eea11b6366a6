"""Nodes that mix two models of one architecture with a ratio for each block of their U-Nets."""

from collections.abc import Callable
from typing import Any, TypeVar

from comfy.merging import mixed, shares_by_block
from nodes.declare import node
from nodes.needs import need
from nodes.types import Model

CATEGORY = "advanced/model_merging/model_specific"
RATIO = ("FLOAT", {"default": 1.0, "min": 0.0, "max": 1.0, "step": 0.01})

EMBEDDINGS = ("time_embed.", "label_emb.")
TWELVE_STAGES = (
    *EMBEDDINGS,
    *(f"input_blocks.{n}." for n in range(12)),
    *(f"middle_block.{n}." for n in range(3)),
    *(f"output_blocks.{n}." for n in range(12)),
    "out.",
)
NINE_STAGES = (
    *EMBEDDINGS,
    *(f"input_blocks.{n}" for n in range(9)),
    *(f"middle_block.{n}" for n in range(3)),
    *(f"output_blocks.{n}" for n in range(9)),
    "out.",
)

T = TypeVar("T")


def with_ratios(blocks: tuple[str, ...]) -> Callable[[type[T]], type[T]]:
    """Give a node an input for each block. Their names are no Python names, so they cannot be declared otherwise."""

    def add(cls: type[T]) -> type[T]:
        declared: Any = cls
        own = declared.INPUT_TYPES

        def input_types(_cls: type) -> dict[str, Any]:
            return {"required": {**own()["required"], **dict.fromkeys(blocks, RATIO)}}

        declared.INPUT_TYPES = classmethod(input_types)
        return cls

    return add


def mix_by_block(model1: Model, model2: Model, ratios: dict[str, float]) -> Model:
    """The first model mixed with the second; a ratio is the first's share, the first one that of all other weights."""
    first, second = need(model1, "model"), need(model2, "model")
    shares_of = shares_by_block(ratios, default=next(iter(ratios.values()), 1.0))
    return first.clone_with(weights=mixed(first.weights, second.weights, shares_of))


@with_ratios(TWELVE_STAGES)
@node(CATEGORY)
class ModelMergeSD1:
    """A weighted average of two Stable Diffusion 1 models with a ratio for each block."""

    def merge(self, model1: Model, model2: Model, **ratios: float) -> Model:
        return mix_by_block(model1, model2, ratios)


@with_ratios(TWELVE_STAGES)
@node(CATEGORY)
class ModelMergeSD2:
    """A weighted average of two Stable Diffusion 2 models with a ratio for each block."""

    def merge(self, model1: Model, model2: Model, **ratios: float) -> Model:
        return mix_by_block(model1, model2, ratios)


@with_ratios(NINE_STAGES)
@node(CATEGORY)
class ModelMergeSDXL:
    """A weighted average of two Stable Diffusion XL models with a ratio for each block."""

    def merge(self, model1: Model, model2: Model, **ratios: float) -> Model:
        return mix_by_block(model1, model2, ratios)
