"""Painting part of a picture anew: what lies under the mask at first, and working on the part at full size."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageFilter
from torch import Tensor

from comfy.images import from_bytes, resize, to_bytes
from comfy.masks import as_masks, blur

CONTENTS = ("original", "fill", "latent noise", "latent nothing")

# How far colours spread, in pixels, and how often, from the widest to the narrowest.
_SPREADS = ((256, 1), (64, 1), (16, 2), (4, 4), (2, 2), (0, 1))


def fill(images: Tensor, masks: Tensor) -> Tensor:
    """Images [B, H, W, 3] whose masked parts have the colours of what is around, blurred more the farther inside."""
    masks = _fitted(masks, images)
    filled = []
    for pixels, mask in zip(to_bytes(images[..., :3]), masks, strict=True):
        filled.append(_fill_one(Image.fromarray(pixels), mask))
    result = torch.stack(filled)
    return torch.where(masks[..., None] > 0, result, images[..., :3])


def _fill_one(picture: Image.Image, mask: Tensor) -> Tensor:
    opacity = Image.fromarray(((mask < 0.5).numpy() * 255).astype(np.uint8))
    # Multiplied by its opacity, so that what is masked does not bleed out.
    kept = Image.merge("RGBA", (*picture.split(), opacity)).convert("RGBa")
    result = Image.new("RGBa", picture.size)
    for radius, times in _SPREADS:
        spread = kept.filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
        for _ in range(times):
            result = Image.alpha_composite(result.convert("RGBA"), spread).convert("RGBa")
    return from_bytes(np.asarray(result.convert("RGBA").convert("RGB")))


def with_content(samples: Tensor, masks: Tensor, content: str, seed: int, scale: float) -> Tensor:
    """Samples [B, C, h, w] with noise or nothing under the rounded masks, as `content` says.

    `scale` is that by which the model's family multiplies latents: noise has unit variance only after it.
    """
    if content not in ("latent noise", "latent nothing"):
        return samples
    masks = F.interpolate(as_masks(masks)[:, None].float(), size=samples.shape[-2:], mode="bilinear").round()
    kept = samples * (1 - masks)
    if content == "latent nothing":
        return kept
    noise = torch.randn(samples.shape, generator=torch.Generator().manual_seed(seed))
    return kept + noise / scale * masks


@dataclass(frozen=True, eq=False)
class Cutout:
    """A part of images, and where it goes back: the whole images, the rectangle, and the mask within it."""

    images: Tensor
    masks: Tensor  # [B, h, w] of the rectangle, blurred
    x: int
    y: int
    width: int
    height: int


def cut_out(
    images: Tensor, masks: Tensor, padding: int, width: int, height: int, blur_radius: float
) -> tuple[Cutout, Tensor, Tensor]:
    """The part of images around their masks, brought to a size, with its masks [B, height, width].

    The part has `padding` pixels around the mask and the proportions of the size, as far as the picture reaches.
    The masks given out are hard, cut where the soft ones are half: the soft edge counts once, when the part is put
    back, as in AUTOMATIC1111's web UI. Raises ValueError where no mask is set.
    """
    masks = _fitted(masks, images)
    soft = blur(masks, blur_radius)
    left, top, right, bottom = _bounds(soft, padding)
    left, right, top, bottom = _in_proportion(left, right, top, bottom, width / height, images)
    part, part_masks = images[:, top:bottom, left:right], soft[:, top:bottom, left:right]
    cut = Cutout(images, part_masks, left, top, right - left, bottom - top)
    enlarged = resize(part_masks[..., None], width, height, "bilinear")[..., 0]
    return cut, resize(part, width, height, "lanczos"), (enlarged >= 0.5).to(enlarged)


def put_back(cut: Cutout, painted: Tensor) -> Tensor:
    """The whole images with the painted part laid over them where the mask was, blended over its soft edge."""
    count = max(len(painted), len(cut.images))
    part = resize(painted[..., :3], cut.width, cut.height, "lanczos")
    whole = cut.images[..., :3].repeat(-(-count // len(cut.images)), 1, 1, 1)[:count].clone()
    masks = cut.masks.repeat(-(-count // len(cut.masks)), 1, 1)[:count, ..., None]
    part = part.repeat(-(-count // len(part)), 1, 1, 1)[:count]
    place = whole[:, cut.y : cut.y + cut.height, cut.x : cut.x + cut.width]
    place.copy_(part * masks + place * (1 - masks))
    return whole


def compose(base: Tensor, images: Tensor, masks: Tensor, blur_radius: float) -> Tensor:
    """A base [B, H, W, C] with each image of a batch laid over it in turn, where its own mask is set."""
    soft = blur(_fitted(masks, base), blur_radius)
    result = base[..., :3]
    for image, mask in zip(images, soft, strict=False):
        over = image[None, ..., :3]
        if over.shape[1:3] != base.shape[1:3]:
            over = resize(over, base.shape[2], base.shape[1], "lanczos")
        result = result * (1 - mask[None, ..., None]) + over * mask[None, ..., None]
    return result


def _fitted(masks: Tensor, images: Tensor) -> Tensor:
    masks = as_masks(masks).float()
    if masks.shape[1:] != images.shape[1:3]:
        masks = F.interpolate(masks[:, None], size=images.shape[1:3], mode="bilinear")[:, 0]
    return masks if len(masks) >= len(images) else masks.repeat(-(-len(images) // len(masks)), 1, 1)[: len(images)]


def _bounds(masks: Tensor, padding: int) -> tuple[int, int, int, int]:
    touched = (masks > 1 / 255).any(dim=0)
    rows, columns = touched.any(dim=1).nonzero().flatten(), touched.any(dim=0).nonzero().flatten()
    if len(rows) == 0:
        raise ValueError("The input mask is empty: nothing is to be painted. Paint a mask, or leave this node out.")
    height, width = touched.shape
    return (
        max(0, int(columns[0]) - padding),
        max(0, int(rows[0]) - padding),
        min(width, int(columns[-1]) + 1 + padding),
        min(height, int(rows[-1]) + 1 + padding),
    )


def _in_proportion(
    left: int, right: int, top: int, bottom: int, ratio: float, images: Tensor
) -> tuple[int, int, int, int]:
    """The rectangle made wider or higher to the ratio, moved inside the picture, cut where it is larger."""
    _, height, width, _ = images.shape
    wanted_width = max(right - left, round((bottom - top) * ratio))
    wanted_height = max(bottom - top, round((right - left) / ratio))
    left, right = _stretched(left, right, wanted_width, width)
    top, bottom = _stretched(top, bottom, wanted_height, height)
    return left, right, top, bottom


def _stretched(first: int, last: int, length: int, limit: int) -> tuple[int, int]:
    length = min(length, limit)
    first = min(max(0, first - (length - (last - first)) // 2), limit - length)
    return first, first + length
