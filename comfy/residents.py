"""The modules that are ready to run on a device; where memory is short, those not used for longest go first."""

import logging
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from comfy import devices
from comfy.models.packed import packed
from comfy.unfilled import unfilled
from comfy.weights import Net, Patch, Weights

log = logging.getLogger(__name__)

SPARE = 1 << 30  # bytes left for what models compute
Key = tuple[int, torch.device]


class Residents:
    """Ready copies of modules, by weights and device; a copy goes when its weights do."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._copies: dict[Key, Any] = {}  # in order of use
        self._in_use: dict[Key, int] = {}

    @contextmanager
    def use(self, weights: Weights[Net], device: torch.device) -> Iterator[Net]:
        """A ready copy, which stays at least as long as the context lasts."""
        key = (id(weights), device)
        with self._lock:
            module = self._copies.pop(key, None)
            if module is None:
                self._make_room(bytes_to_copy(weights, device), device)
                module = make_ready(weights, device, self._copies.get((id(weights.unpatched), device)))
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
                self._drop(key)
        devices.empty_cache()

    def _make_room(self, size: int, device: torch.device) -> None:
        for key in list(self._copies):
            if devices.memory_free(device) >= size + SPARE:
                return
            if key[1] == device:
                log.info("Unloading a %s, not used for longest, to make room", type(self._copies[key]).__name__)
                self._drop(key)
                devices.empty_cache()
                devices.trim_memory()

    def _drop(self, key: Key) -> None:
        if not self._in_use.get(key):
            self._copies.pop(key, None)

    def _forget(self, key: Key) -> None:
        with self._lock:
            self._copies.pop(key, None)
            self._in_use.pop(key, None)


residents = Residents()


@contextmanager
def loaded(weights: Weights[Net]) -> Iterator[Net]:
    """The module ready to run on the compute device, patches applied; kept so for the next time while there is room."""
    with residents.use(weights, devices.compute_device()) as module:
        yield module


def bytes_to_copy(weights: Weights[Any], device: torch.device) -> int:
    """How much memory a ready copy takes at most, beyond what it shares with the original."""
    return sum(
        tensor.numel() * weights.dtype.itemsize
        for name, tensor in weights.module.state_dict().items()
        if name in weights.patches or tensor.device != device or tensor.dtype != weights.dtype
    )


@torch.no_grad()
def make_ready(weights: Weights[Net], device: torch.device, unpatched: Net | None) -> Net:
    """A module of its own with the weights converted, moved and patched, sharing what stays the same.

    `unpatched` is a ready copy of the same module without patches, where there is one.
    """
    with unfilled():
        copy = type(weights.module)(weights.module.config)
    for path, original in weights.module.named_modules():
        names = [name for name, _ in original.named_parameters(recurse=False)]
        if not names:
            continue
        prefix = f"{path}." if path else ""
        is_shared = unpatched is not None and not any(prefix + name in weights.patches for name in names)
        shared = unpatched.get_submodule(path) if unpatched is not None and is_shared else None
        is_layer = next(original.children(), None) is None  # some hold weights of their own beside their layers
        if shared is not None and is_layer:
            copy.set_submodule(path, shared)
            continue
        layer = copy.get_submodule(path)
        for name in names:
            tensor = getattr(original, name)
            ready = ready_tensor(weights, prefix + name, tensor, device) if shared is None else getattr(shared, name)
            setattr(layer, name, nn.Parameter(ready, requires_grad=False))
        if is_layer:
            copy.set_submodule(path, packed(layer) if weights.packs else layer)
    return copy.eval()


def ready_tensor(weights: Weights[Any], name: str, tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """One weight in the precision and on the device that it is used in, patches applied in float32."""
    # Channels last is the order in which convolutions run fastest.
    order = torch.channels_last if tensor.ndim == 4 else torch.preserve_format
    ready = tensor.to(device, weights.dtype, memory_format=order)
    if name in weights.patches:
        ready = patched(ready, weights.patches[name])
    if ready.data_ptr() != tensor.data_ptr():
        weights.page_out(name)
    return ready


def patched(tensor: torch.Tensor, patches: tuple[Patch, ...]) -> torch.Tensor:
    """A weight with patches applied in float32, in its own precision again."""
    weight = tensor.to(torch.float32, copy=True)
    for patch in patches:
        weight = patch.apply(weight)
    return weight.to(tensor.dtype)
