"""Laying one picture on another: with a mask, and with the opacity of both (Porter & Duff 1984)."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from comfy.images import resize


def overlay(
    destination: Tensor, source: Tensor, x: int, y: int, mask: Tensor | None = None, *, is_resized: bool = False
) -> Tensor:
    """A copy of the destination [B, C, H, W] with the source at x, y, seen through a mask [n, H, W] of any size.

    The source may leave the destination at any side; it is repeated to the destination's batch, and first brought to
    its size where `is_resized`.
    """
    source = source.to(destination)
    if is_resized:
        source = F.interpolate(source, size=destination.shape[-2:], mode="bilinear")
    source = to_batch(source, len(destination))
    if mask is None:
        shown = torch.ones_like(source[:, :1])
    else:
        mask = mask.reshape(-1, 1, *mask.shape[-2:]).to(source)
        shown = to_batch(F.interpolate(mask, size=source.shape[-2:], mode="bilinear"), len(source))
    rows, source_rows = _overlap(destination.shape[-2], source.shape[-2], y)
    columns, source_columns = _overlap(destination.shape[-1], source.shape[-1], x)
    result = destination.clone()
    under = result[..., rows, columns]
    shown = shown[..., source_rows, source_columns]
    under.copy_(source[..., source_rows, source_columns] * shown + under * (1 - shown))
    return result


def to_batch(tensor: Tensor, count: int) -> Tensor:
    """The first `count` items, repeated from the beginning where there are fewer."""
    repeats = math.ceil(count / len(tensor))
    return tensor.repeat(repeats, *[1] * (tensor.ndim - 1))[:count] if repeats > 1 else tensor[:count]


def with_channels_of(images: Tensor, others: Tensor) -> Tensor:
    """Images with opacity taken away or added, full, so that they have as many channels as others, [B, H, W, C]."""
    missing = others.shape[-1] - images.shape[-1]
    return F.pad(images, (0, missing), value=1.0) if missing > 0 else images[..., : others.shape[-1]]


def join_alpha(images: Tensor, masks: Tensor) -> Tensor:
    """Images [B, H, W, 4] that are transparent where the masks are 1; masks take the images' size."""
    count = max(len(images), len(masks))
    masks = F.interpolate(masks.reshape(-1, 1, *masks.shape[-2:]), size=images.shape[1:3], mode="bilinear")
    opacity = 1 - to_batch(masks, count).movedim(1, -1)
    return torch.cat([to_batch(images[..., :3], count), opacity.to(images)], dim=-1)


def split_alpha(images: Tensor) -> tuple[Tensor, Tensor]:
    """Colours [B, H, W, 3], and masks [B, H, W] of what is transparent."""
    opacity = images[..., 3] if images.shape[-1] > 3 else torch.ones_like(images[..., 0])
    return images[..., :3], 1 - opacity


class Layer(NamedTuple):
    """A picture with opacity: colours [H, W, 3] already multiplied by it, and opacity [H, W, 1]."""

    colour: Tensor
    opacity: Tensor


def _cover(s: Layer, d: Layer) -> Tensor:
    return s.opacity + d.opacity - s.opacity * d.opacity


def _outside(s: Layer, d: Layer) -> Tensor:
    """What both show where the other one is not."""
    return s.colour * (1 - d.opacity) + d.colour * (1 - s.opacity)


def _overlaid(s: Layer, d: Layer) -> Tensor:
    light = s.opacity * d.opacity - 2 * (d.opacity - d.colour) * (s.opacity - s.colour)
    return torch.where(2 * d.colour < d.opacity, 2 * s.colour * d.colour, light)


MODES: dict[str, Callable[[Layer, Layer], tuple[Tensor, Tensor]]] = {
    "ADD": lambda s, d: ((s.colour + d.colour).clamp(0, 1), (s.opacity + d.opacity).clamp(0, 1)),
    "CLEAR": lambda s, d: (torch.zeros_like(d.colour), torch.zeros_like(d.opacity)),
    "DARKEN": lambda s, d: (_outside(s, d) + torch.minimum(s.colour, d.colour), _cover(s, d)),
    "DST": lambda s, d: d,
    "DST_ATOP": lambda s, d: (s.opacity * d.colour + (1 - d.opacity) * s.colour, s.opacity),
    "DST_IN": lambda s, d: (d.colour * s.opacity, s.opacity * d.opacity),
    "DST_OUT": lambda s, d: (d.colour * (1 - s.opacity), d.opacity * (1 - s.opacity)),
    "DST_OVER": lambda s, d: (d.colour + (1 - d.opacity) * s.colour, d.opacity + (1 - d.opacity) * s.opacity),
    "LIGHTEN": lambda s, d: (_outside(s, d) + torch.maximum(s.colour, d.colour), _cover(s, d)),
    "MULTIPLY": lambda s, d: (s.colour * d.colour, s.opacity * d.opacity),
    "OVERLAY": lambda s, d: (_overlaid(s, d), _cover(s, d)),
    "SCREEN": lambda s, d: (s.colour + d.colour - s.colour * d.colour, _cover(s, d)),
    "SRC": lambda s, d: s,
    "SRC_ATOP": lambda s, d: (d.opacity * s.colour + (1 - s.opacity) * d.colour, d.opacity),
    "SRC_IN": lambda s, d: (s.colour * d.opacity, s.opacity * d.opacity),
    "SRC_OUT": lambda s, d: (s.colour * (1 - d.opacity), s.opacity * (1 - d.opacity)),
    "SRC_OVER": lambda s, d: (s.colour + (1 - s.opacity) * d.colour, s.opacity + (1 - s.opacity) * d.opacity),
    "XOR": lambda s, d: (_outside(s, d), s.opacity * (1 - d.opacity) + d.opacity * (1 - s.opacity)),
}
"""Source and destination to the colour, still multiplied, and opacity of both together."""


def porter_duff(
    source: Tensor, source_masks: Tensor, destination: Tensor, destination_masks: Tensor, mode: str
) -> tuple[Tensor, Tensor]:
    """Images [B, H, W, 3] of both layers and masks [B, H, W] of what is transparent in them; the shortest batch counts.

    Everything takes the destination's size.
    """
    count = min(len(source), len(source_masks), len(destination), len(destination_masks))
    height, width = destination.shape[1:3]

    def layer(images: Tensor, masks: Tensor) -> Layer:
        opacity = 1 - _fit(masks[:count, ..., None], width, height)
        return Layer(_fit(images[:count, ..., :3], width, height) * opacity, opacity)

    colour, opacity = MODES[mode](layer(source, source_masks), layer(destination, destination_masks))
    plain = torch.where(opacity > 1e-5, colour / opacity, torch.zeros_like(colour))
    return plain.clamp(0, 1), 1 - opacity[..., 0]


def _fit(images: Tensor, width: int, height: int) -> Tensor:
    return images if images.shape[1:3] == (height, width) else resize(images, width, height, "bicubic", "center")


def _overlap(length: int, other: int, offset: int) -> tuple[slice, slice]:
    """The stretch that something laid at an offset covers, and the stretch of that thing that is seen."""
    first, last = max(offset, 0), max(min(offset + other, length), 0)
    first = min(first, last)
    return slice(first, last), slice(first - offset, last - offset) if last > first else slice(0, 0)
