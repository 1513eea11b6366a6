"""Reading model files safely: the format is told by content, and nothing in a file is ever run."""

import json
import math
import mmap
import pickle
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from comfy.errors import ModelFileError, UnsafeFileError
from comfy.torch_script import is_torch_script, read_torch_script

MAX_HEADER_BYTES = 100_000_000  # the limit that the format's own reader sets
DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


@dataclass(frozen=True)
class Place:
    """What a tensor is and where it lies in its file, in bytes from the start."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    begin: int
    end: int


class MappedStateDict(dict[str, torch.Tensor]):
    """Tensors that lie in a memory-mapped file, read from disk as they are used."""

    def __init__(
        self,
        tensors: Mapping[str, torch.Tensor],
        metadata: Mapping[str, str],
        mapping: mmap.mmap,
        places: Mapping[str, Place],
    ) -> None:
        super().__init__(tensors)
        self.metadata = dict(metadata)
        self._mapping = mapping
        self._places = places

    def page_out(self, key: str) -> None:
        """Let the system take a tensor's memory back; it is read from disk again where it is used again."""
        if not hasattr(mmap, "MADV_DONTNEED"):
            return
        place = self._places[key]
        begin = -(-place.begin // mmap.PAGESIZE) * mmap.PAGESIZE
        length = place.end - begin
        if length > 0:
            self._mapping.madvise(mmap.MADV_DONTNEED, begin, length)


def read_state_dict(path: str | Path) -> dict[str, torch.Tensor]:
    """Read a model file's tensors by name, mapped into memory where the format allows.

    Reads safetensors, torch's zip format (weights only) and TorchScript's; raises ModelFileError for anything else.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise ModelFileError(f"{path.name} cannot be read: {error.strerror or error}") from error
    if start[:4] == b"PK\x03\x04":
        return _read_torch_zip(path)
    if len(start) > 8 and start[8:9] == b"{":
        return _read_safetensors(path)
    if start[:1] == b"\x80":
        raise UnsafeFileError(
            f"{path.name} is a bare pickle, a format that can run code when read. "
            "Convert it to .safetensors, or fetch that form of the model."
        )
    raise ModelFileError(
        f"{path.name} is neither a safetensors nor a torch file. "
        "It may be a web page or an unfinished download: fetch it again."
    )


def _read_safetensors(path: Path) -> MappedStateDict:
    """Format: https://github.com/huggingface/safetensors#format."""
    with path.open("rb") as file:
        mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    (length,) = struct.unpack("<Q", mapping[:8])
    if length > MAX_HEADER_BYTES or 8 + length > len(mapping):
        raise ModelFileError(f"{path.name} is damaged: its header claims {length} bytes. Fetch it again.")
    try:
        header = json.loads(mapping[8 : 8 + length].decode("utf-8"))
    except ValueError as error:
        raise ModelFileError(f"{path.name} is damaged: its header is not JSON. Fetch it again.") from error
    if not isinstance(header, dict):
        raise ModelFileError(f"{path.name} is damaged: its header is not a table of tensors. Fetch it again.")
    metadata = header.pop("__metadata__", None)
    places = {name: _place(path, name, entry, 8 + length, len(mapping)) for name, entry in header.items()}
    tensors = {name: _mapped_tensor(mapping, place) for name, place in places.items()}
    texts = metadata.items() if isinstance(metadata, dict) else ()
    return MappedStateDict(tensors, {name: t for name, t in texts if isinstance(t, str)}, mapping, places)


def _place(path: Path, name: str, entry: Any, start: int, size: int) -> Place:
    try:
        dtype = DTYPES[entry["dtype"]]
        shape = tuple(int(side) for side in entry["shape"])
        begin, end = (int(offset) for offset in entry["data_offsets"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path.name} is damaged: tensor {name} is described by {entry!r:.200}.") from error
    if min(begin, *shape, 0) < 0 or end - begin != dtype.itemsize * math.prod(shape) or start + end > size:
        raise ModelFileError(
            f"{path.name} is damaged or cut short: tensor {name} does not lie within the file. Fetch it again."
        )
    return Place(dtype, shape, start + begin, start + end)


def _mapped_tensor(mapping: mmap.mmap, place: Place) -> torch.Tensor:
    elements = math.prod(place.shape)
    if elements == 0:
        return torch.empty(place.shape, dtype=place.dtype)
    tensor = torch.frombuffer(mapping, dtype=place.dtype, count=elements, offset=place.begin).view(place.shape)
    # A tensor that does not start at a multiple of its element's size would be slow, or fail, in some kernels.
    return tensor if place.begin % place.dtype.itemsize == 0 else tensor.clone()


def _read_torch_zip(path: Path) -> dict[str, torch.Tensor]:
    content = read_torch_object(path)
    return _flatten(content.get("state_dict", content))


def read_torch_object(path: Path) -> dict[Any, Any]:
    """What a file in torch's zip format holds, a table of tensors and plain values; raises ModelFileError."""
    try:
        content = _load_torch_zip(path)
    except pickle.UnpicklingError as error:
        raise UnsafeFileError(
            f"{path.name} holds more than tensors and could run code when read, so it was not. "
            "Convert it to .safetensors, or fetch that form of the model."
        ) from error
    except (RuntimeError, EOFError, KeyError, ValueError) as error:
        raise ModelFileError(f"{path.name} is not a torch model file or is damaged: {error}") from error
    if not isinstance(content, dict):
        raise ModelFileError(f"{path.name} holds a {type(content).__name__}, not tensors by name.")
    return content


def _load_torch_zip(path: Path) -> Any:
    if is_torch_script(path):
        return read_torch_script(path)
    if path.suffix != ".safetensors":
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    with path.open("rb") as file:  # torch goes by the ending of a path, not by what is in the file
        return torch.load(file, map_location="cpu", weights_only=True)


def _flatten(content: Mapping[Any, Any], prefix: str = "") -> dict[str, torch.Tensor]:
    """Tensors by dotted name out of nested dicts; everything else in a file is left out."""
    tensors: dict[str, torch.Tensor] = {}
    for name, value in content.items():
        if isinstance(value, torch.Tensor):
            tensors[f"{prefix}{name}"] = value.detach()
        elif isinstance(value, Mapping):
            tensors |= _flatten(value, f"{prefix}{name}.")
    return tensors


def metadata_of(state_dict: Mapping[str, torch.Tensor]) -> dict[str, str]:
    """The texts that a file carries beside its tensors; none for formats without them."""
    return dict(getattr(state_dict, "metadata", {}))
