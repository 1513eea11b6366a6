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
    """Images fitted inside a size, their outermost pixels drawn out to fill what is left at both sides."""
    inner_width, inner_height = _in_proportion(images, width, height, fits=True)
    inner = resize(images, inner_width, inner_height, method)
    left, top = width // 2 - inner_width // 2, height // 2 - inner_height // 2
    margins = (left, width - inner_width - left, top, height - inner_height - top)
    return F.pad(inner.movedim(-1, 1), margins, mode="replicate").movedim(1, -1)


def just_resize(images: Tensor, width: int, height: int, method: str = "lanczos") -> Tensor:
    """Images stretched to a size."""
    return resize(images, width, height, method)


def crop_and_resize(images: Tensor, width: int, height: int, method: str = "lanczos") -> Tensor:
    """Images that fill a size, what is over cut off at both sides."""
    outer_width, outer_height = _in_proportion(images, width, height, fits=False)
    left, top = outer_width // 2 - width // 2, outer_height // 2 - height // 2
    outer = resize(images, outer_width, outer_height, method)
    return outer[:, top : top + height, left : left + width]


def _in_proportion(images: Tensor, width: int, height: int, *, fits: bool) -> tuple[int, int]:
    """The largest size of the images' proportions within a size, or the smallest that covers it; rounded down."""
    own_height, own_width = images.shape[1:3]
    is_wider = width * own_height > height * own_width
    if is_wider == fits:
        return max(1, own_width * height // own_height), height
    return width, max(1, own_height * width // own_width)


LATENT_MODE = "just resize (latent upscale)"

MODES: dict[str, Callable[..., Tensor]] = {
    "just resize": just_resize,
    "crop and resize": crop_and_resize,
    "resize and fill": resize_and_fill,
}
"""AUTOMATIC1111's resize modes; the fourth, `LATENT_MODE`, resizes the latent instead."""
