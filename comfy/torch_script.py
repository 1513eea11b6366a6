"""The tensors of a TorchScript archive, read without running the code that it holds.

Format: a zip with `data.pkl`, a pickle of the module as an object of made-up classes, and one file for each storage
(torch/csrc/jit/docs/serialization.md).
"""

import pickle
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import torch

CONSTANTS, DATA = "constants.pkl", "data.pkl"
STORAGES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


def is_torch_script(path: Path) -> bool:
    """Whether a zip is TorchScript's: plain files of tensors hold no constants."""
    try:
        with ZipFile(path) as archive:
            return _root(archive) is not None
    except (BadZipFile, OSError):
        return False


def read_torch_script(path: Path) -> dict[str, Any]:
    """The tensors of the module as nested dicts by the names of its parts.

    Raises `pickle.UnpicklingError` where the file asks for anything but modules and tensors, and `ValueError`,
    `RuntimeError`, `KeyError` or `EOFError` where it is damaged.
    """
    try:
        with ZipFile(path) as archive:
            return _tensors(_Reader(archive, _root(archive) or "").load())
    except (TypeError, AttributeError, IndexError, ArithmeticError, BadZipFile, zlib.error) as error:
        raise ValueError(str(error)) from error


def _root(archive: ZipFile) -> str | None:
    constants = next((name for name in archive.namelist() if name.count("/") == 1 and name.endswith(CONSTANTS)), None)
    return constants and constants.removesuffix(CONSTANTS)


class _Module:
    """Stands for an object of any class of the archive: keeps its attributes, and does nothing."""

    def __init__(self, *_: Any) -> None:
        self.attributes: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        self.attributes = state if isinstance(state, dict) else {}


class _Reader(pickle.Unpickler):
    """An unpickler that knows modules, tensors and lists, and refuses all else."""

    def __init__(self, archive: ZipFile, root: str) -> None:
        super().__init__(BytesIO(archive.read(root + DATA)))
        self._archive, self._root = archive, root
        self._storages: dict[str, torch.Tensor] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] == "__torch__":
            return _Module
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        if module == "torch.jit._pickle":
            return _first
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a module of tensors")

    def persistent_load(self, told: Any) -> torch.Tensor:
        _kind, dtype, key, *_rest = told
        if key not in self._storages:
            data = bytearray(self._archive.read(f"{self._root}data/{key}"))
            self._storages[key] = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
        return self._storages[key]


def _tensor(storage: torch.Tensor, offset: int, size: Sequence[int], stride: Sequence[int], *_: Any) -> torch.Tensor:
    return torch.as_strided(storage, size, stride, offset)


def _first(value: Any, *_: Any) -> Any:
    """What a list or a value with a note of its type is without the note."""
    return value


def _tensors(value: Any) -> dict[str, Any]:
    attributes = value.attributes if isinstance(value, _Module) else {}
    return {
        name: part if isinstance(part, torch.Tensor) else _tensors(part)
        for name, part in attributes.items()
        if isinstance(part, torch.Tensor | _Module)
    }
