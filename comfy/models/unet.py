"""The U-Net of latent diffusion (Rombach et al. 2022): Stable Diffusion 1, 2 and XL are sizes of it."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from comfy.models.layers import Conv2d, GroupNorm, Linear, zero_init
from comfy.models.shapes import StateDict, count, has, numbered, size_of
from comfy.models.spatial_transformer import SpatialTransformer

UNET_PREFIX = "model.diffusion_model."


@dataclass(frozen=True)
class UNetConfig:
    """Sizes of a U-Net; tuples hold one number per resolution, finest first."""

    in_channels: int = 4
    out_channels: int = 4
    model_channels: int = 320
    channel_mult: tuple[int, ...] = (1, 2, 4, 4)
    res_blocks: tuple[int, ...] = (2, 2, 2, 2)
    transformer_depth: tuple[int, ...] = (1, 1, 1, 0)
    middle_depth: int = 1
    context_dim: int = 768
    heads: int = 8
    head_dim: int | None = None  # where set, the number of heads follows from the channels
    linear_projections: bool = False
    vector_dim: int | None = None

    @classmethod
    def from_state_dict(cls, state_dict: StateDict, prefix: str = UNET_PREFIX) -> "UNetConfig":
        """Read the sizes from tensor names and shapes; raises ArchitectureError where a tensor is missing."""
        model_channels = size_of(state_dict, f"{prefix}input_blocks.0.0.weight", 0)
        levels: list[tuple[int, int, int]] = []  # channels, res blocks, transformer depth
        channels = blocks = depth = 0
        for index in list(numbered(state_dict, prefix + "input_blocks.{}."))[1:]:
            block = f"{prefix}input_blocks.{index}."
            if has(state_dict, f"{block}0.op."):
                levels.append((channels, blocks, depth))
                blocks = 0
                continue
            channels = size_of(state_dict, f"{block}0.out_layers.3.weight", 0)
            depth = count(state_dict, block + "1.transformer_blocks.{}.")
            blocks += 1
        levels.append((channels, blocks, depth))
        middle = f"{prefix}middle_block.1."
        linear = (
            state_dict[f"{middle}proj_in.weight"].ndim == 2 if has(state_dict, f"{middle}proj_in.weight") else False
        )
        vector = f"{prefix}label_emb.0.0.weight"
        return cls(
            in_channels=size_of(state_dict, f"{prefix}input_blocks.0.0.weight", 1),
            out_channels=size_of(state_dict, f"{prefix}out.2.weight", 0),
            model_channels=model_channels,
            channel_mult=tuple(channels // model_channels for channels, _, _ in levels),
            res_blocks=tuple(blocks for _, blocks, _ in levels),
            transformer_depth=tuple(depth for _, _, depth in levels),
            middle_depth=count(state_dict, middle + "transformer_blocks.{}."),
            context_dim=size_of(state_dict, f"{middle}transformer_blocks.0.attn2.to_k.weight", 1),
            # The layout with linear projections came with a fixed width per head; before it were 8 heads everywhere.
            head_dim=64 if linear else None,
            linear_projections=linear,
            vector_dim=size_of(state_dict, vector, 1) if vector in state_dict else None,
        )

    def heads_of(self, channels: int) -> int:
        return self.heads if self.head_dim is None else channels // self.head_dim


def timestep_embedding(timestep: torch.Tensor, width: int, max_period: float = 10_000.0) -> torch.Tensor:
    """Sinusoids of a [B] timestep in float32, cosines first: [B, width]."""
    half = width // 2
    exponents = torch.arange(half, dtype=torch.float32, device=timestep.device) / half
    angles = timestep.float()[:, None] * torch.exp(-math.log(max_period) * exponents)
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class ResBlock(nn.Module):
    """Two convolutions around the timestep embedding, added to the input."""

    def __init__(self, channels_in: int, channels_out: int, embedding_width: int) -> None:
        super().__init__()
        self.in_layers = nn.Sequential(
            GroupNorm(32, channels_in), nn.SiLU(), Conv2d(channels_in, channels_out, 3, padding=1)
        )
        self.emb_layers = nn.Sequential(nn.SiLU(), Linear(embedding_width, channels_out))
        self.out_layers = nn.Sequential(
            GroupNorm(32, channels_out),
            nn.SiLU(),
            nn.Identity(),
            zero_init(Conv2d(channels_out, channels_out, 3, padding=1)),
        )
        self.skip_connection = Conv2d(channels_in, channels_out, 1) if channels_in != channels_out else nn.Identity()

    def forward(self, x: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
        h = self.in_layers(x) + self.emb_layers(embedding)[:, :, None, None]
        return self.skip_connection(x) + self.out_layers(h)


class Downsample(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.op = Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.op(x)


class Upsample(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: torch.Tensor, size: torch.Size) -> torch.Tensor:
        return self.conv(F.interpolate(x, size=tuple(size), mode="nearest"))


class Stage(nn.Sequential):
    """Layers at one step of the U-Net; each is given what it needs."""

    def forward(  # type: ignore[override]
        self, x: torch.Tensor, embedding: torch.Tensor, context: torch.Tensor, size: torch.Size | None = None
    ) -> torch.Tensor:
        for layer in self:
            if isinstance(layer, ResBlock):
                x = layer(x, embedding)
            elif isinstance(layer, SpatialTransformer):
                x = layer(x, context)
            elif isinstance(layer, Upsample):
                x = layer(x, size)
            else:
                x = layer(x)
        return x


class UNet(nn.Module):
    """Predicts, from a noisy latent, its timestep and a text's embedding, what the schedule's prediction type names."""

    def __init__(self, config: UNetConfig = UNetConfig()) -> None:
        super().__init__()
        self.config = config
        width = config.model_channels
        embedding = width * 4
        self.time_embed = nn.Sequential(Linear(width, embedding), nn.SiLU(), Linear(embedding, embedding))
        if config.vector_dim is not None:
            projection = nn.Sequential(Linear(config.vector_dim, embedding), nn.SiLU(), Linear(embedding, embedding))
            self.label_emb = nn.Sequential(projection)

        self.input_blocks = nn.ModuleList([Stage(Conv2d(config.in_channels, width, 3, padding=1))])
        skips = [width]
        channels = width
        levels = list(zip(config.channel_mult, config.res_blocks, config.transformer_depth, strict=True))
        for level, (multiplier, blocks, depth) in enumerate(levels):
            for _ in range(blocks):
                layers: list[nn.Module] = [ResBlock(channels, multiplier * width, embedding)]
                channels = multiplier * width
                layers += self._transformer(channels, depth)
                self.input_blocks.append(Stage(*layers))
                skips.append(channels)
            if level + 1 < len(levels):
                self.input_blocks.append(Stage(Downsample(channels)))
                skips.append(channels)

        self.middle_block = Stage(
            ResBlock(channels, channels, embedding),
            *self._transformer(channels, config.middle_depth),
            ResBlock(channels, channels, embedding),
        )

        self.output_blocks = nn.ModuleList()
        for level, (multiplier, blocks, depth) in reversed(list(enumerate(levels))):
            for block in range(blocks + 1):
                layers = [ResBlock(channels + skips.pop(), multiplier * width, embedding)]
                channels = multiplier * width
                layers += self._transformer(channels, depth)
                if level > 0 and block == blocks:
                    layers.append(Upsample(channels))
                self.output_blocks.append(Stage(*layers))

        self.out = nn.Sequential(
            GroupNorm(32, width), nn.SiLU(), zero_init(Conv2d(width, config.out_channels, 3, padding=1))
        )

    def _transformer(self, channels: int, depth: int) -> list[nn.Module]:
        if depth == 0:
            return []
        config = self.config
        heads = config.heads_of(channels)
        return [SpatialTransformer(channels, heads, depth, config.context_dim, config.linear_projections)]

    def forward(
        self, x: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor, vector: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Predict [B, C_out, H, W] from x [B, C_in, H, W], timestep [B], context [B, L, D] and vector [B, V]."""
        embedding = self.time_embed(timestep_embedding(timestep, self.config.model_channels).to(x.dtype))
        if vector is not None:
            embedding = embedding + self.label_emb(vector)
        skips = []
        for stage in self.input_blocks:
            x = stage(x, embedding, context)
            skips.append(x)
        x = self.middle_block(x, embedding, context)
        for stage in self.output_blocks:
            x = torch.cat([x, skips.pop()], dim=1)
            # Sizes that do not halve evenly come back as they were on the way down.
            x = stage(x, embedding, context, skips[-1].shape[-2:] if skips else None)
        return self.out(x)
