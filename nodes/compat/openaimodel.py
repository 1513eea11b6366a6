"""What packs import as `comfy.ldm.modules.diffusionmodules.openaimodel` and `.util`: the U-Net and its layers."""

from typing import Any

import torch
from torch import Tensor, nn

from comfy.models.spatial_transformer import SpatialTransformer as SpatialTransformer
from comfy.models.unet import Downsample as Downsample
from comfy.models.unet import ResBlock as ResBlock
from comfy.models.unet import Stage
from comfy.models.unet import UNet as UNetModel  # noqa: F401 - packs name it
from comfy.models.unet import Upsample as Upsample
from comfy.models.unet import timestep_embedding as _embedding
from nodes.compat.names import lacks_of

TimestepEmbedSequential = Stage
TimestepBlock = ResBlock


def timestep_embedding(timesteps: Tensor, dim: int, max_period: float = 10_000, repeat_only: bool = False) -> Tensor:
    """Sinusoids [B, dim] of timesteps [B] (Vaswani et al. 2017)."""
    if repeat_only:
        return timesteps[:, None].repeat(1, dim)
    return _embedding(timesteps, dim, max_period)


def forward_timestep_embed(
    ts: nn.Module,
    x: Tensor,
    emb: Tensor,
    context: Tensor | None = None,
    transformer_options: Any = None,
    output_shape: Any = None,
    **_: Any,
) -> Tensor:
    """One stage of a U-Net: each of its layers is given what it needs."""
    size = None if output_shape is None else torch.Size(output_shape[-2:])
    for layer in ts.children():
        if isinstance(layer, ResBlock):
            x = layer(x, emb)
        elif isinstance(layer, SpatialTransformer):
            x = layer(x, context)
        elif isinstance(layer, Upsample):
            x = layer(x, torch.Size(side * 2 for side in x.shape[-2:]) if size is None else size)
        else:
            x = layer(x)
    return x


def apply_control(h: Tensor, control: dict[str, list[Any]] | None, name: str) -> Tensor:
    """A feature map with the last of the corrections of its place, which is taken off their list."""
    correction = control[name].pop() if control is not None and control.get(name) else None
    return h if correction is None else h + correction.to(h)


def zero_module(module: nn.Module) -> nn.Module:
    """The same, all of its weights zero."""
    for parameter in module.parameters():
        parameter.detach().zero_()
    return module


def checkpoint(func: Any, inputs: Any, params: Any, flag: bool) -> Any:
    """Call a function; what is computed on the way is kept, as nothing is trained."""
    return func(*inputs)


__getattr__ = lacks_of("comfy.ldm.modules.diffusionmodules.openaimodel")
