"""Models on a device as packs ask for them; Skein drops and makes its own anew as memory asks for it."""

from collections.abc import Iterable, Sequence
from typing import Any
from weakref import WeakSet

import torch

from comfy import devices
from comfy.residents import residents

on_device: "WeakSet[Any]" = WeakSet()
"""Networks of packs' own that were brought to their devices."""


class LoadedModel:
    """A model that a pack has brought to its device."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.device = getattr(model, "load_device", devices.compute_device())
        self.currently_used = True
        self.real_model: Any = None

    def model_memory(self) -> int:
        """Bytes of its weights."""
        return int(self.model.model_size())

    def model_loaded_memory(self) -> int:
        return int(self.model.loaded_size())

    def model_offloaded_memory(self) -> int:
        return self.model_memory() - self.model_loaded_memory()

    def model_memory_required(self, device: Any) -> int:
        """Bytes that it still needs on a device."""
        return self.model_offloaded_memory() if device == self.model.current_loaded_device() else self.model_memory()

    def model_load(self, lowvram_model_memory: int = 0, force_patch_weights: bool = False) -> Any:
        load_models([self.model])
        self.real_model = self.model.model
        return self.real_model

    def model_unload(self, memory_to_free: float | None = None, unpatch_weights: bool = True) -> bool:
        """Take it off the device; whether that was done."""
        take_off(self.model)
        self.real_model = None
        return True

    def model_use_more_vram(self, extra_memory: int, force_patch_weights: bool = False) -> int:
        return 0

    def is_dead(self) -> bool:
        return False

    def should_reload_model(self, force_patch_weights: bool = False) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LoadedModel) and self.model is other.model

    __hash__ = object.__hash__


def load_models(models: Iterable[Any]) -> None:
    """Bring what packs wrapped in a ModelPatcher of their own to its device; Skein's models come when they run."""
    for model in models:
        load = getattr(model, "load_own_model", None)
        if load is not None:
            load()


def free_memory(memory_required: float, device: Any, keep_loaded: Sequence[Any] = (), **_: Any) -> list[Any]:
    """Have so many bytes free on a device, if unloading helps; what packs brought there themselves goes last."""
    device = torch.device(device)
    if devices.memory_free(device) < memory_required:
        residents.unload_all()
    kept = [getattr(loaded, "model", loaded) for loaded in keep_loaded]
    for model in list(on_device):
        if devices.memory_free(device) < memory_required and model.load_device == device and model not in kept:
            take_off(model)
    return []


def take_off(model: Any) -> None:
    """Take a network that a pack brought to its device off it."""
    on_device.discard(model)
    model.detach()
