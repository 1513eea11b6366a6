"""TAESD, a tiny autoencoder that stands in for the large one (madebyollin/taesd, 2023; layer numbers as published)."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from comfy.models.layers import Conv2d


@dataclass(frozen=True)
class TinyConfig:
    """Sizes of a tiny autoencoder; `scale` is that of the family of latents it was made for."""

    latent_channels: int = 4
    scale: float = 0.18215
    channels: int = 64
    multipliers: tuple[int, ...] = (1,)
    in_channels: int = 3
    downscale: int = 8


class TinyBlock(nn.Module):
    """Three convolutions added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers = (Conv2d(channels, channels, 3, padding=1) for _ in range(3))
        first, second, third = layers
        self.conv = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), third)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.conv(x) + x)


class SoftClamp(nn.Module):
    """Keeps latents within -3 to 3."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(x / 3) * 3


def tiny_encoder(config: TinyConfig) -> nn.Sequential:
    width = config.channels
    layers: list[nn.Module] = [Conv2d(config.in_channels, width, 3, padding=1), TinyBlock(width)]
    for _ in range(3):
        layers += [Conv2d(width, width, 3, stride=2, padding=1, bias=False), *(TinyBlock(width) for _ in range(3))]
    return nn.Sequential(*layers, Conv2d(width, config.latent_channels, 3, padding=1))


def tiny_decoder(config: TinyConfig) -> nn.Sequential:
    width = config.channels
    layers: list[nn.Module] = [SoftClamp(), Conv2d(config.latent_channels, width, 3, padding=1), nn.ReLU()]
    for _ in range(3):
        layers += [*(TinyBlock(width) for _ in range(3)), nn.Upsample(scale_factor=2)]
        layers.append(Conv2d(width, width, 3, padding=1, bias=False))
    return nn.Sequential(*layers, TinyBlock(width), Conv2d(width, config.in_channels, 3, padding=1))


class TinyAutoencoder(nn.Module):
    """Pictures [B, 3, H, W] from -1 to 1, latents [B, 4, H/8, W/8] unscaled, as of the autoencoder it stands in for."""

    def __init__(self, config: TinyConfig = TinyConfig()) -> None:
        super().__init__()
        self.config = config
        self.encoder = tiny_encoder(config)
        self.decoder = tiny_decoder(config)

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        latents: torch.Tensor = self.encoder(images / 2 + 0.5)
        return latents / self.config.scale

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        images: torch.Tensor = self.decoder(latents * self.config.scale)
        return images * 2 - 1

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.decode(self.encode(images))
