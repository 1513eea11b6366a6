"""The U-Net run with something between its layers: the same layers in the same order, with places for changes.

It stands beside `UNet.forward` and not in it, so that an unchanged model pays nothing. Both must give the same bits
where nothing is changed; a test holds them to it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from comfy.models.spatial_transformer import CrossAttention, SpatialTransformer, TransformerBlock
from comfy.models.unet import ResBlock, Stage, UNet, Upsample, timestep_embedding

Part = Literal["input", "middle", "output"]


@dataclass(frozen=True)
class Place:
    """A transformer block: the stage it is in, its number there, and the feature map's shape [B, C, H, W]."""

    part: Part
    stage: int
    block: int
    shape: torch.Size


class Between:
    """Every place where something can be changed; this base changes nothing.

    Feature maps are [B, C, H, W], sequences [B, H*W, C].
    """

    def embedding(self, embedding: torch.Tensor) -> torch.Tensor:
        """The timestep's embedding [B, E]."""
        return embedding

    def enter(self, part: Part, stage: int) -> None:
        """A stage begins."""

    def after_input(self, x: torch.Tensor) -> torch.Tensor:
        """What an input stage made, before the way up gets it too."""
        return x

    def after_skip(self, x: torch.Tensor) -> torch.Tensor:
        """The same, for the way down alone."""
        return x

    def join(self, x: torch.Tensor, skip: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The two halves that an output stage takes."""
        return x, skip

    def self_attention(self, place: Place, layer: CrossAttention, x: torch.Tensor) -> torch.Tensor:
        """A normalised sequence's attention to itself; what is added to the sequence."""
        return layer(x, x)

    def between_attentions(self, place: Place, x: torch.Tensor) -> torch.Tensor:
        return x

    def text_attention(
        self, place: Place, layer: CrossAttention, x: torch.Tensor, context: torch.Tensor
    ) -> torch.Tensor:
        """A normalised sequence's attention to the text."""
        return layer(x, context)


def run_changed(
    unet: UNet,
    between: Between,
    x: torch.Tensor,
    timestep: torch.Tensor,
    context: torch.Tensor,
    vector: torch.Tensor | None = None,
) -> torch.Tensor:
    """As the U-Net's own `forward`, with the changes."""
    embedding = unet.time_embed(timestep_embedding(timestep, unet.config.model_channels).to(x.dtype))
    if vector is not None:
        embedding = embedding + unet.label_emb(vector)
    embedding = between.embedding(embedding)
    skips = []
    for number, stage in enumerate(_stages(unet.input_blocks)):
        x = between.after_input(_run_stage(stage, between, "input", number, x, embedding, context))
        skips.append(x)
        x = between.after_skip(x)
    x = _run_stage(unet.middle_block, between, "middle", 0, x, embedding, context)
    for number, stage in enumerate(_stages(unet.output_blocks)):
        x = torch.cat(between.join(x, skips.pop()), dim=1)
        size = skips[-1].shape[-2:] if skips else None
        x = _run_stage(stage, between, "output", number, x, embedding, context, size)
    out: torch.Tensor = unet.out(x)
    return out


def _stages(blocks: nn.ModuleList) -> Iterator[Stage]:
    return (stage for stage in blocks if isinstance(stage, Stage))


def _run_stage(
    stage: Iterable[nn.Module],
    between: Between,
    part: Part,
    number: int,
    x: torch.Tensor,
    embedding: torch.Tensor,
    context: torch.Tensor,
    size: torch.Size | None = None,
) -> torch.Tensor:
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
    transformer: SpatialTransformer, between: Between, part: Part, stage: int, x: torch.Tensor, context: torch.Tensor
) -> torch.Tensor:
    h = transformer.to_sequence(x)
    for number, block in enumerate(transformer.transformer_blocks):
        assert isinstance(block, TransformerBlock)
        h = _run_block(block, between, Place(part, stage, number, x.shape), h, context)
    return transformer.from_sequence(h, x)


def _run_block(
    block: TransformerBlock, between: Between, place: Place, x: torch.Tensor, context: torch.Tensor
) -> torch.Tensor:
    x = x + between.self_attention(place, block.attn1, block.norm1(x))
    x = between.between_attentions(place, x)
    x = x + between.text_attention(place, block.attn2, block.norm2(x), context)
    return x + block.ff(block.norm3(x))
