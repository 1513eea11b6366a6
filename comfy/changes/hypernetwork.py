"""Hypernetworks: small networks before the keys and values of attention, as A1111 trains them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from comfy.errors import ModelFileError
from comfy.models.changed_unet import Attend, Between, Inputs, Kind, Place
from comfy.models.spatial_transformer import CrossAttention
from comfy.sampling.asking import Asking

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "linear": nn.Identity,
    "relu": nn.ReLU,
    "leakyrelu": nn.LeakyReLU,
    "elu": nn.ELU,
    "swish": nn.Hardswish,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softsign": nn.Softsign,
    "mish": nn.Mish,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
}


@dataclass(frozen=True, eq=False)
class Hypernetwork:
    """Networks for keys and for values by the width of what they are made of, added at a strength."""

    networks: Mapping[int, tuple[nn.Module, nn.Module]]
    strength: float

    def __call__(self, asking: Asking) -> Between:
        return _Before(self)


class _Before(Between):
    def __init__(self, hypernetwork: Hypernetwork) -> None:
        self._hypernetwork = hypernetwork

    def attention(self, place: Place, kind: Kind, layer: CrossAttention, inputs: Inputs, attend: Attend) -> Tensor:
        q, k, v = inputs
        found = self._hypernetwork.networks.get(k.shape[-1])
        if found is None:
            return attend(q, k, v)
        for_keys, for_values = (network.to(k.device, k.dtype) for network in found)
        strength = self._hypernetwork.strength
        return attend(q, k + for_keys(k) * strength, v + for_values(v) * strength)


def read_hypernetwork(path: Path, strength: float) -> Hypernetwork:
    """A hypernetwork from A1111's file; raises ModelFileError."""
    from comfy.state_dict import read_torch_object

    content = read_torch_object(path)
    networks = {
        width: (_network(pair[0], content, path.name), _network(pair[1], content, path.name))
        for width, pair in content.items()
        if isinstance(width, int)
    }
    if not networks:
        raise ModelFileError(f"{path.name} is not a hypernetwork: it holds no networks by the width of attention.")
    return Hypernetwork(networks, strength)


def _network(weights: Mapping[str, Tensor], content: Mapping[Any, Any], name: str) -> nn.Module:
    """The layers in the order in which they are numbered, with what the file says lies between them."""
    activation = content.get("activation_func", "linear")
    if activation not in ACTIVATIONS:
        raise ModelFileError(f"{name} uses the activation {activation!r}, which is not known here.")
    matrices = [key for key in _in_order(weights) if key.endswith(".weight")]
    layers: list[nn.Module] = []
    for number, key in enumerate(matrices):
        tensor, bias = weights[key].float(), weights[key.replace(".weight", ".bias")].float()
        if tensor.ndim == 1:
            layers.append(_Norm(tensor, bias))
            continue
        is_last = not any(weights[later].ndim == 2 for later in matrices[number + 1 :])
        layers.append(_Matrix(tensor, bias))
        if not is_last or content.get("activate_output", False):
            layers.append(ACTIVATIONS[activation]())
    return nn.Sequential(*layers).eval().requires_grad_(False)


def _in_order(weights: Mapping[str, Any]) -> Sequence[str]:
    return sorted(weights, key=lambda key: (int(key.split(".")[1]), key))


class _Matrix(nn.Module):
    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias)


class _Norm(_Matrix):
    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias)
