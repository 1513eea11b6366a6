"""What packs import as `comfy_api.latest`, and by the numbers of its versions."""

from abc import ABC, abstractmethod
from typing import Any

from PIL import Image
from torch import Tensor

from comfy.images import to_bytes
from execution import progress
from nodes.compat.api import io as io
from nodes.compat.api import ui as ui
from nodes.compat.api.replacements import register
from nodes.compat.api.schema import NodeReplace
from nodes.compat.api.video import VideoCodec, VideoComponents, VideoContainer, VideoFromComponents, VideoFromFile
from nodes.compat.api.video import VideoInput as VideoInput
from nodes.compat.foreign import stand_in
from nodes.compat.names import lacks_of
from nodes.compat.previews import encoded
from nodes.compat.utils import report_progress

IO = io
UI = ui
PREVIEW_SIDE = 512


class ComfyExtension(ABC):
    """What a pack's `comfy_entrypoint` answers."""

    async def on_load(self) -> None:  # noqa: B027 - packs may leave it as it is
        """Called once, before the nodes are asked for."""

    @abstractmethod
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """The node classes of the pack."""


class Execution:
    """The node that runs, as packs tell of it."""

    async def set_progress(
        self,
        value: float,
        max_value: float,
        node_id: str | None = None,
        preview_image: Any = None,
        ignore_size_limit: bool = False,
    ) -> None:
        """Show how far the node is, with a Pillow picture or an image [B, H, W, C]."""
        tell_progress(value, max_value, preview_image, ignore_size_limit)


class ExecutionSync:
    """The same for nodes that do not await."""

    def set_progress(
        self,
        value: float,
        max_value: float,
        node_id: str | None = None,
        preview_image: Any = None,
        ignore_size_limit: bool = False,
    ) -> None:
        """Show how far the node is, with a Pillow picture or an image [B, H, W, C]."""
        tell_progress(value, max_value, preview_image, ignore_size_limit)


def tell_progress(value: float, max_value: float, preview_image: Any, ignore_size_limit: bool) -> None:
    """Tell whoever watches; raises `Interrupted` once the prompt is cancelled."""
    if preview_image is None:
        report_progress(value, max_value)
        return
    picture = _picture(preview_image) if isinstance(preview_image, Tensor) else preview_image
    shown = ("PNG" if picture.mode == "RGBA" else "JPEG", picture, None if ignore_size_limit else PREVIEW_SIDE)
    progress.current().update(value, max_value, encoded(shown))


def _picture(images: Tensor) -> Any:
    return Image.fromarray(to_bytes(images[:1])[0])


class NodeReplacement:
    """Node classes that others have taken the place of."""

    async def register(self, node_replace: NodeReplace) -> None:
        """Have prompts that name an old class run with the new one, wherever the old one is not there."""
        register(node_replace)


class NodeReplacementSync:
    """The same for code that does not await."""

    def register(self, node_replace: NodeReplace) -> None:
        """Have prompts that name an old class run with the new one, wherever the old one is not there."""
        register(node_replace)


class ComfyAPI:
    """The engine, for packs that keep to its published face."""

    def __init__(self) -> None:
        self.execution, self.node_replacement = Execution(), NodeReplacement()


class ComfyAPISync:
    """The same for code that does not await."""

    def __init__(self) -> None:
        self.execution, self.node_replacement = ExecutionSync(), NodeReplacementSync()


class Input:
    """Names of values, for annotations only."""

    Image = Mask = Tensor
    Audio = Latent = dict
    Video = VideoInput


class Types:
    """Kinds of values that have parts."""

    VideoCodec, VideoContainer, VideoComponents = VideoCodec, VideoContainer, VideoComponents
    MESH = stand_in("comfy_api.latest.Types.MESH")
    VOXEL = stand_in("comfy_api.latest.Types.VOXEL")


class InputImpl:
    """Values that are made of files or parts."""

    VideoFromComponents, VideoFromFile = VideoFromComponents, VideoFromFile


ImageInput = MaskInput = Tensor
AudioInput = LatentInput = dict[str, Any]

__getattr__ = lacks_of("comfy_api.latest")
