"""The node that shows a mask."""

from comfy import masks
from nodes.declare import node
from nodes.image_files import PreviewImage
from nodes.types import ExtraPngInfo, Mask, PromptGraph, Ui


@node("mask", output_node=True)
class MaskPreview:
    """Show a mask as a grey picture, without keeping it."""

    def execute(self, mask: Mask, prompt: PromptGraph = None, extra_pnginfo: ExtraPngInfo = None) -> Ui:
        ui: Ui = PreviewImage().preview_images(masks.to_images(mask), prompt, extra_pnginfo)
        return ui
