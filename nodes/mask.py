"""Nodes that make and change masks."""

from comfy import masks
from nodes.declare import node
from nodes.types import Image, Mask


@node("mask", display_name="Convert Mask to Image")
class MaskToImage:
    """Show a mask as a grey picture."""

    def mask_to_image(self, mask: Mask) -> Image:
        return masks.to_images(mask)
