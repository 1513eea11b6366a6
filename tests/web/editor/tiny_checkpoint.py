"""A checkpoint of Stable Diffusion 1's shape that was never trained: small, quick and good enough to watch a run."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from comfy.models.autoencoder import VAE_PREFIX, Autoencoder, AutoencoderConfig
from comfy.models.clip_text import CLIP_PREFIX, ClipText, ClipTextConfig
from comfy.models.unet import UNET_PREFIX, UNet, UNetConfig


def write_tiny_checkpoint(path: Path) -> None:
    """Write it where the server looks for checkpoints."""
    torch.manual_seed(0)
    unet = UNetConfig(
        in_channels=4,
        out_channels=4,
        model_channels=32,
        channel_mult=(1, 2),
        res_blocks=(1, 1),
        transformer_depth=(1, 1),
        middle_depth=1,
        context_dim=64,
    )
    parts = {
        UNET_PREFIX: UNet(unet),
        VAE_PREFIX: Autoencoder(AutoencoderConfig(channels=32, multipliers=(1, 1, 1, 1), res_blocks=1)),
        CLIP_PREFIX: ClipText(ClipTextConfig(width=64, layers=1, heads=1, intermediate=64, vocabulary=49408)),
    }
    tensors = {
        prefix + name: settle(tensor) for prefix, part in parts.items() for name, tensor in part.state_dict().items()
    }
    path.parent.mkdir(parents=True)
    save_file(tensors, path)


def settle(tensor: torch.Tensor) -> torch.Tensor:
    """Give a weight values that keep signals at their size, whatever it held before."""
    if tensor.dim() < 2:
        return tensor.half().contiguous()
    fan_in = tensor[0].numel()
    return (torch.randn(tensor.shape) * fan_in**-0.5).half().contiguous()
