"""What can be done to masks: floats 0–1, [B, H, W], 1 = change here."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from comfy.images import OUTPAINT_GREY

PIXELS_PER_LATENT = 8


def outpaint_mask(left: int, top: int, right: int, bottom: int, width: int, height: int, feathering: int) -> Tensor:
    """The mask of a picture that got a border: 1 on the border, falling to 0 within `feathering` pixels inside it.

    `width` and `height` are the picture's own. [1, H, W].
    """
    mask = torch.ones((1, top + height + bottom, left + width + right))
    inner = torch.zeros((height, width))
    if 0 < 2 * feathering < min(width, height):
        rows = _distance_to_border(height, top, bottom)
        columns = _distance_to_border(width, left, right)
        distance = torch.minimum(rows[:, None], columns[None, :])
        inner = ((feathering - distance) / feathering).clamp(min=0) ** 2
    mask[:, top : top + height, left : left + width] = inner
    return mask


def to_noise_mask(masks: Tensor) -> Tensor:
    """Masks as a latent carries them, [B, 1, H, W]; the sampler resizes them to the latent."""
    return masks.reshape(-1, 1, *masks.shape[-2:])


def prepare_for_inpainting(images: Tensor, masks: Tensor, grow_by: int) -> tuple[Tensor, Tensor]:
    """Images [B, H, W, 3] with grey under the rounded mask, and the mask grown and rounded, [B, 1, H, W].

    Both sides are cut to multiples of 8 pixels, as the VAE will; masks are resized to the images.
    """
    masks = F.interpolate(to_noise_mask(masks.float()), size=images.shape[1:3], mode="bilinear")
    images, masks = _cut(images, 1), _cut(masks, 2)
    keep = 1 - masks.round().movedim(1, -1)
    return (images - OUTPAINT_GREY) * keep + OUTPAINT_GREY, _grow(masks, grow_by).round()


def to_images(masks: Tensor) -> Tensor:
    """Masks of any leading shape as grey images, [B, H, W, 3]."""
    return masks.reshape(-1, *masks.shape[-2:], 1).expand(-1, -1, -1, 3)


def _grow(masks: Tensor, by: int) -> Tensor:
    """Rounded masks, spread over a square of `by` pixels."""
    if by == 0:
        return masks
    height, width = masks.shape[-2:]
    square = torch.ones((1, 1, by, by), device=masks.device)
    grown = F.conv2d(masks.round(), square, padding=math.ceil((by - 1) / 2)).clamp(0, 1)
    return grown[..., :height, :width]


def _cut(tensor: Tensor, first_side: int) -> Tensor:
    """Two neighbouring sides cut to multiples of 8, the middle kept."""
    for side in (first_side, first_side + 1):
        extra = tensor.shape[side] % PIXELS_PER_LATENT
        tensor = tensor.narrow(side, extra // 2, tensor.shape[side] - extra)
    return tensor


def _distance_to_border(length: int, before: int, after: int) -> Tensor:
    """How far each pixel is from the sides that got a border; the length itself where there is none."""
    position = torch.arange(length, dtype=torch.float32)
    nothing = torch.full((length,), float(length))
    return torch.minimum(position if before else nothing, length - position if after else nothing)
