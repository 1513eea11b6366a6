"""Small random checkpoints of Stable Diffusion 2, XL and its refiner, in the layouts in which they were published."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from comfy.models.autoencoder import VAE_PREFIX, Autoencoder
from comfy.models.clip_text import ClipText, ClipTextConfig
from comfy.models.unet import UNET_PREFIX, UNet, UNetConfig
from comfy.text.layouts import to_open_clip
from tests.comfy.small_sd1 import VAE, randomise

OPEN_CLIP = ClipTextConfig(width=64, layers=3, intermediate=128, activation="gelu", projection=64)
CLIP_L = ClipTextConfig(width=64, layers=3, intermediate=128)

SD2 = UNetConfig(
    model_channels=64,
    channel_mult=(1, 2, 4, 4),
    res_blocks=(2, 2, 2, 2),
    transformer_depth=(1, 1, 1, 0),
    context_dim=64,
    head_dim=64,
    linear_projections=True,
    attends_in_float32=True,
)
XL = UNetConfig(
    model_channels=64,
    channel_mult=(1, 2, 4),
    res_blocks=(2, 2, 2),
    transformer_depth=(0, 1, 2),
    middle_depth=2,
    context_dim=128,
    head_dim=64,
    linear_projections=True,
    vector_dim=64 + 6 * 256,
    attends_in_float32=True,
)


@dataclass(frozen=True)
class Parts:
    """What a small checkpoint is made of."""

    unet: UNetConfig
    texts: tuple[tuple[str, ClipTextConfig, bool], ...]  # prefix, sizes, whether in OpenCLIP's layout


SD2_PARTS = Parts(SD2, (("cond_stage_model.model.", OPEN_CLIP, True),))
XL_PARTS = Parts(
    XL,
    (
        ("conditioner.embedders.0.transformer.text_model.", CLIP_L, False),
        ("conditioner.embedders.1.model.", OPEN_CLIP, True),
    ),
)


def tensors_of(parts: Parts, **changes: object) -> dict[str, torch.Tensor]:
    """A checkpoint's tensors by their published names, the U-Net's sizes changed as told."""
    unet = UNet(replace(parts.unet, **changes))
    randomise(unet)
    vae = Autoencoder(VAE)
    randomise(vae, 1)
    tensors = {UNET_PREFIX + name: weight for name, weight in unet.state_dict().items()}
    tensors |= {VAE_PREFIX + name: weight for name, weight in vae.state_dict().items()}
    for number, (prefix, config, is_open_clip) in enumerate(parts.texts):
        tensors |= text_tensors(prefix, config, is_open_clip, seed=2 + number)
    return {name: tensor.detach().half().contiguous() for name, tensor in tensors.items()}


def text_tensors(prefix: str, config: ClipTextConfig, is_open_clip: bool, seed: int) -> dict[str, torch.Tensor]:
    clip = ClipText(config)
    randomise(clip, seed)
    own = clip.state_dict()
    if not is_open_clip:
        return {prefix + name: weight for name, weight in own.items()}
    joined = {part.name: (torch.cat([own[name] for name in part.sources]), part) for part in to_open_clip(list(own))}
    return {prefix + name: tensor.T if part.is_transposed else tensor for name, (tensor, part) in joined.items()}


def write(path: Path, tensors: dict[str, torch.Tensor], texts: dict[str, str] | None = None) -> Path:
    """Write tensors as safetensors, with texts beside them, and give the path back."""
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, texts)
    return path
