"""What packs import as `comfy_api.latest.ui`: what a node's card shows, as files, pictures or text."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from nodes.compat.api.types import FolderType
from nodes.compat.names import lacks
from nodes.image_files import PreviewImage as _PreviewNode
from nodes.image_files import SaveImage as _SaveNode


class SavedResult(dict[str, Any]):
    """A file that was saved: its name, subfolder and the folder's type."""

    def __init__(self, filename: str, subfolder: str, type: Any) -> None:  # noqa: A002 - packs name it
        super().__init__(filename=filename, subfolder=subfolder, type=getattr(type, "value", type))

    filename = property(lambda self: self["filename"])
    subfolder = property(lambda self: self["subfolder"])
    type = property(lambda self: self["type"])


class SavedImages:
    """Pictures that were saved, and whether they move."""

    def __init__(self, results: Sequence[Any], is_animated: bool = False) -> None:
        self.results, self.is_animated = list(results), is_animated

    def as_dict(self) -> dict[str, Any]:
        told: dict[str, Any] = {"images": list(self.results)}
        return {**told, "animated": (True,)} if self.is_animated else told


class SavedAudios:
    """Sounds that were saved."""

    def __init__(self, results: Sequence[Any]) -> None:
        self.results = list(results)

    def as_dict(self) -> dict[str, Any]:
        return {"audio": list(self.results)}


class PreviewImage:
    """Shows images without keeping them; `cls` is the node, whose hidden inputs become the pictures' metadata."""

    def __init__(self, image: Tensor, animated: bool = False, cls: Any = None, **_: Any) -> None:
        hidden = getattr(cls, "hidden", None)
        saved: Any = _PreviewNode().save_images(
            image, "ComfyUI", getattr(hidden, "prompt", None), getattr(hidden, "extra_pnginfo", None)
        )
        self.values, self.animated = saved["ui"]["images"], animated

    def as_dict(self) -> dict[str, Any]:
        return {"images": self.values, "animated": (self.animated,)}


class PreviewMask(PreviewImage):
    """Shows masks [B, H, W] in grey."""

    def __init__(self, mask: Tensor, animated: bool = False, cls: Any = None, **_: Any) -> None:
        images = mask.reshape((-1, 1, *mask.shape[-2:])).movedim(1, -1).expand(-1, -1, -1, 3)
        super().__init__(torch.as_tensor(images), animated, cls)


class PreviewText:
    """Shows a text."""

    def __init__(self, value: str, **_: Any) -> None:
        self.value = value

    def as_dict(self) -> dict[str, Any]:
        return {"text": (self.value,)}


class ImageSaveHelper:
    """Writes images as PNG files that carry their workflow."""

    @staticmethod
    def save_images(
        images: Tensor, filename_prefix: str, folder_type: Any, cls: Any = None, compress_level: int = 4
    ) -> list[SavedResult]:
        """Save a batch; answers where each file lies, which is written by the time the prompt is done."""
        node = _PreviewNode() if FolderType(folder_type) == FolderType.temp else _SaveNode()
        node.compress_level = compress_level
        hidden = getattr(cls, "hidden", None)
        saved: Any = node.save_images(
            images, filename_prefix, getattr(hidden, "prompt", None), getattr(hidden, "extra_pnginfo", None)
        )
        return [SavedResult(**one) for one in saved["ui"]["images"]]

    @classmethod
    def get_save_images_ui(
        cls, images: Tensor, filename_prefix: str, cls_: Any = None, compress_level: int = 4, **options: Any
    ) -> SavedImages:
        """The same as what a card shows."""
        node = options.get("cls", cls_)
        return SavedImages(cls.save_images(images, filename_prefix, FolderType.output, node, compress_level))


__getattr__ = partial(lacks, "comfy_api.latest.ui")
