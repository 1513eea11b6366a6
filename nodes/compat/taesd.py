"""What packs import as `comfy.taesd.taesd`: a tiny autoencoder from the files of its halves."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from comfy.loading import load_weights
from comfy.models.tiny_autoencoder import TinyConfig, tiny_decoder, tiny_encoder
from comfy.state_dict import read_state_dict
from nodes.compat.names import lacks_of


class TAESD(nn.Module):
    """Pictures [B, 3, H, W] from -1 to 1 to latents as they are saved, and back."""

    latent_magnitude = 3
    latent_shift = 0.5

    def __init__(self, encoder_path: Any = None, decoder_path: Any = None, latent_channels: int = 4, **_: Any) -> None:
        super().__init__()
        config = TinyConfig(latent_channels=latent_channels)
        self.taesd_encoder = _half(tiny_encoder, config, encoder_path)
        self.taesd_decoder = _half(tiny_decoder, config, decoder_path)
        self.vae_scale = nn.Parameter(torch.tensor(1.0), requires_grad=False)
        self.vae_shift = nn.Parameter(torch.tensor(0.0), requires_grad=False)

    @staticmethod
    def scale_latents(x: Tensor) -> Tensor:
        """Latents as numbers from 0 to 1."""
        return x.div(2 * TAESD.latent_magnitude).add(TAESD.latent_shift).clamp(0, 1)

    @staticmethod
    def unscale_latents(x: Tensor) -> Tensor:
        return x.sub(TAESD.latent_shift).mul(2 * TAESD.latent_magnitude)

    def decode(self, x: Tensor) -> Tensor:
        """Pictures from -1 to 1."""
        made: Tensor = self.taesd_decoder((x - self.vae_shift) * self.vae_scale)
        return made.sub(0.5).mul(2)

    def encode(self, x: Tensor) -> Tensor:
        made: Tensor = self.taesd_encoder(x * 0.5 + 0.5)
        return made / self.vae_scale + self.vae_shift


def _half(build: Any, config: TinyConfig, path: Any) -> nn.Module:
    if path is None:
        made: nn.Module = build(config)
        return made
    return load_weights(lambda: build(config), read_state_dict(Path(path)), "", torch.float32).module


__getattr__ = lacks_of("comfy.taesd.taesd")
