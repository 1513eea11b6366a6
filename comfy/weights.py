"""A module's weights as a value: patches make a new value and never touch the weights that they start from."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import nn

from comfy import devices
from comfy.loading import convert, set_tensor

log = logging.getLogger(__name__)


class Patch(Protocol):
    """A change of one weight."""

    def apply(self, weight: torch.Tensor) -> torch.Tensor:
        """The changed weight, from one in float32 that it may overwrite."""
        ...


Net = TypeVar("Net", bound=nn.Module)
Patches = Mapping[str, tuple[Patch, ...]]


class Weights(Generic[Net]):
    """A module and the patches asked of its weights.

    The module must be buildable from its `config` alone. Tensors that no patch names are shared with the original.
    """

    def __init__(self, module: Net, patches: Patches | None = None) -> None:
        self.module = module
        self.patches: Patches = dict(patches or {})

    def patched(self, patches: Mapping[str, Patch]) -> Weights[Net]:
        """The same weights with further patches, applied after those already there."""
        merged = dict(self.patches)
        for name, patch in patches.items():
            merged[name] = (*merged.get(name, ()), patch)
        return Weights(self.module, merged)

    @contextmanager
    def loaded(self, device: torch.device | None = None) -> Iterator[Net]:
        """The module on a device with its patches applied; kept there for the next time while there is room."""
        device = device or devices.compute_device()
        if not self.patches and _device_of(self.module) == device:
            yield self.module
            return
        with residents.use(self, device) as module:
            yield module


class Residents:
    """The copies of modules that are ready on a device: patched, or moved there; the least recently used go first."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._copies: dict[tuple[int, torch.device], nn.Module] = {}  # in order of use
        self._in_use: dict[tuple[int, torch.device], int] = {}

    @contextmanager
    def use(self, weights: Weights[Net], device: torch.device) -> Iterator[Net]:
        key = (id(weights), device)
        with self._lock:
            module: Any = self._copies.pop(key, None)
            if module is None:
                self._make_room(bytes_to_copy(weights, device), device)
                module = copy_to(weights, device)
                weakref.finalize(weights, self._forget, key).atexit = False
            self._copies[key] = module
            self._in_use[key] = self._in_use.get(key, 0) + 1
        try:
            yield module
        finally:
            with self._lock:
                self._in_use[key] -= 1

    def unload_all(self) -> None:
        """Drop every copy that is not in use; the originals stay."""
        with self._lock:
            for key in list(self._copies):
                if not self._in_use.get(key):
                    del self._copies[key]
        devices.empty_cache()

    def _make_room(self, size: int, device: torch.device) -> None:
        for key in list(self._copies):
            if devices.memory_free(device) >= size * 1.2:
                return
            if key[1] == device and not self._in_use.get(key):
                log.info("Unloading a %s to make room", type(self._copies[key]).__name__)
                del self._copies[key]
                devices.empty_cache()

    def _forget(self, key: tuple[int, torch.device]) -> None:
        with self._lock:
            self._copies.pop(key, None)
            self._in_use.pop(key, None)


residents = Residents()


def bytes_to_copy(weights: Weights[Any], device: torch.device) -> int:
    """How much memory a ready copy takes beyond what it shares with the original."""
    return sum(
        tensor.nbytes
        for name, tensor in weights.module.state_dict().items()
        if name in weights.patches or tensor.device != device
    )


def copy_to(weights: Weights[Net], device: torch.device) -> Net:
    """A module of its own on a device with the patches applied, sharing every tensor that stays the same."""
    with torch.device("meta"):
        copy = type(weights.module)(weights.module.config)
    with torch.no_grad():
        for name, tensor in weights.module.state_dict().items():
            set_tensor(copy, name, patched(tensor, weights.patches.get(name, ()), device))
    return copy.eval()


def patched(tensor: torch.Tensor, patches: tuple[Patch, ...], device: torch.device) -> torch.Tensor:
    """A weight with its patches applied in float32, in its own precision and memory order again."""
    if not patches:
        return tensor.to(device)
    weight = tensor.to(device, torch.float32, copy=True)
    for patch in patches:
        weight = patch.apply(weight)
    return convert(weight, tensor.dtype)


def _device_of(module: nn.Module) -> torch.device:
    device = next(module.parameters()).device
    # "cuda" and "cuda:0" are the same place but not equal.
    return torch.device(device.type, device.index or 0) if device.type == "cuda" else device
