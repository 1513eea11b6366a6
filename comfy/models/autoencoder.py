"""The autoencoder of latent diffusion (Rombach et al. 2022): pictures to latents an eighth their size, and back."""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from comfy.models.attention import attention
from comfy.models.layers import Conv2d, GroupNorm
from comfy.models.shapes import StateDict, count, numbered, size_of

VAE_PREFIX = "first_stage_model."


@dataclass(frozen=True)
class AutoencoderConfig:
    """Sizes of an autoencoder; multipliers hold one number per resolution, finest first."""

    channels: int = 128
    multipliers: tuple[int, ...] = (1, 2, 4, 4)
    res_blocks: int = 2
    latent_channels: int = 4
    embed_channels: int = 4
    in_channels: int = 3

    @classmethod
    def from_state_dict(cls, state_dict: StateDict, prefix: str = VAE_PREFIX) -> "AutoencoderConfig":
        """Read the sizes from tensor names and shapes; raises ArchitectureError where a tensor is missing."""
        channels = size_of(state_dict, f"{prefix}encoder.conv_in.weight", 0)
        down = f"{prefix}encoder.down."
        widths = [
            size_of(state_dict, f"{down}{level}.block.0.conv1.weight", 0)
            for level in numbered(state_dict, down + "{}.")
        ]
        return cls(
            channels=channels,
            multipliers=tuple(width // channels for width in widths),
            res_blocks=count(state_dict, down + "0.block.{}."),
            latent_channels=size_of(state_dict, f"{prefix}decoder.conv_in.weight", 1),
            embed_channels=size_of(state_dict, f"{prefix}post_quant_conv.weight", 1),
            in_channels=size_of(state_dict, f"{prefix}encoder.conv_in.weight", 1),
        )

    @property
    def downscale(self) -> int:
        """How many pixels a latent's side stands for."""
        return 2 ** (len(self.multipliers) - 1)


def norm(channels: int) -> GroupNorm:
    return GroupNorm(32, channels, eps=1e-6)


class ResnetBlock(nn.Module):
    """Two convolutions added to the input."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.norm1 = norm(channels_in)
        self.conv1 = Conv2d(channels_in, channels_out, 3, padding=1)
        self.norm2 = norm(channels_out)
        self.conv2 = Conv2d(channels_out, channels_out, 3, padding=1)
        if channels_in != channels_out:
            self.nin_shortcut = Conv2d(channels_in, channels_out, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        return h + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class AttentionBlock(nn.Module):
    """Single-head self-attention over the positions of a feature map."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = norm(channels)
        self.q = Conv2d(channels, channels, 1)
        self.k = Conv2d(channels, channels, 1)
        self.v = Conv2d(channels, channels, 1)
        self.proj_out = Conv2d(channels, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.norm(x)
        q, k, v = (layer(h).permute(0, 2, 3, 1).flatten(1, 2) for layer in (self.q, self.k, self.v))  # [B, H*W, C]
        h = attention(q, k, v, heads=1).unflatten(1, x.shape[-2:]).permute(0, 3, 1, 2)
        return x + self.proj_out(h)


class Downsample(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(F.pad(x, (0, 1, 0, 1)))  # only right and below


class Upsample(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class Level(nn.Module):
    """The blocks of one resolution, and the change to the next."""

    def __init__(self, channels_in: int, channels_out: int, blocks: int) -> None:
        super().__init__()
        widths = [channels_in] + [channels_out] * blocks
        self.block = nn.ModuleList(ResnetBlock(a, b) for a, b in pairwise(widths))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.block:
            x = block(x)
        for name in ("downsample", "upsample"):
            if hasattr(self, name):
                x = getattr(self, name)(x)
        return x


class Middle(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.block_1 = ResnetBlock(channels, channels)
        self.attn_1 = AttentionBlock(channels)
        self.block_2 = ResnetBlock(channels, channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.block_2(self.attn_1(self.block_1(x)))


class Encoder(nn.Module):
    """Pictures [B, 3, H, W] to the mean and log variance of latents, [B, 2*latent, H/8, W/8]."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.conv_in = Conv2d(config.in_channels, config.channels, 3, padding=1)
        self.down = nn.ModuleList()
        channels = config.channels
        for number, multiplier in enumerate(config.multipliers, start=1):
            level = Level(channels, config.channels * multiplier, config.res_blocks)
            channels = config.channels * multiplier
            if number < len(config.multipliers):
                level.downsample = Downsample(channels)
            self.down.append(level)
        self.mid = Middle(channels)
        self.norm_out = norm(channels)
        self.conv_out = Conv2d(channels, 2 * config.latent_channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv_in(x)
        for level in self.down:
            x = level(x)
        return self.conv_out(F.silu(self.norm_out(self.mid(x))))


class Decoder(nn.Module):
    """Latents [B, latent, h, w] to pictures [B, 3, 8h, 8w]."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        channels = config.channels * config.multipliers[-1]
        self.conv_in = Conv2d(config.latent_channels, channels, 3, padding=1)
        self.mid = Middle(channels)
        coarse_to_fine = []
        for multiplier in reversed(config.multipliers):
            coarse_to_fine.append(Level(channels, config.channels * multiplier, config.res_blocks + 1))
            channels = config.channels * multiplier
        self.up = nn.ModuleList(reversed(coarse_to_fine))  # numbered from the finest, run from the coarsest
        for index, multiplier in list(enumerate(config.multipliers))[1:]:
            self.up[index].upsample = Upsample(config.channels * multiplier)
        self.norm_out = norm(channels)
        self.conv_out = Conv2d(channels, config.in_channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.mid(self.conv_in(x))
        for level in reversed(self.up):
            x = level(x)
        return self.conv_out(F.silu(self.norm_out(x)))


class Autoencoder(nn.Module):
    """A variational autoencoder; pictures are [B, 3, H, W] from -1 to 1, latents [B, 4, H/8, W/8]."""

    def __init__(self, config: AutoencoderConfig = AutoencoderConfig()) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.quant_conv = Conv2d(2 * config.latent_channels, 2 * config.embed_channels, 1)
        self.post_quant_conv = Conv2d(config.embed_channels, config.latent_channels, 1)

    def encode_moments(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log variance (kept within -30 to 20) of the latents' distribution."""
        mean, log_variance = self.quant_conv(self.encoder(images)).chunk(2, dim=1)
        return mean, log_variance.clamp(-30.0, 20.0)

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """The likeliest latents of pictures."""
        return self.encode_moments(images)[0]

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        return self.decoder(self.post_quant_conv(latents))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.decode(self.encode(images))
