"""What can be done to masks: floats 0–1, [B, H, W], 1 = change here."""

import torch
from torch import Tensor


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


def to_images(masks: Tensor) -> Tensor:
    """Masks of any leading shape as grey images, [B, H, W, 3]."""
    return masks.reshape(-1, *masks.shape[-2:], 1).expand(-1, -1, -1, 3)


def _distance_to_border(length: int, before: int, after: int) -> Tensor:
    """How far each pixel is from the sides that got a border; the length itself where there is none."""
    position = torch.arange(length, dtype=torch.float32)
    nothing = torch.full((length,), float(length))
    return torch.minimum(position if before else nothing, length - position if after else nothing)
