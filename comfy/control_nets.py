"""ControlNets and control-LoRAs as files hold them, ready to correct a diffusion model."""

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from comfy import devices
from comfy.control import fit_hint
from comfy.errors import ArchitectureError
from comfy.lora_patches import Add, LowRank
from comfy.models.control_net import ControlNet, ControlNetConfig, Corrections
from comfy.models.shapes import StateDict
from comfy.residents import loaded
from comfy.sampling.asking import Asking
from comfy.weights import Patch, Weights


@dataclass(frozen=True, eq=False)
class ControlNetwork:
    """A ControlNet with weights of its own; `is_averaged` gives every place the same correction."""

    weights: Weights[ControlNet]
    is_averaged: bool = False

    def correct(self, asking: Asking, hint: torch.Tensor, kinds: Sequence[int]) -> Corrections:
        given = run_control_net(self.weights, asking, hint, kinds)
        if not self.is_averaged:
            return given
        assert given.middle is not None
        return Corrections(
            middle=_average(given.middle), skips=tuple(None if s is None else _average(s) for s in given.skips)
        )


def _average(x: torch.Tensor) -> torch.Tensor:
    return x.mean(dim=(2, 3), keepdim=True).expand_as(x)


def run_control_net(
    weights: Weights[ControlNet], asking: Asking, hint: torch.Tensor, kinds: Sequence[int]
) -> Corrections:
    """Ask a ControlNet for its corrections of a call, in the model's precision."""
    config = weights.module.config
    _check(config, asking)
    if any(kind >= (config.kinds or 0) for kind in kinds):
        known = f"{config.kinds} kinds" if config.kinds else "no kinds: it is not a union ControlNet"
        raise ArchitectureError(f"the ControlNet was told kind {max(kinds)} of picture, but it knows {known}")
    device, dtype = devices.compute_device(), weights.dtype
    pixels = fit_hint(hint, asking)[:, : config.hint_channels[0]]
    vector = asking.batch.extras.get("vector")
    with loaded(weights) as net, torch.no_grad():
        return net(
            asking.x[:, : config.unet.in_channels].to(device, dtype).contiguous(memory_format=torch.channels_last),
            asking.timesteps.to(device),
            _context(asking).to(device, dtype),
            pixels.to(device, dtype),
            None if vector is None or config.unet.vector_dim is None else vector.to(device, dtype),
            kinds,
        )


def _context(asking: Asking) -> torch.Tensor:
    """The texts that the ControlNet reads: the model's, unless a conditioning has others for it."""
    key = "cross_attn_controlnet"
    own: list[torch.Tensor] = [options[key] for options in asking.batch.options if key in options]
    if len(own) < len(asking.batch.options):
        return asking.batch.context
    items = asking.batch.items
    return torch.cat([text.repeat(-(-items // len(text)), 1, 1)[:items] for text in own])


def _check(config: ControlNetConfig, asking: Asking) -> None:
    given, wanted = asking.batch.context.shape[-1], config.unet.context_dim
    if given != wanted:
        raise ArchitectureError(
            f"the ControlNet was made for models that read texts {wanted} numbers wide, but this model's are {given}; "
            "load a ControlNet for the model's family"
        )


@dataclass(frozen=True, eq=False)
class ControlLora:
    """A ControlNet as a change of small rank of the model's own way down (Stability's control-LoRA).

    It becomes a network when it meets a model, and is kept as long as that model's weights.
    """

    tensors: StateDict
    _made: weakref.WeakKeyDictionary[Any, Weights[ControlNet]] = field(default_factory=weakref.WeakKeyDictionary)

    def correct(self, asking: Asking, hint: torch.Tensor, kinds: Sequence[int]) -> Corrections:
        base = asking.model.weights
        if base not in self._made:
            self._made[base] = self._on(base)
        return run_control_net(self._made[base], asking, hint, kinds)

    def _on(self, base: Weights[Any]) -> Weights[ControlNet]:
        from comfy.loading import load_weights

        unet = base.module.state_dict()
        config = ControlNetConfig.from_state_dict(self.tensors, base.module.config)
        whole = {name: tensor for name, tensor in self.tensors.items() if not name.endswith((".up", ".down"))}
        weights = load_weights(lambda: ControlNet(config), {**unet, **whole}, "", base.dtype)
        names = weights.module.state_dict()
        inherited = {name: patches for name, patches in base.patches.items() if name in names and name not in whole}
        changed = Weights(weights.module, weights.dtype, inherited)
        return changed.patched(_low_rank(self.tensors, names))


def _low_rank(tensors: StateDict, names: Mapping[str, torch.Tensor]) -> dict[str, Patch]:
    patches: dict[str, Patch] = {}
    for name in names:
        module = name.removesuffix(".weight")
        up, down = tensors.get(f"{module}.up"), tensors.get(f"{module}.down")
        if name.endswith(".weight") and up is not None and down is not None:
            patches[name] = Add(LowRank(down, up, None, None), 1.0)
    return patches
