"""Nodes that make lists to go through: numbers, lines, the pictures of a folder."""

import uuid
from typing import Annotated

from comfy import image_files
from execution import paths
from nodes.declare import node, reads_links
from nodes.image_folders import FolderError, folder_fingerprint, input_folders, pictures_of
from nodes.primitives import as_text
from nodes.types import AnyValue, Image, Mask, TextValue
from nodes.widgets import Choice, Name, Number, Text, Tip

CATEGORY = "utils/loops"


@node(CATEGORY, display_name="Range of Numbers")
class RangeList:
    """Numbers from one to another, both ends counted, as one list for For Each."""

    def make(
        self,
        first: Annotated[float, Number(0.0, -1e9, 1e9)],
        last: Annotated[float, Number(1.0, -1e9, 1e9)],
        count: Annotated[int, Number(5, 1, 10_000)],
    ) -> Annotated[AnyValue, Name("items")]:
        step = (last - first) / max(count - 1, 1)
        return [first + index * step for index in range(count)]


@node(CATEGORY, display_name="List of Texts")
class TextList:
    """The lines of a text as one list for For Each; empty ones are left out."""

    def make(self, text: Annotated[str, Text(multiline=True)]) -> Annotated[AnyValue, Name("items")]:
        return [line.strip() for line in text.splitlines() if line.strip()]


@node(CATEGORY, display_name="Pictures of a Folder", fingerprint=folder_fingerprint)
class FolderList:
    """The names of the pictures in a folder of the input folder, as one list for For Each."""

    def make(
        self, folder: Annotated[str, Choice(input_folders), Tip("The folder, in the input folder.")]
    ) -> Annotated[AnyValue, Name("items")]:
        names = [f"{folder}/{path.name}" for path in pictures_of(folder)]
        if not names:
            raise FolderError(f"There are no pictures in the folder {folder!r}. Put some there, or choose another.")
        return names


@reads_links
def stamp_of_picture(name: str | None = None) -> str | None:
    """Which state of the file; what another node gives is not known before that has run."""
    if name is None:
        return uuid.uuid4().hex
    status = paths.current().annotated(name).stat()
    return f"{status.st_size} bytes of {status.st_mtime_ns}"


@node("image", display_name="Load Image by Name", fingerprint=stamp_of_picture)
class LoadImageByName:
    """Read the picture whose name another node gives, such as one of Pictures of a Folder."""

    def load(self, name: TextValue) -> tuple[Image, Mask]:
        picture = image_files.read_picture(paths.current().annotated(name))
        return picture.images, picture.masks


@node("utils/string", display_name="Value to Text")
class ValueToText:
    """A number or any other value in words, for names, prompts and what else takes a text."""

    def tell(self, value: AnyValue) -> Annotated[TextValue, Name("text")]:
        return as_text(value)
