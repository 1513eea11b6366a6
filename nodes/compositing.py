"""Nodes that lay pictures and latents on one another."""

from typing import Annotated

from comfy import compositing as ops
from nodes.declare import node
from nodes.types import MAX_RESOLUTION, Image, Latent, Mask
from nodes.widgets import Choice, Number, Tip, Toggle

Offset = Annotated[int, Number(0, 0, MAX_RESOLUTION, step=1)]
LatentOffset = Annotated[int, Number(0, 0, MAX_RESOLUTION, step=8)]
ResizeSource = Annotated[bool, Toggle(), Tip("Bring the source to the destination's size first.")]
PIXELS_PER_LATENT = 8


@node("image")
class ImageCompositeMasked:
    """Lay a picture on another, seen through a mask."""

    def composite(
        self,
        destination: Image,
        source: Image,
        x: Offset,
        y: Offset,
        resize_source: ResizeSource,
        mask: Mask | None = None,
    ) -> Image:
        under, over = destination.movedim(-1, 1), ops.with_channels_of(source, destination).movedim(-1, 1)
        return ops.overlay(under, over, x, y, mask, is_resized=resize_source).movedim(1, -1)


@node("latent")
class LatentCompositeMasked:
    """Lay a latent on another, seen through a mask."""

    def composite(
        self,
        destination: Latent,
        source: Latent,
        x: LatentOffset,
        y: LatentOffset,
        resize_source: ResizeSource,
        mask: Mask | None = None,
    ) -> Latent:
        samples = ops.overlay(
            destination["samples"],
            source["samples"],
            x // PIXELS_PER_LATENT,
            y // PIXELS_PER_LATENT,
            mask,
            is_resized=resize_source,
        )
        return {**destination, "samples": samples}


@node("mask/compositing", display_name="Join Image with Alpha")
class JoinImageWithAlpha:
    """Make a picture transparent where a mask is white."""

    def join_image_with_alpha(self, image: Image, alpha: Mask) -> Image:
        return ops.join_alpha(image, alpha)


@node("mask/compositing", display_name="Split Image with Alpha")
class SplitImageWithAlpha:
    """Take a picture's opacity away, and mask what was transparent."""

    def split_image_with_alpha(self, image: Image) -> tuple[Image, Mask]:
        return ops.split_alpha(image)


@node("mask/compositing", display_name="Porter-Duff Image Composite")
class PorterDuffImageComposite:
    """Join two pictures with opacity in one of the ways that Porter and Duff named."""

    def composite(
        self,
        source: Image,
        source_alpha: Annotated[Mask, Tip("What is transparent in the source.")],
        destination: Image,
        destination_alpha: Annotated[Mask, Tip("What is transparent in the destination.")],
        mode: Annotated[str, Choice(tuple(ops.MODES), default="DST")],
    ) -> tuple[Image, Mask]:
        return ops.porter_duff(source, source_alpha, destination, destination_alpha, mode)
