"""Nodes that read pictures from the output folder, a whole folder, or a camera."""

from pathlib import Path
from typing import Annotated

import torch

from comfy import image_files
from comfy import images as ops
from execution import paths
from nodes.declare import node
from nodes.image_files import PICTURE_EXTENSIONS, check_picture, picture_fingerprint
from nodes.needs import need
from nodes.types import MAX_RESOLUTION, Clip, Conditioning, Image, Mask
from nodes.widgets import Choice, Number, Other, Tip, Toggle

OUTPUT_LIST = {
    "image_upload": True,
    "image_folder": "output",
    "remote": {"route": "/internal/files/output", "refresh_button": True, "control_after_refresh": "first"},
}
OutputName = Annotated[str, Other("COMBO", OUTPUT_LIST)]
CameraSide = Annotated[int, Number(0, 0, MAX_RESOLUTION, step=1)]
TrainingSide = Annotated[int, Number(-1, -1, 10_000, step=1)]
CAPTION = ".txt"
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
        return _batch(_some_pictures(folder), resize_method or "None")


def training_fingerprint(folder: str | None, **_other: object) -> str | None:
    """Names, sizes and times of the pictures in a folder and of the texts beside them."""
    texts = [path.with_suffix(CAPTION) for path in pictures_of(folder)] if folder else []
    stats = [path.stat() for path in texts if path.is_file()]
    told = ";".join(f"{status.st_size} {status.st_mtime_ns}" for status in stats)
    return folder and f"{folder_fingerprint(folder)}|{told}"


@node(
    "loaders",
    display_name="Load Image and Text Dataset from Folder",
    fingerprint=training_fingerprint,
    experimental=True,
)
class LoadImageTextSetFromFolderNode:
    """Read all pictures of a folder as one batch, and the texts beside them (name.txt) as conditioning for each.

    A picture without a text has an empty one.
    """

    def load_images(
        self,
        folder: Annotated[str, Choice(input_folders), Tip("The folder, in the input folder.")],
        clip: Annotated[Clip, Tip("Encodes the texts.")],
        resize_method: Annotated[str, Choice(("None", "Stretch", "Crop", "Pad"), default="None")] | None = "None",
        width: Annotated[TrainingSide, Tip("How wide all become; -1 is as wide as the first.")] | None = -1,
        height: Annotated[TrainingSide, Tip("How high all become; -1 is as high as the first.")] | None = -1,
    ) -> tuple[Image, Conditioning]:
        clip, found = need(clip, "clip"), _some_pictures(folder)
        texts = [_caption(path) for path in found]
        encoded = {text: clip.encode(text)[0] for text in dict.fromkeys(texts)}
        return _batch(found, resize_method or "None", width, height), [encoded[text] for text in texts]


def _caption(picture: Path) -> str:
    path = picture.with_suffix(CAPTION)
    return path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else ""


def _some_pictures(folder: str) -> list[Path]:
    found = pictures_of(folder)
    if not found:
        raise FolderError(f"There are no pictures in the folder {folder!r}. Put some there, or choose another.")
    return found


def _batch(found: list[Path], resize_method: str, width: int | None = -1, height: int | None = -1) -> torch.Tensor:
    """The pictures in one batch, of a size or of the first one's."""
    images = [image_files.read_picture(path).images[:1] for path in found]
    _, own_height, own_width, _ = images[0].shape
    wide = width if width is not None and width > 0 else own_width
    high = height if height is not None and height > 0 else own_height
    return torch.cat([_fitted(image, wide, high, resize_method) for image in images])


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
