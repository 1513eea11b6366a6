"""Nodes that make and change masks."""

from typing import Annotated

import torch

from comfy import masks as ops
from nodes.declare import node
from nodes.types import MAX_RESOLUTION, Fraction, Image, Mask, Pixels
from nodes.widgets import Choice, Number, Tip, Toggle

Offset = Annotated[int, Number(0, 0, MAX_RESOLUTION, step=1)]
CHANNELS = ("red", "green", "blue", "alpha")


class NoSuchChannelError(ValueError):
    """A picture has no opacity to make a mask of."""


@node("mask", display_name="Convert Mask to Image")
class MaskToImage:
    """Show a mask as a grey picture."""

    def mask_to_image(self, mask: Mask) -> Image:
        return ops.to_images(mask)


@node("mask", display_name="Convert Image to Mask")
class ImageToMask:
    """Use one channel of a picture as a mask."""

    def image_to_mask(self, image: Image, channel: Annotated[str, Choice(CHANNELS)]) -> Mask:
        index = CHANNELS.index(channel)
        if index >= image.shape[-1]:
            raise NoSuchChannelError(
                f"The input image has no {channel} channel. Choose another one, or use the mask of Load Image."
            )
        return image[..., index]


@node("mask")
class ImageColorToMask:
    """Mask where a picture has exactly one colour."""

    def image_to_mask(
        self, image: Image, color: Annotated[int, Number(0, 0, 0xFFFFFF, step=1, display="color")]
    ) -> Mask:
        return ops.of_colour(image, color)


@node("mask")
class SolidMask:
    """A mask of one value."""

    def solid(self, value: Fraction, width: Pixels, height: Pixels) -> Mask:
        return torch.full((1, height, width), value)


@node("mask")
class InvertMask:
    """Swap what is to be changed and what is to be kept."""

    def invert(self, mask: Mask) -> Mask:
        return 1.0 - mask


@node("mask")
class CropMask:
    """Cut a rectangle out of a mask."""

    def crop(self, mask: Mask, x: Offset, y: Offset, width: Pixels, height: Pixels) -> Mask:
        return ops.crop(mask, x, y, width, height)


@node("mask")
class MaskComposite:
    """Change a mask by another one that lies on it."""

    def combine(
        self,
        destination: Mask,
        source: Mask,
        x: Offset,
        y: Offset,
        operation: Annotated[str, Choice(tuple(ops.COMBINATIONS))],
    ) -> Mask:
        return ops.combine(destination, source, x, y, operation)


@node("mask")
class FeatherMask:
    """Fade a mask out towards its edges."""

    def feather(self, mask: Mask, left: Offset, top: Offset, right: Offset, bottom: Offset) -> Mask:
        return ops.feather(mask, left, top, right, bottom)


@node("mask")
class GrowMask:
    """Spread a mask, or shrink it with a negative number of pixels."""

    def expand_mask(
        self,
        mask: Mask,
        expand: Annotated[int, Number(0, -MAX_RESOLUTION, MAX_RESOLUTION, step=1)],
        tapered_corners: Annotated[bool, Toggle(True), Tip("Grow along the axes only, so that corners get round.")],
    ) -> Mask:
        return ops.grow(mask, expand, tapered_corners)


@node("mask")
class ThresholdMask:
    """Make a mask hard: 1 above a value, 0 elsewhere."""

    def image_to_mask(self, mask: Mask, value: Annotated[float, Number(0.5)]) -> Mask:
        return (mask > value).float()
