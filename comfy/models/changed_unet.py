"""The U-Net run with something between its layers: the same layers in the same order, with places for changes.

It stands beside `UNet.forward` and not in it, so that an unchanged model pays nothing. Both must give the same bits
where nothing is changed; a test holds them to it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from comfy.models.spatial_transformer import CrossAttention, SpatialTransformer, TransformerBlock
from comfy.models.unet import ResBlock, Stage, UNet, Upsample

Part = Literal["input", "middle", "output"]
Kind = Literal["self", "text"]


@dataclass(frozen=True)
class Place:
    """A transformer block: the stage it is in, its number there, and the feature map's shape [B, C, H, W]."""

    part: Part
    stage: int
    block: int
    shape: torch.Size


Inputs = tuple[Tensor, Tensor, Tensor]
"""What queries, keys and values of an attention are made of."""

Attend = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Attention as it goes on without a change: from sequences to ask, be asked and answer to what is added."""


class Between:
    """Every place where something can be changed; this base changes nothing.

    Feature maps are [B, C, H, W], sequences [B, H*W, C]. Stages are counted from 0 in their part.
    """

    def embedding(self, embedding: Tensor) -> Tensor:
        """The timestep's embedding [B, E]."""
        return embedding

    def enter(self, part: Part, stage: int) -> None:
        """A stage begins."""

    def after_input(self, stage: int, x: Tensor) -> Tensor:
        """What an input stage made, before the way up gets it too."""
        return x

    def after_skip(self, stage: int, x: Tensor) -> Tensor:
        """The same, for the way down alone."""
        return x

    def after_middle(self, x: Tensor) -> Tensor:
        """What the middle made."""
        return x

    def join(self, stage: int, x: Tensor, skip: Tensor) -> tuple[Tensor, Tensor]:
        """The two halves that an output stage takes."""
        return x, skip

    def attention(self, place: Place, kind: Kind, layer: CrossAttention, inputs: Inputs, attend: Attend) -> Tensor:
        """A normalised sequence's attention to itself or to the text; what is added to the sequence.

        `inputs` are what queries, keys and values are made of; `attend` goes on with the next change, or the layer.
        """
        return attend(*inputs)

    def between_attentions(self, place: Place, x: Tensor) -> Tensor:
        """A sequence after it has attended to itself, before it attends to the text."""
        return x


class Chain(Between):
    """Several changes, one after the other; at an attention the last one is the outermost."""

    def __init__(self, betweens: Sequence[Between]) -> None:
        self._betweens = betweens

    def embedding(self, embedding: Tensor) -> Tensor:
        for between in self._betweens:
            embedding = between.embedding(embedding)
        return embedding

    def enter(self, part: Part, stage: int) -> None:
        for between in self._betweens:
            between.enter(part, stage)

    def after_input(self, stage: int, x: Tensor) -> Tensor:
        for between in self._betweens:
            x = between.after_input(stage, x)
        return x

    def after_skip(self, stage: int, x: Tensor) -> Tensor:
        for between in self._betweens:
            x = between.after_skip(stage, x)
        return x

    def after_middle(self, x: Tensor) -> Tensor:
        for between in self._betweens:
            x = between.after_middle(x)
        return x

    def join(self, stage: int, x: Tensor, skip: Tensor) -> tuple[Tensor, Tensor]:
        for between in self._betweens:
            x, skip = between.join(stage, x, skip)
        return x, skip

    def attention(self, place: Place, kind: Kind, layer: CrossAttention, inputs: Inputs, attend: Attend) -> Tensor:
        for between in self._betweens:
            attend = partial(_attend_through, between, place, kind, layer, attend)
        return attend(*inputs)

    def between_attentions(self, place: Place, x: Tensor) -> Tensor:
        for between in self._betweens:
            x = between.between_attentions(place, x)
        return x


def _attend_through(
    between: Between,
    place: Place,
    kind: Kind,
    layer: CrossAttention,
    attend: Attend,
    *inputs: Tensor,
) -> Tensor:
    q, k, v = inputs
    return between.attention(place, kind, layer, (q, k, v), attend)


def run_changed(
    unet: UNet,
    between: Between,
    x: Tensor,
    timestep: Tensor,
    context: Tensor,
    vector: Tensor | None = None,
) -> Tensor:
    """As the U-Net's own `forward`, with the changes."""
    embedding = between.embedding(unet.embed(timestep, unet.config.model_channels, x.dtype, vector))
    skips = []
    for number, stage in enumerate(_stages(unet.input_blocks)):
        x = between.after_input(number, _run_stage(stage, between, "input", number, x, embedding, context))
        skips.append(x)
        x = between.after_skip(number, x)
    x = between.after_middle(_run_stage(unet.middle_block, between, "middle", 0, x, embedding, context))
    for number, stage in enumerate(_stages(unet.output_blocks)):
        x = torch.cat(between.join(number, x, skips.pop()), dim=1)
        size = skips[-1].shape[-2:] if skips else None
        x = _run_stage(stage, between, "output", number, x, embedding, context, size)
    out: Tensor = unet.out(x)
    return out


def _stages(blocks: nn.ModuleList) -> Iterator[Stage]:
    return (stage for stage in blocks if isinstance(stage, Stage))


def _run_stage(
    stage: Iterable[nn.Module],
    between: Between,
    part: Part,
    number: int,
    x: Tensor,
    embedding: Tensor,
    context: Tensor,
    size: torch.Size | None = None,
) -> Tensor:
    between.enter(part, number)
    for layer in stage:
        if isinstance(layer, ResBlock):
            x = layer(x, embedding)
        elif isinstance(layer, SpatialTransformer):
            x = _run_transformer(layer, between, part, number, x, context)
        elif isinstance(layer, Upsample):
            x = layer(x, size)
        else:
            x = layer(x)
    return x


def _run_transformer(
    transformer: SpatialTransformer, between: Between, part: Part, stage: int, x: Tensor, context: Tensor
) -> Tensor:
    h = transformer.to_sequence(x)
    for number, block in enumerate(transformer.transformer_blocks):
        assert isinstance(block, TransformerBlock)
        h = _run_block(block, between, Place(part, stage, number, x.shape), h, context)
    return transformer.from_sequence(h, x)


def _run_block(block: TransformerBlock, between: Between, place: Place, x: Tensor, context: Tensor) -> Tensor:
    h = block.norm1(x)
    if block.only_to_text:
        x = x + between.attention(place, "text", block.attn1, (h, context, context), block.attn1)
    else:
        x = x + between.attention(place, "self", block.attn1, (h, h, h), block.attn1)
    x = between.between_attentions(place, x)
    h = block.norm2(x)
    x = x + between.attention(place, "text", block.attn2, (h, context, context), block.attn2)
    return x + block.ff(block.norm3(x))
