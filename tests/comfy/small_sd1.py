"""A checkpoint of Stable Diffusion 1's architecture with random weights, small enough for any test."""

from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import save_file

from comfy.models.autoencoder import VAE_PREFIX, Autoencoder, AutoencoderConfig
from comfy.models.clip_text import CLIP_PREFIX, ClipText, ClipTextConfig
from comfy.models.unet import UNET_PREFIX, UNet, UNetConfig

UNET = UNetConfig(
    model_channels=32, channel_mult=(1, 2, 4), res_blocks=(2, 2, 2), transformer_depth=(1, 2, 0), context_dim=64
)
VAE = AutoencoderConfig(channels=32, multipliers=(1, 2, 4, 4), res_blocks=2)
CLIP = ClipTextConfig(width=64, layers=3, intermediate=128)


def randomise(module: torch.nn.Module, seed: int = 0) -> None:
    """Give every weight, also those that start at zero, a value that keeps activations of order one."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in module.named_parameters():
            spread = 0.1 if weight.ndim < 2 else 1 / weight[0].numel() ** 0.5
            mean = 1.0 if weight.ndim == 1 and "norm" in name else 0.0
            weight.copy_(torch.randn(weight.shape, generator=generator) * spread + mean)


def small_state_dict(dtype: torch.dtype = torch.float16, seed: int = 0) -> dict[str, torch.Tensor]:
    """The checkpoint's tensors by their published names."""
    parts = ((UNET_PREFIX, UNet(UNET)), (VAE_PREFIX, Autoencoder(VAE)), (CLIP_PREFIX, ClipText(CLIP)))
    state_dict = {}
    for number, (prefix, module) in enumerate(parts):
        randomise(module, seed + number)
        state_dict |= {prefix + name: weight.to(dtype) for name, weight in module.state_dict().items()}
    return state_dict


def write_small_checkpoint(path: Path, dtype: torch.dtype = torch.float16, seed: int = 0) -> Path:
    """Write the checkpoint as safetensors and give its path back."""
    save_file(_known_state_dict(dtype, seed), path)
    return path


@lru_cache(maxsize=4)
def _known_state_dict(dtype: torch.dtype, seed: int) -> dict[str, torch.Tensor]:
    """Made once for all tests, none of which may change it."""
    return small_state_dict(dtype, seed)
