"""Nodes that read pictures from the input folder and write them to the output folder."""

import secrets
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from comfy import image_files
from comfy import images as ops
from execution import paths, progress
from nodes.declare import node
from nodes.file_names import claim_files
from nodes.hashing import sha256_of
from nodes.input_files import check_file, check_prefix, input_names
from nodes.metadata import find_save_node, picture_texts
from nodes.types import ExtraPngInfo, Image, Mask, PromptGraph, Ui
from nodes.widgets import Choice, Text, Tip

PICTURE_EXTENSIONS = frozenset(
    {
        ".png",
        ".apng",
        ".jpg",
        ".jpeg",
        ".webp",
        ".gif",
        ".bmp",
        ".tif",
        ".tiff",
        ".exr",
        ".avif",
        ".jfif",
        ".ico",
        ".mpo",
    }
)
# Browsers remember pictures by name, and the numbers of temp files begin again with every start.
TEMP_MARK = f"_temp_{secrets.token_hex(3)}"
PictureName = Annotated[str, Choice(partial(input_names, PICTURE_EXTENSIONS), more={"image_upload": True})]


def picture_fingerprint(image: str | None, **_other: Any) -> str | None:
    """What a picture's content is, whatever its name and time; None while another node is to name it."""
    return image and sha256_of(paths.current().annotated(image))


def check_picture(image: str | None = None) -> bool | str:
    """True, or why the file widget's value does not lead to a picture."""
    return check_file(image)


@node("image", display_name="Load Image", fingerprint=picture_fingerprint, validate=check_picture)
class LoadImage:
    """Read a picture; every frame of an animation becomes one picture of a batch."""

    def load_image(self, image: PictureName) -> tuple[Image, Mask]:
        picture = image_files.read_picture(paths.current().annotated(image))
        return picture.images, picture.masks


@node("mask", display_name="Load Image (as Mask)", fingerprint=picture_fingerprint, validate=check_picture)
class LoadImageMask:
    """Read one channel of a picture as a mask; alpha is turned round, so that what is transparent gets changed."""

    def load_image(
        self, image: PictureName, channel: Annotated[str, Choice(("alpha", "red", "green", "blue"))]
    ) -> Mask:
        return image_files.read_channel(paths.current().annotated(image), channel)


@node("image", display_name="Save Image", output_node=True, validate=check_prefix)
class SaveImage:
    """Write pictures into the output folder as PNG files that carry their own workflow."""

    # Packs subclass this one and set these to save elsewhere.
    def __init__(self) -> None:
        self.output_dir: str | Path = paths.current().output
        self.type = "output"
        self.prefix_append = ""
        self.compress_level = 4

    def save_images(
        self,
        images: Annotated[Image, Tip("The pictures to write.")],
        filename_prefix: Annotated[
            str,
            Text("ComfyUI"),
            Tip("How file names begin; may name a subfolder and hold %date:yyyy-MM-dd%, %seed% or %KSampler.seed%."),
        ] = "ComfyUI",
        prompt: PromptGraph = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Ui:
        batch, height, width, _ = images.shape
        save_node = progress.current().node_id or find_save_node(prompt, filename_prefix)
        texts = picture_texts(prompt, extra_pnginfo, save_node, width=width, height=height, batch_size=batch)
        pictures = ops.to_bytes(images)
        prefix = filename_prefix + self.prefix_append
        files = claim_files(prefix, prompt, save_node, self.output_dir, (width, height), batch)
        saved = []
        for index, (file, pixels) in enumerate(zip(files, pictures, strict=True)):
            write = partial(_write, file.path, pixels, texts.of(index), self.compress_level, self.type != "temp")
            progress.current().defer(write)
            saved.append({"filename": file.filename, "subfolder": file.subfolder, "type": self.type})
        return {"ui": {"images": saved}}


@node("image", display_name="Preview Image", output_node=True)
class PreviewImage(SaveImage):
    """Show pictures without keeping them: they go to the temp folder, which is emptied."""

    def __init__(self) -> None:
        super().__init__()
        self.output_dir = paths.current().temp
        self.type = "temp"
        self.prefix_append = TEMP_MARK
        self.compress_level = 1

    def preview_images(self, images: Image, prompt: PromptGraph = None, extra_pnginfo: ExtraPngInfo = None) -> Ui:
        return self.save_images(images, "ComfyUI", prompt, extra_pnginfo)


def _write(path: Path, pixels: np.ndarray, texts: dict[str, str], compress_level: int, is_kept: bool) -> None:
    with paths.write_new_file(path, is_kept) as file:
        image_files.write_png(file, pixels, texts, compress_level)
