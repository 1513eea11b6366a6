"""The ways in which other programs bring a picture to a size: AUTOMATIC1111's modes, and fitting inside a box."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from comfy.images import resize


def fit_inside(images: Tensor, width: int, height: int, method: str = "lanczos", multiple: int = 1) -> Tensor:
    """Images made smaller, never larger, until they fit in a box; sides become multiples of `multiple`."""
    scale = min(1.0, width / images.shape[2], height / images.shape[1])
    sides = (max(multiple, int(side * scale) // multiple * multiple) for side in (images.shape[2], images.shape[1]))
    new_width, new_height = sides
    if (new_height, new_width) == tuple(images.shape[1:3]):
        return images
    return resize(images, new_width, new_height, method)


def resize_and_fill(images: Tensor, width: int, height: int, method: str = "lanczos") -> Tensor:
    """Images fitted inside a size, their outermost pixels drawn out to fill what is left, half at each side."""
    scale = min(width / images.shape[2], height / images.shape[1])
    inner = resize(images, max(1, round(images.shape[2] * scale)), max(1, round(images.shape[1] * scale)), method)
    across, down = width - inner.shape[2], height - inner.shape[1]
    margins = (across // 2, across - across // 2, down // 2, down - down // 2)
    return F.pad(inner.movedim(-1, 1), margins, mode="replicate").movedim(1, -1)


def just_resize(images: Tensor, width: int, height: int, method: str = "lanczos") -> Tensor:
    """Images stretched to a size."""
    return resize(images, width, height, method)


def crop_and_resize(images: Tensor, width: int, height: int, method: str = "lanczos") -> Tensor:
    """Images that fill a size, what is over cut off at both sides."""
    return resize(images, width, height, method, "center")


LATENT_MODE = "just resize (latent upscale)"

MODES: dict[str, Callable[..., Tensor]] = {
    "just resize": just_resize,
    "crop and resize": crop_and_resize,
    "resize and fill": resize_and_fill,
}
"""AUTOMATIC1111's resize modes; the fourth, `LATENT_MODE`, resizes the latent instead."""
