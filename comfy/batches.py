"""Batches taken apart and put together anew."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor

Latent = dict[str, Any]


def rebatch_images(batches: Iterable[Tensor], size: int) -> list[Tensor]:
    """The images of all batches in their order, in batches of `size`; another height or width begins another batch."""
    images = [image for batch in batches for image in batch.split(1)]
    return [torch.cat(list(chunk)) for chunk in _chunks(images, [image.shape for image in images], size)]


def rebatch_latents(batches: Iterable[Latent], size: int) -> list[Latent]:
    """As `rebatch_images`, for latents, which remember their place in the first order and keep their masks."""
    items = [item for batch, first in _counted(batches) for item in _items(batch, first)]
    return [_joined(list(chunk)) for chunk in _chunks(items, [item["samples"].shape for item in items], size)]


def _chunks(items: Sequence[Any], shapes: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for _, run in groupby(range(len(items)), key=lambda index: shapes[index]):
        alike = [items[index] for index in run]
        yield from (alike[start : start + size] for start in range(0, len(alike), size))


def _counted(batches: Iterable[Latent]) -> Iterator[tuple[Latent, int]]:
    first = 0
    for batch in batches:
        yield batch, first
        first += len(batch["samples"])


def _items(batch: Latent, first: int) -> Iterator[Latent]:
    count, mask = len(batch["samples"]), batch.get("noise_mask")
    places = batch.get("batch_index", range(first, first + count))
    for index in range(count):
        item = {**batch, "samples": batch["samples"][index : index + 1], "batch_index": [places[index]]}
        if mask is not None:
            item["noise_mask"] = mask[index % len(mask)].reshape(1, 1, *mask.shape[-2:])
        yield item


def _joined(items: Sequence[Latent]) -> Latent:
    joined = {
        **items[0],
        "samples": torch.cat([item["samples"] for item in items]),
        "batch_index": [place for item in items for place in item["batch_index"]],
    }
    masks = [item.get("noise_mask") for item in items]
    if any(mask is not None for mask in masks):
        shape = next(mask.shape for mask in masks if mask is not None)
        whole = torch.ones(shape)
        fitting = [whole if mask is None else mask for mask in masks]
        joined["noise_mask"] = torch.cat([_resized(mask, shape) for mask in fitting])
    return joined


def _resized(mask: Tensor, shape: Sequence[int]) -> Tensor:
    return mask if mask.shape == shape else torch.nn.functional.interpolate(mask, size=tuple(shape[-2:]))
