"""Nodes that write a batch of pictures as one animation."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from comfy import animations
from comfy.images import to_bytes
from execution import paths, progress
from execution.picture_texts import exif_of
from nodes.declare import node
from nodes.file_names import filled_prefix
from nodes.input_files import check_prefix
from nodes.metadata import find_save_node, picture_texts
from nodes.types import ExtraPngInfo, Image, PromptGraph, Ui
from nodes.widgets import Choice, Number, Text, Toggle

FramesPerSecond = Annotated[float, Number(6.0, 0.01, 1000.0)]
Prefix = Annotated[str, Text("ComfyUI")]
Encode = Callable[[BinaryIO, Any, dict[str, str]], None]


@node("image/animation", output_node=True, validate=check_prefix)
class SaveAnimatedPNG:
    """Write pictures as one animated PNG."""

    def save_images(
        self,
        images: Image,
        filename_prefix: Prefix,
        fps: FramesPerSecond,
        compress_level: Annotated[int, Number(4, 0, 9)],
        prompt: PromptGraph = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Ui:
        encode = partial(animations.write_apng, frames_per_second=fps, compression=compress_level)
        return save_animation(images, filename_prefix, ".png", encode, prompt, extra_pnginfo)


@node("image/animation", output_node=True, validate=check_prefix)
class SaveAnimatedWEBP:
    """Write pictures as one animated WebP."""

    def save_images(
        self,
        images: Image,
        filename_prefix: Prefix,
        fps: FramesPerSecond,
        lossless: Annotated[bool, Toggle(True)],
        quality: Annotated[int, Number(80, 0, 100)],
        method: Annotated[str, Choice(tuple(animations.WEBP_METHODS))],
        prompt: PromptGraph = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Ui:
        def encode(file: BinaryIO, frames: Any, texts: dict[str, str]) -> None:
            animations.write_webp(
                file, frames, exif_of(texts), fps, is_lossless=lossless, quality=quality, method=method
            )

        return save_animation(images, filename_prefix, ".webp", encode, prompt, extra_pnginfo)


def save_animation(
    images: Image, prefix: str, ending: str, encode: Encode, prompt: PromptGraph, extra_pnginfo: ExtraPngInfo
) -> Ui:
    """Write all images into one file of the output folder, off this thread."""
    _, height, width, _ = images.shape
    save_node = progress.current().node_id or find_save_node(prompt, prefix)
    prefix = filled_prefix(prefix, prompt, save_node)
    texts = picture_texts(prompt, extra_pnginfo, save_node, width=width, height=height).of(0)
    frames = to_bytes(images)
    file = paths.current().new_files(prefix, paths.current().output, width, height, ending=f"_{ending}")
    progress.current().defer(partial(_write, file.path, encode, frames, texts))
    shown = {"filename": file.filename, "subfolder": file.subfolder, "type": "output"}
    return {"ui": {"images": [shown], "animated": (True,)}}


def _write(path: Path, encode: Encode, frames: Any, texts: dict[str, str]) -> None:
    with paths.write_new_file(path) as file:
        encode(file, frames, texts)
