"""Nodes that read pictures from the output folder, a whole folder, or a camera."""

from pathlib import Path
from typing import Annotated

import torch

from comfy import image_files
from comfy import images as ops
from execution import paths
from nodes.declare import node
from nodes.image_files import PICTURE_EXTENSIONS, check_picture, picture_fingerprint
from nodes.types import MAX_RESOLUTION, Image, Mask
from nodes.widgets import Choice, Number, Other, Tip, Toggle

OUTPUT_LIST = {
    "image_upload": True,
    "image_folder": "output",
    "remote": {"route": "/internal/files/output", "refresh_button": True, "control_after_refresh": "first"},
}
OutputName = Annotated[str, Other("COMBO", OUTPUT_LIST)]
CameraSide = Annotated[int, Number(0, 0, MAX_RESOLUTION, step=1)]
RESIZES = {"Stretch": "disabled", "Crop": "center"}


class FolderError(ValueError):
    """A folder of pictures cannot be used; the message says why and what helps."""


def input_folders() -> list[str]:
    """Names of the folders in the input folder, sorted."""
    folder = paths.current().input
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []


@node(
    "image",
    display_name="Load Image (from Outputs)",
    fingerprint=picture_fingerprint,
    validate=check_picture,
    experimental=True,
)
class LoadImageOutput:
    """Read a picture that was made before."""

    def load_image(self, image: OutputName) -> tuple[Image, Mask]:
        picture = image_files.read_picture(paths.current().annotated(image))
        return picture.images, picture.masks


@node("image", display_name="Webcam Capture", fingerprint=picture_fingerprint)
class WebcamCapture:
    """Read the picture that a camera took for this prompt."""

    def load_capture(
        self,
        image: Annotated[str, Other("WEBCAM")],
        width: CameraSide,
        height: CameraSide,
        capture_on_queue: Annotated[bool, Toggle(True)],
    ) -> Image:
        return image_files.read_picture(paths.current().annotated(image)).images


def folder_fingerprint(folder: str | None, **_other: object) -> str | None:
    """Names, sizes and times of the pictures in a folder."""
    stats = [(path.name, path.stat()) for path in pictures_of(folder)] if folder else []
    return folder and ";".join(f"{name} {status.st_size} {status.st_mtime_ns}" for name, status in stats)


@node("loaders", display_name="Load Image Dataset from Folder", fingerprint=folder_fingerprint, experimental=True)
class LoadImageSetFromFolderNode:
    """Read all pictures of a folder of the input folder as one batch.

    Those in a folder of it called `3_name` come three times.
    """

    def load_images(
        self,
        folder: Annotated[str, Choice(input_folders), Tip("The folder, in the input folder.")],
        resize_method: Annotated[str, Choice(("None", "Stretch", "Crop", "Pad"), default="None")] | None = "None",
    ) -> Image:
        found = pictures_of(folder)
        if not found:
            raise FolderError(f"There are no pictures in the folder {folder!r}. Put some there, or choose another.")
        images = [image_files.read_picture(path).images[:1] for path in found]
        _, height, width, _ = images[0].shape
        return torch.cat([_fitted(image, width, height, resize_method or "None") for image in images])


def pictures_of(folder: str) -> list[Path]:
    """The pictures of a folder, then those of its folders, as often as these ask for."""
    root = paths.current().resolve("input", folder)
    if not root.is_dir():
        raise FolderError(f"There is no folder {folder!r} in the input folder.")
    found = pictures_in(root)
    for inner in sorted(entry for entry in root.iterdir() if entry.is_dir()):
        times = inner.name.split("_")[0]
        found += pictures_in(inner) * (int(times) if times.isdecimal() else 1)
    return found


def pictures_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_EXTENSIONS and path.is_file())


def _fitted(image: torch.Tensor, width: int, height: int, method: str) -> torch.Tensor:
    if image.shape[1:3] == (height, width):
        return image
    if method == "None":
        raise FolderError(
            f"The pictures differ in size: {image.shape[2]}×{image.shape[1]} after {width}×{height}. "
            "Choose a resize method."
        )
    if method == "Pad":
        return ops.pad_to(image, width, height, "bilinear", 1.0)
    return ops.resize(image, width, height, "bilinear", RESIZES[method])
