"""What can be done to conditioning: joined, mixed, and bound to places and times. A list of [text embedding, options].

Nothing is changed in place. The sampler reads the options: area, mask, strength, start_percent, end_percent.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from comfy.control import Corrector

Conditioning = list[Any]

LATENT_PIXEL = 8


def with_options(conditioning: Conditioning, **options: Any) -> Conditioning:
    """Every entry with these options, others kept."""
    return [[embedding, {**present, **options}] for embedding, present in conditioning]


def with_area(conditioning: Conditioning, width: int, height: int, x: int, y: int, strength: float) -> Conditioning:
    """Counting only in a rectangle, in pixels."""
    area = tuple(side // LATENT_PIXEL for side in (height, width, y, x))
    return with_options(conditioning, area=area, strength=strength, set_area_to_bounds=False)


def with_mask(conditioning: Conditioning, mask: Tensor, strength: float, is_cut_to_bounds: bool) -> Conditioning:
    """Counting only where a mask is white; cut to its bounds, the model sees nothing but that rectangle."""
    masks = mask[None] if mask.ndim < 3 else mask
    return with_options(conditioning, mask=masks, mask_strength=strength, set_area_to_bounds=is_cut_to_bounds)


def with_control(
    conditionings: Sequence[Conditioning], apply: Callable[[Corrector | None], Corrector], **options: Any
) -> list[Conditioning]:
    """Every entry guided by one more picture: `apply` makes what guides it, after what did so before.

    Entries that had the same before get one value, so that they can be asked in one batch.
    """
    made: dict[int, Corrector] = {}

    def guided(present: Mapping[str, Any]) -> dict[str, Any]:
        before = present.get("control")
        if id(before) not in made:
            made[id(before)] = apply(before)
        return {**present, **options, "control": made[id(before)]}

    return [[[embedding, guided(present)] for embedding, present in conditioning] for conditioning in conditionings]


def concatenate(first: Conditioning, second: Conditioning) -> Conditioning:
    """Every entry's tokens with those of the second's first entry behind them."""
    return [[torch.cat([embedding, second[0][0]], dim=1), dict(options)] for embedding, options in first]


def average(first: Conditioning, second: Conditioning, share: float) -> Conditioning:
    """`share` of every entry and the rest of the second's first entry, its tokens cut or filled up with zeros."""
    other, other_pooled = second[0][0], second[0][1].get("pooled_output")
    return [
        [
            embedding * share + _of_length(other, embedding.shape[1]) * (1 - share),
            {**options, **_average_pooled(options.get("pooled_output"), other_pooled, share)},
        ]
        for embedding, options in first
    ]


def zeroed(conditioning: Conditioning) -> Conditioning:
    """Embeddings of nothing but zeros, which some models were trained to read as no text."""
    return [[torch.zeros_like(embedding), _with_zeroed_pooled(options)] for embedding, options in conditioning]


def _with_zeroed_pooled(options: Mapping[str, Any]) -> dict[str, Any]:
    pooled = options.get("pooled_output")
    return dict(options) if pooled is None else {**options, "pooled_output": torch.zeros_like(pooled)}


def _of_length(embedding: Tensor, tokens: int) -> Tensor:
    cut = embedding[:, :tokens]
    return F.pad(cut, (0, 0, 0, tokens - cut.shape[1]))


def _average_pooled(first: Tensor | None, second: Tensor | None, share: float) -> dict[str, Any]:
    if second is None:
        return {}
    return {"pooled_output": second if first is None else first * share + second * (1 - share)}
