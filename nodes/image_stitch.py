"""Nodes that measure pictures, join them, pad them, and take their colours apart."""

from typing import Annotated

import torch

from comfy import images as ops
from comfy import stitching
from nodes.declare import node
from nodes.types import Image, IntValue, Pixels, UniqueId
from nodes.widgets import Choice, Name, Number, Toggle

PADDING = {"white": 1.0, "black": 0.0}
INTERPOLATIONS = ("area", "bicubic", "nearest-exact", "bilinear", "lanczos")


@node("image", display_name="Get Image Size")
class GetImageSize:
    """How wide and high pictures are, and how many."""

    def get_size(
        self, image: Image, unique_id: UniqueId = None
    ) -> tuple[
        Annotated[IntValue, Name("width")], Annotated[IntValue, Name("height")], Annotated[IntValue, Name("batch_size")]
    ]:
        batch, height, width, _ = image.shape
        return width, height, batch


@node("image/transform", display_name="Image Stitch")
class ImageStitch:
    """Put one picture beside another."""

    def stitch(
        self,
        image1: Image,
        direction: Annotated[str, Choice(stitching.DIRECTIONS, default="right")],
        match_image_size: Annotated[bool, Toggle(True)],
        spacing_width: Annotated[int, Number(0, 0, 1024, step=2)],
        spacing_color: Annotated[str, Choice(tuple(stitching.COLOURS), default="white")],
        image2: Image | None = None,
    ) -> Image:
        if image2 is None:
            return image1
        return stitching.stitch(image1, image2, direction, match_image_size, spacing_width, spacing_color)


@node("image/transform")
class ResizeAndPadImage:
    """Resize pictures to fit inside a size, with a border that fills it."""

    def resize_and_pad(
        self,
        image: Image,
        target_width: Pixels,
        target_height: Pixels,
        padding_color: Annotated[str, Choice(tuple(PADDING))],
        interpolation: Annotated[str, Choice(INTERPOLATIONS)],
    ) -> Image:
        return ops.pad_to(image, target_width, target_height, interpolation, PADDING[padding_color])


@node("image/batch", display_name="ImageRGBToYUV")
class ImageRGBToYUV:
    """Take pictures apart into brightness and two differences of colour, each shown as grey."""

    def execute(
        self, image: Image
    ) -> tuple[Annotated[Image, Name("Y")], Annotated[Image, Name("U")], Annotated[Image, Name("V")]]:
        y, u, v = (channel[..., None].expand(*channel.shape, 3) for channel in stitching.rgb_to_yuv(image).unbind(-1))
        return y, u, v


@node("image/batch", display_name="ImageYUVToRGB")
class ImageYUVToRGB:
    """Put pictures together from brightness and two differences of colour."""

    def execute(self, Y: Image, U: Image, V: Image) -> Image:
        return stitching.yuv_to_rgb(torch.stack([channel.mean(dim=-1) for channel in (Y, U, V)], dim=-1))
