"""What packs import as `comfy_api.input_impl` and `comfy_api.util`: videos as values; Skein keeps none in files."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

from torch import Tensor

from nodes.compat.foreign import NotPartOfSkein
from nodes.compat.names import lacks_of


class VideoContainer(str, Enum):
    """What a video's file is."""

    AUTO = "auto"
    MP4 = "mp4"

    @classmethod
    def as_input(cls) -> list[str]:
        return [one.value for one in cls]

    @classmethod
    def get_extension(cls, value: Any) -> str:
        return "mp4"


class VideoCodec(str, Enum):
    """How its pictures are packed."""

    AUTO = "auto"
    H264 = "h264"

    @classmethod
    def as_input(cls) -> list[str]:
        return [one.value for one in cls]


@dataclass
class VideoComponents:
    """Pictures [T, H, W, 3] in time, with sound."""

    images: Tensor
    frame_rate: Fraction
    audio: Any = None
    metadata: dict[str, Any] | None = None


class VideoInput(ABC):
    """A video that nodes pass on; packs may bring kinds of their own."""

    @abstractmethod
    def get_components(self) -> VideoComponents:
        """Its pictures and sound."""

    @abstractmethod
    def save_to(
        self,
        path: Any,
        format: Any = VideoContainer.AUTO,  # noqa: A002 - packs name it
        codec: Any = VideoCodec.AUTO,
        metadata: Any = None,
    ) -> None:
        """Write it as a file."""

    def get_stream_source(self) -> Any:
        raise NotPartOfSkein("Reading a video as a stream")

    def get_dimensions(self) -> tuple[int, int]:
        """Width and height."""
        images = self.get_components().images
        return images.shape[2], images.shape[1]

    def get_frame_count(self) -> int:
        return len(self.get_components().images)

    def get_frame_rate(self) -> Fraction:
        return self.get_components().frame_rate

    def get_duration(self) -> float:
        """Seconds."""
        return float(self.get_frame_count() / self.get_frame_rate())

    def get_container_format(self) -> str:
        return "mp4"


class VideoFromComponents(VideoInput):
    """A video of pictures that a pack has in hand."""

    def __init__(self, components: VideoComponents) -> None:
        self._components = components

    def get_components(self) -> VideoComponents:
        return self._components

    def save_to(self, path: Any, *_: Any, **__: Any) -> None:
        raise NotPartOfSkein("Writing a video's file")


class VideoFromFile(VideoInput):
    """A video in a file, which Skein does not read."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def get_stream_source(self) -> Any:
        return self._file

    def get_components(self) -> VideoComponents:
        raise NotPartOfSkein("Reading a video's file")

    def save_to(self, path: Any, *_: Any, **__: Any) -> None:
        raise NotPartOfSkein("Writing a video's file")


__getattr__ = lacks_of("comfy_api.input_impl")
