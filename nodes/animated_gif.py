"""The node that writes a batch of pictures as an animated GIF."""

from typing import Annotated, Any, BinaryIO

from comfy import animations
from nodes.animation import save_animation
from nodes.declare import node
from nodes.input_files import check_prefix
from nodes.types import ExtraPngInfo, Image, PromptGraph, Ui
from nodes.widgets import OPTIONAL, Number, Text, Tip


@node("image/animation", output_node=True, display_name="Save Animated GIF", validate=check_prefix)
class SaveAnimatedGIF:
    """Write pictures as one animated GIF, which every program shows; it has 256 colours a frame and no settings."""

    def save_images(
        self,
        images: Image,
        filename_prefix: Annotated[str, Text("Skein")],
        fps: Annotated[float, Number(6.0, 0.01, 50.0), Tip("GIF counts in hundredths of a second.")],
        loops: Annotated[int, Number(0, 0, 65535), Tip("How often it plays; 0 for ever."), OPTIONAL] = 0,
        prompt: PromptGraph = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Ui:
        def encode(file: BinaryIO, frames: Any, texts: dict[str, str]) -> None:
            animations.write_gif(file, frames, fps, loops)

        return save_animation(images, filename_prefix, ".gif", encode, prompt, extra_pnginfo)
