"""Tiny autoencoders by name: which there are among the files, and loading one."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import torch
from torch import nn

from comfy import devices
from comfy.latent_formats import LatentFormat
from comfy.loading import load_weights
from comfy.models.tiny_autoencoder import TinyAutoencoder, TinyConfig, tiny_decoder
from comfy.state_dict import read_state_dict
from comfy.vae import Vae

# The scale of the latents that each stands in for.
SCALES = {"taesd": 0.18215, "taesdxl": 0.13025}


def tiny_names(files: Sequence[str]) -> list[str]:
    """The tiny autoencoders of which both halves are among the files, `taesd_encoder.…` and `taesd_decoder.…`."""
    return [name for name in SCALES if all(half_of(files, name, half) for half in ("encoder", "decoder"))]


def half_of(files: Sequence[str], name: str, half: str) -> str | None:
    """The file of one half; None where there is none."""
    return next((file for file in files if Path(file).name.startswith(f"{name}_{half}.")), None)


def tiny_name_for(latent_format: LatentFormat) -> str | None:
    """The tiny autoencoder that was made for a family's latents; None where there is none."""
    if latent_format.mean is not None:
        return None
    return next((name for name, scale in SCALES.items() if scale == latent_format.scale), None)


@lru_cache(maxsize=2)
def load_tiny_decoder(decoder: Path, modified: int) -> nn.Module:
    """The half that makes pictures, from latents as the model sees them, kept until its file's time changes."""
    state_dict = read_state_dict(decoder)
    channels = state_dict["1.weight"].shape[1]
    weights = load_weights(
        lambda: tiny_decoder(TinyConfig(latent_channels=channels)), state_dict, "", devices.vae_dtype()
    )
    return weights.module.to(devices.compute_device(), devices.vae_dtype()).eval()


@torch.no_grad()
def decoded_colours(decoder: nn.Module, latent: torch.Tensor) -> torch.Tensor:
    """A latent [C, h, w] as the model sees it as colours: uint8 [8h, 8w, 3]."""
    parameter = next(decoder.parameters())
    pixels = decoder(latent[None].to(parameter.device, parameter.dtype))[0].float()
    return pixels.clamp(0, 1).mul(255).to(torch.uint8).movedim(0, -1).contiguous()


def load_tiny_vae(name: str, encoder: Path, decoder: Path) -> Vae:
    """A tiny autoencoder from the files of its halves, as a VAE like any other."""
    state_dict: dict[str, torch.Tensor] = {}
    for prefix, path in (("encoder.", encoder), ("decoder.", decoder)):
        half: Mapping[str, torch.Tensor] = read_state_dict(path)
        state_dict |= {prefix + key: weight for key, weight in half.items()}
    channels = state_dict["decoder.1.weight"].shape[1]
    config = TinyConfig(latent_channels=channels, scale=SCALES[name])
    weights = load_weights(lambda: TinyAutoencoder(config), state_dict, "", devices.vae_dtype())
    return Vae(weights)  # type: ignore[arg-type]
