"""torch's layers, computing in their input's precision whatever precision the weights are kept in."""

from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import nn

Layer = TypeVar("Layer", bound=nn.Module)


def cast(tensor: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The tensor in the precision and on the device of x; itself where nothing changes."""
    return tensor.to(x.device, x.dtype)


def cast_bias(layer: "Linear | Conv2d | LayerNorm | GroupNorm", x: torch.Tensor) -> torch.Tensor | None:
    """A layer's bias as `cast` gives it; None where it has none."""
    return None if layer.bias is None else cast(layer.bias, x)


class Linear(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, cast(self.weight, x), cast_bias(self, x))


class Conv2d(nn.Conv2d):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._conv_forward(x, cast(self.weight, x), cast_bias(self, x))


class LayerNorm(nn.LayerNorm):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, self.normalized_shape, cast(self.weight, x), cast_bias(self, x), self.eps)


class GroupNorm(nn.GroupNorm):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.group_norm(x, self.num_groups, cast(self.weight, x), cast_bias(self, x), self.eps)


def zero_init(layer: Layer) -> Layer:
    """Start a layer at zero, so that its residual branch adds nothing at the beginning of training."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
