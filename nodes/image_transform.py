"""Nodes that cut, turn and repeat images."""

from typing import Annotated

import torch

from comfy import images as ops
from nodes.declare import node
from nodes.image import ResizeMethod, ScaledPixels
from nodes.types import MAX_RESOLUTION, Image, Pixels
from nodes.widgets import Choice, Number

Offset = Annotated[int, Number(0, 0, MAX_RESOLUTION, step=1)]
ROTATIONS = ("none", "90 degrees", "180 degrees", "270 degrees")
FLIPS = {"x-axis: vertically": 1, "y-axis: horizontally": 2}
MAX_DIMENSION_METHODS = ("area", "lanczos", "bilinear", "nearest-exact", "bilinear", "bicubic")


@node("image/upscaling")
class ImageScaleToTotalPixels:
    """Resize pictures to about so many million pixels, keeping their proportions."""

    def upscale(
        self,
        image: Image,
        upscale_method: ResizeMethod,
        megapixels: Annotated[float, Number(1.0, 0.01, 16.0)],
    ) -> Image:
        _, height, width, _ = image.shape
        return ops.resize_by(image, (megapixels * 1024 * 1024 / (width * height)) ** 0.5, upscale_method)


@node("image/upscaling")
class ImageScaleToMaxDimension:
    """Resize pictures so that their longer side has so many pixels."""

    def upscale(
        self,
        image: Image,
        upscale_method: Annotated[str, Choice(MAX_DIMENSION_METHODS)],
        largest_size: ScaledPixels,
    ) -> Image:
        _, height, width, _ = image.shape
        longer = max(width, height)
        return ops.resize(
            image, round(width / longer * largest_size), round(height / longer * largest_size), upscale_method
        )


@node("image/transform", display_name="Image Crop")
class ImageCrop:
    """Cut a rectangle out of pictures."""

    def crop(self, image: Image, width: Pixels, height: Pixels, x: Offset, y: Offset) -> Image:
        x, y = min(x, image.shape[2] - 1), min(y, image.shape[1] - 1)
        return image[:, y : y + height, x : x + width]


@node("image/transform")
class ImageRotate:
    """Turn pictures clockwise."""

    def rotate(self, image: Image, rotation: Annotated[str, Choice(ROTATIONS)]) -> Image:
        return torch.rot90(image, ROTATIONS.index(rotation), dims=(2, 1))


@node("image/transform")
class ImageFlip:
    """Mirror pictures."""

    def flip(self, image: Image, flip_method: Annotated[str, Choice(tuple(FLIPS))]) -> Image:
        return image.flip(FLIPS[flip_method])


@node("image/batch")
class RepeatImageBatch:
    """Put a batch several times into one."""

    def repeat(self, image: Image, amount: Annotated[int, Number(1, 1, 4096)]) -> Image:
        return image.repeat(amount, 1, 1, 1)


@node("image/batch")
class ImageFromBatch:
    """Take some pictures out of a batch."""

    def frombatch(
        self,
        image: Image,
        batch_index: Annotated[int, Number(0, 0, 4095)],
        length: Annotated[int, Number(1, 1, 4096)],
    ) -> Image:
        first = min(batch_index, len(image) - 1)
        return image[first : first + length].clone()
