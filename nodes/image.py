"""Nodes that make and change images."""

from typing import Annotated

from comfy import images as ops
from comfy import masks
from nodes.declare import node
from nodes.types import MAX_RESOLUTION, Image, Mask, Pixels
from nodes.widgets import Choice, Number, Tip

ResizeMethod = Annotated[str, Choice(ops.RESIZE_METHODS)]
Crop = Annotated[str, Choice(ops.CROPS)]
ScaledPixels = Annotated[int, Number(512, 0, MAX_RESOLUTION, step=1)]
Border = Annotated[int, Number(0, 0, MAX_RESOLUTION, step=8)]


@node("image")
class EmptyImage:
    """Pictures of a single colour."""

    def generate(
        self,
        width: Pixels,
        height: Pixels,
        batch_size: Annotated[int, Number(1, 1, 4096)] = 1,
        color: Annotated[int, Number(0, 0, 0xFFFFFF, step=1, display="color")] = 0,
    ) -> Image:
        return ops.solid(width, height, batch_size, color)


@node("image/upscaling", display_name="Upscale Image")
class ImageScale:
    """Resize pictures to a width and height; a side of 0 follows from the other."""

    def upscale(
        self, image: Image, upscale_method: ResizeMethod, width: ScaledPixels, height: ScaledPixels, crop: Crop
    ) -> Image:
        return ops.resize_keeping_zeros(image, width, height, upscale_method, crop)


@node("image/upscaling", display_name="Upscale Image By")
class ImageScaleBy:
    """Resize pictures by a factor."""

    def upscale(
        self, image: Image, upscale_method: ResizeMethod, scale_by: Annotated[float, Number(1.0, 0.01, 8.0)]
    ) -> Image:
        return ops.resize_by(image, scale_by, upscale_method)


@node("image", display_name="Invert Image")
class ImageInvert:
    """Turn every colour into its opposite."""

    def invert(self, image: Image) -> Image:
        return 1.0 - image


@node("image", display_name="Batch Images")
class ImageBatch:
    """Put two pictures or batches into one batch; the second takes the size of the first."""

    def batch(self, image1: Image, image2: Image) -> Image:
        return ops.concatenate(image1, image2)


@node("image/postprocessing")
class ImageBlend:
    """Mix two pictures in one of the ways that paint programs know."""

    def blend_images(
        self,
        image1: Annotated[Image, Tip("The lower picture; its size is kept.")],
        image2: Annotated[Image, Tip("The upper picture.")],
        blend_factor: Annotated[float, Number(0.5), Tip("0 leaves the lower picture as it is.")],
        blend_mode: Annotated[str, Choice(tuple(ops.BLENDS))],
    ) -> Image:
        return ops.blend(image1, image2, blend_mode, blend_factor)


@node("image", display_name="Pad Image for Outpainting")
class ImagePadForOutpaint:
    """Add a border to a picture, with a mask of what is to be painted there."""

    def expand_image(
        self,
        image: Image,
        left: Border,
        top: Border,
        right: Border,
        bottom: Border,
        feathering: Annotated[
            int,
            Number(40, 0, MAX_RESOLUTION, step=1),
            Tip("How many pixels inside the old edge the mask fades over."),
        ],
    ) -> tuple[Image, Mask]:
        _, height, width, _ = image.shape
        mask = masks.outpaint_mask(left, top, right, bottom, width, height, feathering)
        return ops.pad(image, left, top, right, bottom), mask
