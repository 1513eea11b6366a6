"""Putting pictures side by side, and between their RGB and luma-chroma forms."""

import torch
import torch.nn.functional as F
from torch import Tensor

from comfy.compositing import to_batch
from comfy.images import resize

DIRECTIONS = ("right", "down", "left", "up")
COLOURS = {
    "white": (1.0, 1.0, 1.0),
    "black": (0.0, 0.0, 0.0),
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "blue": (0.0, 0.0, 1.0),
}


def stitch(first: Tensor, second: Tensor, direction: str, matches_size: bool, gap: int, colour: str) -> Tensor:
    """Two batches of images [B, H, W, C] side by side in a direction, a gap of a colour between them.

    The shorter batch repeats its last image. The second takes the first's height (or width, one below the other);
    without `matches_size` the smaller one is centred on black instead.
    """
    is_across = direction in ("right", "left")
    channels, count = max(first.shape[-1], second.shape[-1]), max(len(first), len(second))
    first, second = (_lengthened(_opaque(images, channels), count) for images in (first, second))
    if matches_size:
        second = _matching(second, first, is_across)
    else:
        first, second = _centred(first, second, 1 if is_across else 2)
    parts = [first, second] if direction in ("right", "down") else [second, first]
    if gap:
        parts.insert(1, _gap(first, gap + gap % 2, colour, is_across))
    return torch.cat(parts, dim=2 if is_across else 1)


def _opaque(images: Tensor, channels: int) -> Tensor:
    return F.pad(images, (0, channels - images.shape[-1]), value=1.0)


def _lengthened(images: Tensor, count: int) -> Tensor:
    missing = count - len(images)
    return torch.cat([images, to_batch(images[-1:], missing)]) if missing else images


def _matching(images: Tensor, like: Tensor, is_across: bool) -> Tensor:
    _, height, width, _ = images.shape
    if is_across:
        return resize(images, max(1, int(like.shape[1] * width / height)), like.shape[1], "lanczos")
    return resize(images, like.shape[2], max(1, int(like.shape[2] * height / width)), "lanczos")


def _centred(first: Tensor, second: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    longest = max(first.shape[axis], second.shape[axis])

    def pad(images: Tensor) -> Tensor:
        missing = longest - images.shape[axis]
        before, after = missing // 2, missing - missing // 2
        return F.pad(images, (0, 0, 0, 0, before, after) if axis == 1 else (0, 0, before, after))

    return pad(first), pad(second)


def _gap(like: Tensor, size: int, colour: str, is_across: bool) -> Tensor:
    batch, height, width, channels = like.shape
    values = torch.tensor([*COLOURS[colour], 1.0][:channels]).to(like)
    return values.expand(batch, height if is_across else size, size if is_across else width, channels)


def rgb_to_yuv(images: Tensor) -> Tensor:
    """Images [B, H, W, 3] as luma and two colour differences around 0.5 (ITU-R BT.601)."""
    red, green, blue = images[..., :3].unbind(-1)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return torch.stack([luma, (blue - luma) * 0.564 + 0.5, (red - luma) * 0.713 + 0.5], dim=-1)


def yuv_to_rgb(images: Tensor) -> Tensor:
    """The way back from `rgb_to_yuv`, as far as its rounded factors allow."""
    luma, blue, red = images[..., 0], images[..., 1] - 0.5, images[..., 2] - 0.5
    return torch.stack([luma + 1.403 * red, luma - 0.714 * red - 0.344 * blue, luma + 1.773 * blue], dim=-1)
