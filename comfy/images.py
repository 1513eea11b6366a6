"""What can be done to images: floats 0–1, [B, H, W, C] with 3 channels, or 4 where the last is opacity."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

RESIZE_METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")
CROPS = ("disabled", "center")
OUTPAINT_GREY = 0.5


def resize(images: Tensor, width: int, height: int, method: str, crop: str = "disabled") -> Tensor:
    """Images at a new size; with crop `center` what does not fit the new proportions is cut off first."""
    if crop == "center":
        images = crop_to_proportions(images, width, height)
    if method == "lanczos":
        return _resize_lanczos(images, width, height)
    return F.interpolate(images.movedim(-1, 1), size=(height, width), mode=method).movedim(1, -1)


def resize_keeping_zeros(images: Tensor, width: int, height: int, method: str, crop: str = "disabled") -> Tensor:
    """As `resize`, where a side of 0 follows from the other and both 0 change nothing."""
    if width == 0 and height == 0:
        return images
    _, old_height, old_width, _ = images.shape
    if width == 0:
        width = max(1, round(old_width * height / old_height))
    elif height == 0:
        height = max(1, round(old_height * width / old_width))
    return resize(images, width, height, method, crop)


def resize_by(images: Tensor, factor: float, method: str) -> Tensor:
    """Images with both sides multiplied, at least one pixel."""
    _, height, width, _ = images.shape
    return resize(images, max(1, round(width * factor)), max(1, round(height * factor)), method)


def solid(width: int, height: int, batch_size: int, colour: int) -> Tensor:
    """Images of one colour, given as 0xRRGGBB."""
    channels = torch.tensor([colour >> 16 & 255, colour >> 8 & 255, colour & 255]) / 255
    return channels.expand(batch_size, height, width, 3).contiguous()


def concatenate(first: Tensor, second: Tensor) -> Tensor:
    """One batch of both; the second takes the size of the first, and opacity where only one has it is full."""
    if first.shape[1:3] != second.shape[1:3]:
        second = resize(second, first.shape[2], first.shape[1], "bilinear", "center")
    channels = max(first.shape[-1], second.shape[-1])
    return torch.cat([with_channels(first, channels), with_channels(second, channels)])


BLENDS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "normal": lambda a, b: b,
    "multiply": lambda a, b: a * b,
    "screen": lambda a, b: 1 - (1 - a) * (1 - b),
    "overlay": lambda a, b: torch.where(a <= 0.5, 2 * a * b, 1 - 2 * (1 - a) * (1 - b)),
    "soft_light": lambda a, b: a + (2 * b - 1) * torch.where(b <= 0.5, a - a * a, _soft_light_curve(a) - a),
    "difference": lambda a, b: a - b,
}
"""How a lower image a and an upper image b mix (W3C compositing; difference keeps only what a has more of)."""


def blend(lower: Tensor, upper: Tensor, mode: str, factor: float) -> Tensor:
    """The lower image mixed with its blend with the upper one; the upper takes the size of the lower."""
    if upper.shape[1:3] != lower.shape[1:3]:
        upper = resize(upper, lower.shape[2], lower.shape[1], "bicubic", "center")
    channels = max(lower.shape[-1], upper.shape[-1])
    lower, upper = with_channels(lower, channels), with_channels(upper, channels)
    return (lower * (1 - factor) + BLENDS[mode](lower, upper.to(lower)) * factor).clamp(0, 1)


def pad(images: Tensor, left: int, top: int, right: int, bottom: int) -> Tensor:
    """Images with a grey border."""
    batch, height, width, channels = images.shape
    padded = torch.full((batch, top + height + bottom, left + width + right, channels), OUTPAINT_GREY)
    padded[:, top : top + height, left : left + width] = images
    return padded


def pad_to(images: Tensor, width: int, height: int, method: str, value: float) -> Tensor:
    """Images brought to fit inside a size, centred, with a border of one value around them."""
    _, old_height, old_width, channels = images.shape
    scale = min(width / old_width, height / old_height)
    inner = resize(images, max(1, int(old_width * scale)), max(1, int(old_height * scale)), method)
    padded = torch.full((len(images), height, width, channels), value, dtype=images.dtype)
    top, left = (height - inner.shape[1]) // 2, (width - inner.shape[2]) // 2
    padded[:, top : top + inner.shape[1], left : left + inner.shape[2]] = inner
    return padded


def to_bytes(images: Tensor) -> np.ndarray:
    """Images as 0–255 bytes, truncated, not rounded: [B, H, W, C] uint8."""
    return (images.detach().float().cpu() * 255).clamp(0, 255).to(torch.uint8).numpy()


def from_bytes(pixels: np.ndarray) -> Tensor:
    """Bytes 0–255 of any shape as floats 0–1."""
    return torch.from_numpy(pixels.astype(np.float32) / 255)


def _soft_light_curve(a: Tensor) -> Tensor:
    return torch.where(a <= 0.25, ((16 * a - 12) * a + 4) * a, a.sqrt())


def with_channels(images: Tensor, channels: int) -> Tensor:
    """Images with at least so many channels; what is missing is full, as opacity is."""
    missing = channels - images.shape[-1]
    return F.pad(images, (0, missing), value=1.0) if missing > 0 else images


def crop_to_proportions(images: Tensor, width: int, height: int) -> Tensor:
    """The middle of images that has the proportions of a size."""
    _, old_height, old_width, _ = images.shape
    old, new = old_width / old_height, width / height
    x = round((old_width - old_width * new / old) / 2) if old > new else 0
    y = round((old_height - old_height * old / new) / 2) if old < new else 0
    return images[:, y : old_height - y, x : old_width - x]


def _resize_lanczos(images: Tensor, width: int, height: int) -> Tensor:
    """Through 8-bit Pillow, as pictures made so elsewhere must come out the same."""
    pictures = [Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels) for pixels in to_bytes(images)]
    resized = [np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS)) for picture in pictures]
    return from_bytes(np.stack(resized).reshape(len(resized), height, width, -1)).to(images.device)
