"""torch's layers, computing in their input's precision whatever precision the weights are kept in."""

from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import nn

Layer = TypeVar("Layer", bound=nn.Module)


def cast_to(tensor: torch.Tensor | None, like: torch.Tensor) -> torch.Tensor | None:
    """The tensor in the dtype and on the device of another; itself where nothing changes."""
    return None if tensor is None else tensor.to(like.device, like.dtype)


class Linear(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, cast_to(self.weight, x), cast_to(self.bias, x))


class Conv2d(nn.Conv2d):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._conv_forward(x, cast_to(self.weight, x), cast_to(self.bias, x))


class LayerNorm(nn.LayerNorm):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, self.normalized_shape, cast_to(self.weight, x), cast_to(self.bias, x), self.eps)


class GroupNorm(nn.GroupNorm):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.group_norm(x, self.num_groups, cast_to(self.weight, x), cast_to(self.bias, x), self.eps)


def zero_init(layer: Layer) -> Layer:
    """Start a layer at zero, so that its residual branch adds nothing at the beginning of training."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
