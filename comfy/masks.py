"""What can be done to masks: floats 0–1, [B, H, W], 1 = change here."""

import math
from collections.abc import Callable

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
    images, masks = fit_to_latent(images, masks)
    return blank_out(images, masks), _grow_by_square(masks, grow_by).round()


def fit_to_latent(images: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """Masks at the size of images, [B, 1, H, W], and both cut to multiples of 8 pixels as the VAE will."""
    masks = F.interpolate(to_noise_mask(masks.float()), size=images.shape[1:3], mode="bilinear")
    return _cut(images, 1), _cut(masks, 2)


def blank_out(images: Tensor, masks: Tensor) -> Tensor:
    """Images with grey under rounded masks [B, 1, H, W]."""
    keep = 1 - masks.round().movedim(1, -1)
    return (images - OUTPAINT_GREY) * keep + OUTPAINT_GREY


def to_images(masks: Tensor) -> Tensor:
    """Masks of any leading shape as grey images, [B, H, W, 3]."""
    return masks.reshape(-1, *masks.shape[-2:], 1).expand(-1, -1, -1, 3)


def of_colour(images: Tensor, colour: int) -> Tensor:
    """1 where an image has exactly this colour, given as 0xRRGGBB."""
    wanted = torch.tensor([colour >> 16 & 255, colour >> 8 & 255, colour & 255], device=images.device)
    return ((images[..., :3].clamp(0, 1) * 255).round() == wanted).all(dim=-1).float()


def crop(masks: Tensor, x: int, y: int, width: int, height: int) -> Tensor:
    """A rectangle out of masks, smaller where it leaves them."""
    return as_masks(masks)[:, y : y + height, x : x + width]


def _logical(operation: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda under, over: operation(under.round().bool(), over.round().bool()).float()


COMBINATIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "multiply": lambda under, over: under * over,
    "add": lambda under, over: under + over,
    "subtract": lambda under, over: under - over,
    "and": _logical(torch.logical_and),
    "or": _logical(torch.logical_or),
    "xor": _logical(torch.logical_xor),
}
"""How one mask changes another where it lies on it; the logical ones round both first."""


def combine(destination: Tensor, source: Tensor, x: int, y: int, operation: str) -> Tensor:
    """The destination, changed by a source that lies on it at x, y."""
    combined, source = as_masks(destination).clone(), as_masks(source)
    under = combined[:, y : y + source.shape[1], x : x + source.shape[2]]
    over = source[:, : under.shape[1], : under.shape[2]]
    under.copy_(COMBINATIONS[operation](under, over))
    return combined.clamp_(0, 1)


def feather(masks: Tensor, left: int, top: int, right: int, bottom: int) -> Tensor:
    """Masks that rise from almost 0 at their edges within these distances."""
    masks = as_masks(masks)
    height, width = masks.shape[1:]
    rows = _ramp(height, top) * _ramp(height, bottom).flip(0)
    columns = _ramp(width, left) * _ramp(width, right).flip(0)
    return masks * rows[:, None].to(masks) * columns.to(masks)


def grow(masks: Tensor, by: int, has_tapered_corners: bool) -> Tensor:
    """Masks spread by so many pixels, or shrunk where negative; tapered corners grow along the axes only."""
    masks = as_masks(masks)
    sign = 1 if by > 0 else -1
    spread = masks[:, None] * sign
    # Beyond height + width nothing is left to change.
    for _ in range(min(abs(by), sum(masks.shape[1:]))):
        spread = _largest_nearby(spread, has_tapered_corners)
    return spread[:, 0] * sign


def blur(masks: Tensor, radius: float) -> Tensor:
    """Masks [B, H, W] smoothed by a bell whose standard deviation is `radius` pixels; edges count on outwards."""
    masks = as_masks(masks)
    if radius <= 0:
        return masks
    reach = max(1, round(radius * 2.5))
    place = torch.arange(-reach, reach + 1, dtype=torch.float32)
    bell = torch.exp(-(place**2) / (2 * radius**2)).to(masks)
    bell = bell / bell.sum()
    rows = F.pad(masks[:, None], (0, 0, reach, reach), mode="replicate")
    smooth = F.conv2d(rows, bell.reshape(1, 1, -1, 1))
    columns = F.pad(smooth, (reach, reach, 0, 0), mode="replicate")
    return F.conv2d(columns, bell.reshape(1, 1, 1, -1))[:, 0].clamp(0, 1)


def as_masks(masks: Tensor) -> Tensor:
    """Masks of any leading shape as [B, H, W]."""
    return masks.reshape(-1, *masks.shape[-2:])


def _largest_nearby(masks: Tensor, is_cross: bool) -> Tensor:
    """The largest value among each pixel and its neighbours, diagonal ones left out of a cross."""
    if not is_cross:
        return F.max_pool2d(masks, 3, stride=1, padding=1)
    across = F.max_pool2d(masks, (1, 3), stride=1, padding=(0, 1))
    return torch.maximum(across, F.max_pool2d(masks, (3, 1), stride=1, padding=(1, 0)))


def _ramp(length: int, over: int) -> Tensor:
    over = min(over, length)
    ramp = torch.ones(length)
    ramp[:over] = (torch.arange(over) + 1) / max(over, 1)
    return ramp


def _grow_by_square(masks: Tensor, by: int) -> Tensor:
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
