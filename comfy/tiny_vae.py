"""Tiny autoencoders by name: which there are among the files, and loading one."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from comfy import devices
from comfy.loading import load_weights
from comfy.models.tiny_autoencoder import TinyAutoencoder, TinyConfig
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
