"""What packs import as `comfy.ops`: torch's layers, computing in their input's precision."""

from typing import Any

import torch
from torch import Tensor, nn

from comfy.models import layers
from nodes.compat.names import lacks_of


class CastWeightBiasOp:
    """What layers of this kind say of themselves."""

    comfy_cast_weights = True
    weight_function: Any = ()
    bias_function: Any = ()


def cast_bias_weight(
    s: Any,
    input: Tensor | None = None,  # noqa: A002 - packs name it
    dtype: Any = None,
    device: Any = None,
    bias_dtype: Any = None,
    **_: Any,
) -> tuple[Tensor, Tensor | None]:
    """A layer's weight and bias in the precision, and on the device, of what it is given."""
    dtype = input.dtype if dtype is None and input is not None else dtype
    device = input.device if device is None and input is not None else device
    bias = getattr(s, "bias", None)
    return s.weight.to(device, dtype), None if bias is None else bias.to(device, bias_dtype or dtype)


def cast_to_input(weight: Tensor, input: Tensor, non_blocking: bool = False, copy: bool = True) -> Tensor:  # noqa: A002
    return weight.to(input.device, input.dtype, non_blocking=non_blocking, copy=copy)


def cast_to(
    weight: Tensor, dtype: Any = None, device: Any = None, non_blocking: bool = False, copy: bool = False, **_: Any
) -> Tensor:
    return weight.to(device=device, dtype=dtype, non_blocking=non_blocking, copy=copy)


class Linear(layers.Linear, CastWeightBiasOp):
    """A linear layer."""


class Conv2d(layers.Conv2d, CastWeightBiasOp):
    """A convolution of pictures."""


class LayerNorm(layers.LayerNorm, CastWeightBiasOp):
    """Normalisation over the last axes."""


class GroupNorm(layers.GroupNorm, CastWeightBiasOp):
    """Normalisation over groups of channels."""


class Conv1d(nn.Conv1d, CastWeightBiasOp):
    """A convolution of sequences."""

    def forward(self, x: Tensor) -> Tensor:
        return self._conv_forward(x, *cast_bias_weight(self, x))


class Conv3d(nn.Conv3d, CastWeightBiasOp):
    """A convolution of videos."""

    def forward(self, x: Tensor) -> Tensor:
        return self._conv_forward(x, *cast_bias_weight(self, x))


class ConvTranspose2d(nn.ConvTranspose2d, CastWeightBiasOp):
    """A transposed convolution of pictures."""

    def forward(self, x: Tensor, output_size: Any = None) -> Tensor:
        own: Any = self
        weight, bias = cast_bias_weight(own, x)
        shape = (own.stride, own.padding, own.kernel_size, 2, own.dilation)
        padding = own._output_padding(x, output_size, *shape)
        out = nn.functional.conv_transpose2d
        return out(x, weight, bias, own.stride, own.padding, padding, own.groups, own.dilation)


class Embedding(nn.Embedding, CastWeightBiasOp):
    """A table of vectors."""

    def forward(self, x: Tensor, out_dtype: torch.dtype | None = None) -> Tensor:
        found = super().forward(x)
        return found if out_dtype is None else found.to(out_dtype)


class RMSNorm(nn.RMSNorm, CastWeightBiasOp):
    """Normalisation by the root mean square."""

    def forward(self, x: Tensor) -> Tensor:
        weight = None if self.weight is None else self.weight.to(x)
        return nn.functional.rms_norm(x, self.normalized_shape, weight, self.eps)


class disable_weight_init:  # noqa: N801 - packs name it
    """The layers by torch's names."""

    Linear, Conv1d, Conv2d, Conv3d = Linear, Conv1d, Conv2d, Conv3d
    ConvTranspose2d, Embedding = ConvTranspose2d, Embedding
    LayerNorm, GroupNorm, RMSNorm = LayerNorm, GroupNorm, RMSNorm

    @classmethod
    def conv_nd(cls, dims: int, *args: Any, **kwargs: Any) -> nn.Module:
        """A convolution of so many axes."""
        return {1: cls.Conv1d, 2: cls.Conv2d, 3: cls.Conv3d}[dims](*args, **kwargs)


class manual_cast(disable_weight_init):  # noqa: N801
    """The same: Skein's layers always compute so."""


def pick_operations(*_: Any, **__: Any) -> type[disable_weight_init]:
    """Which layers to use; there is one kind."""
    return manual_cast


__getattr__ = lacks_of("comfy.ops")
