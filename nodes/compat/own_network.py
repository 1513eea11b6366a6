"""A network that a pack brings itself: changes of its weights, parts and layers, put in to run and taken out again."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from nodes.compat.loaded_models import free_memory, on_device
from nodes.compat.patcher_extension import CallbacksMP
from nodes.compat.patcher_rest import PatcherRest
from nodes.compat.utils import get_attr, set_attr
from nodes.compat.weight_patches import calculate_weight


class Backup(NamedTuple):
    """A weight as it was; `inplace_update` where it was overwritten and not replaced."""

    weight: Tensor
    inplace_update: bool


@dataclass
class Held:
    """What is in a network at the moment; clones share it as they share the network."""

    backup: dict[str, Backup] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=dict)
    patches_uuid: Any = None
    injected: "OwnNetwork | None" = None
    loaded_bytes: int = 0


class OwnNetwork(PatcherRest):
    """Mixed into `ModelPatcher`. Weights go back to the very bits that they had."""

    model: Any
    load_device: Any
    offload_device: Any
    patches: dict[str, list[Any]]
    object_patches: dict[str, Any]
    patches_uuid: Any
    weight_inplace_update = False
    size = 0
    held: Held

    @property
    def backup(self) -> dict[str, Backup]:
        """The weights that are patched at the moment, as they were."""
        return self.held.backup

    @property
    def object_patches_backup(self) -> dict[str, Any]:
        return self.held.objects

    # What is asked for

    def add_patches(
        self, patches: Mapping[Any, Any], strength_patch: float = 1.0, strength_model: float = 1.0
    ) -> list[Any]:
        """Change weights by name, from the next time that the network is loaded; answers the names that there are."""
        there = self.model.state_dict()
        known = []
        for key, value in patches.items():
            name, offset, function = (*key, None, None)[:3] if isinstance(key, tuple) else (key, None, None)
            if name in there:
                known.append(key)
                self.patches.setdefault(name, []).append((strength_patch, value, strength_model, offset, function))
        self.patches_uuid = uuid.uuid4()
        return known

    def get_key_patches(self, filter_prefix: str | None = None) -> dict[str, Any]:
        """The weights as they were, each with its patches, to be given to another network's `add_patches`."""
        found = {}
        for name, tensor in self.model_state_dict(filter_prefix).items():
            weight = self.backup[name].weight if name in self.backup else tensor
            found[name] = [(weight, _as_it_is), *self.patches.get(name, ())]
        return found

    def calculate_weight(
        self, patches: Sequence[Any], weight: Tensor, key: str, intermediate_dtype: torch.dtype = torch.float32
    ) -> Tensor:
        """A weight with these patches, in a tensor of its own."""
        return calculate_weight(patches, weight, key, intermediate_dtype)

    def get_model_object(self, name: str) -> Any:
        """A part of the model by its dotted name, as it was patched."""
        for objects in (self.object_patches, self.object_patches_backup):
            if name in objects:
                return objects[name]
        return get_attr(self.model, name)

    # Putting in and taking out

    def patch_model(
        self,
        device_to: Any = None,
        lowvram_model_memory: int = 0,
        load_weights: bool = True,
        force_patch_weights: bool = False,
    ) -> Any:
        """Put all that was asked for into the network, and bring it to a device; answers with the network."""
        self._take_out_parts()
        for name, part in self.object_patches.items():
            self.held.objects[name] = set_attr(self.model, name, part)
        if load_weights:
            self.load(device_to, lowvram_model_memory, force_patch_weights, full_load=True)
        if self.injections:
            self.inject_model()
            self.held.injected = self
        return self.model

    @torch.no_grad()
    def load(
        self,
        device_to: Any = None,
        lowvram_model_memory: int = 0,
        force_patch_weights: bool = False,
        full_load: bool = False,
    ) -> None:
        """Patch the weights, where they are not yet, and bring the network to a device whole."""
        if force_patch_weights or self.held.patches_uuid != self.patches_uuid:
            self._take_out_weights()
            for name in self.patches:
                self.patch_weight_to_device(name, device_to, self.weight_inplace_update)
            self.held.patches_uuid = self.patches_uuid
        _move(self.model, device_to)
        self.held.loaded_bytes = self.model_size()
        self.tell(CallbacksMP.ON_LOAD, device_to, lowvram_model_memory, force_patch_weights, full_load)

    @torch.no_grad()
    def patch_weight_to_device(self, key: str, device_to: Any = None, inplace_update: bool = False) -> None:
        """Put the patched weight in its weight's place."""
        weight = get_attr(self.model, key)
        before = self.backup.get(key)
        if before is None:
            kept = weight.detach().clone() if inplace_update else weight
            self.backup[key] = before = Backup(kept, inplace_update)
        # Packs may hold what get_key_patches gave them, so the weight as it was is never written to.
        wide = before.weight.detach().to(device_to, torch.float32, copy=True)
        changed = self.calculate_weight(self.patches.get(key, ()), wide, key).to(weight.dtype)
        if inplace_update:
            weight.data.copy_(changed)
        else:
            set_attr(self.model, key, _of_the_kind_of(weight, changed))

    def unpatch_model(self, device_to: Any = None, unpatch_weights: bool = True) -> None:
        """Take all that was put in out again, and bring the network to a device if one is named."""
        self._take_out_parts()
        if unpatch_weights:
            self._take_out_weights()
            self.held.loaded_bytes = 0
        _move(self.model, device_to)

    def detach(self, unpatch_all: bool = True) -> Any:
        """Take the network off its device, with all that was put in unless `unpatch_all` is false."""
        if unpatch_all:
            self.unpatch_model(self.offload_device)
        else:
            _move(self.model, self.offload_device)
        self.tell(CallbacksMP.ON_DETACH, unpatch_all)
        return self.model

    def partially_load(self, device_to: Any, extra_memory: int = 0, force_patch_weights: bool = False) -> int:
        """Bring the network to a device, always whole; answers how many bytes came."""
        before = self.loaded_size()
        self.patch_model(device_to, force_patch_weights=force_patch_weights)
        return self.loaded_size() - before

    def partially_unload(self, device_to: Any, memory_to_free: int = 0, *_: Any, **__: Any) -> int:
        """Take the network to a device, always whole; answers how many bytes went."""
        before = self.loaded_size()
        self.unpatch_model(device_to)
        return before

    def _take_out_parts(self) -> None:
        if self.held.injected is not None:
            self.held.injected.eject_model()
            self.held.injected = None
        for name in list(self.held.objects):
            set_attr(self.model, name, self.held.objects.pop(name))

    @torch.no_grad()
    def _take_out_weights(self) -> None:
        for key in list(self.backup):
            before = self.backup.pop(key)
            if before.inplace_update:
                get_attr(self.model, key).data.copy_(before.weight)
            else:
                set_attr(self.model, key, before.weight)
        self.held.patches_uuid = None

    # Places and sizes

    def model_size(self) -> int:
        """How many bytes the weights take."""
        tensors: Mapping[str, Tensor] = getattr(self.model, "state_dict", dict)()
        return self.size or sum(tensor.nbytes for tensor in tensors.values())

    def loaded_size(self) -> int:
        """How many of them were brought to a device."""
        return self.held.loaded_bytes

    def model_state_dict(self, filter_prefix: str | None = None) -> dict[str, Tensor]:
        tensors: Mapping[str, Tensor] = self.model.state_dict()
        return {name: tensor for name, tensor in tensors.items() if name.startswith(filter_prefix or "")}

    def model_dtype(self) -> torch.dtype | None:
        first = _first_weight(self.model)
        return None if first is None else first.dtype

    def current_loaded_device(self) -> Any:
        """Where the network lies now."""
        first = _first_weight(self.model)
        return self.offload_device if first is None else first.device

    def load_own_model(self) -> None:
        """Bring the network to its device, with all that was asked for."""
        if self.load_device != self.current_loaded_device():
            free_memory(self.model_size(), self.load_device, [self])
        self.patch_model(self.load_device)
        on_device.add(self)


def _as_it_is(weight: Tensor, **_: Any) -> Tensor:
    return weight


def _first_weight(model: Any) -> Tensor | None:
    return next(iter(model.parameters()), None) if isinstance(model, nn.Module) else None


def _of_the_kind_of(weight: Tensor, changed: Tensor) -> Tensor:
    """A parameter for a parameter, since a module tells them apart from its buffers."""
    return nn.Parameter(changed, requires_grad=False) if isinstance(weight, nn.Parameter) else changed


def _move(model: Any, device: Any) -> None:
    if device is not None and isinstance(model, nn.Module):
        model.to(device)
