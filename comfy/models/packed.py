"""Layers for the CPU that keep their weights in the order in which oneDNN reads them.

Without this every call brings each weight into that order first, which costs more than the arithmetic wherever a
feature map is small; and torch's own matrix product is slower than oneDNN's on some processors.
"""

import torch
from torch import nn

from comfy.models.layers import Conv2d, Linear

ROWS = 256  # how many rows, or pixels a side, a call is expected to have: a hint only
PIXELS = 16


class PackedLinear(nn.Module):
    """A linear layer that cannot be trained."""

    def __init__(self, layer: Linear) -> None:
        super().__init__()
        self._weight = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), ROWS)
        self._bias = None if layer.bias is None else layer.bias.detach()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.ops.mkldnn._linear_pointwise(x.contiguous(), self._weight, self._bias, "none", [], "")


class PackedConv2d(nn.Module):
    """A convolution that cannot be trained; it gives its output with channels last in memory."""

    def __init__(self, layer: Conv2d) -> None:
        super().__init__()
        self._geometry = (list(layer.padding), list(layer.stride), list(layer.dilation), layer.groups)
        size = [2, layer.in_channels, PIXELS, PIXELS]
        self._weight = torch.ops.mkldnn._reorder_convolution_weight(layer.weight.detach(), *self._geometry, size)
        self._bias = None if layer.bias is None else layer.bias.detach()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous(memory_format=torch.channels_last)
        return torch.ops.mkldnn._convolution_pointwise(x, self._weight, self._bias, *self._geometry, "none", [], "")


PACKED: dict[type[nn.Module], type[nn.Module]] = {Linear: PackedLinear, Conv2d: PackedConv2d}


def can_pack() -> bool:
    """Whether this build of torch has oneDNN and the operators that take packed weights."""
    operators = getattr(torch.ops, "mkldnn", None)
    return torch.backends.mkldnn.is_available() and all(
        hasattr(operators, name)
        for name in (
            "_reorder_linear_weight",
            "_linear_pointwise",
            "_reorder_convolution_weight",
            "_convolution_pointwise",
        )
    )


def packed(layer: nn.Module) -> nn.Module:
    """The layer with packed weights, if it is one that gains by it; itself otherwise."""
    parameters = list(layer.parameters(recurse=False))
    is_plain = all(one.device.type == "cpu" and gains(one.dtype) for one in parameters)
    return PACKED[type(layer)](layer) if type(layer) in PACKED and is_plain and can_pack() else layer


def gains(dtype: torch.dtype) -> bool:
    """Whether oneDNN computes in this precision here: bfloat16 only on processors that have instructions for it."""
    return dtype == torch.float32 or (dtype == torch.bfloat16 and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()))
