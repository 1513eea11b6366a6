"""The U-Net of latent diffusion (Rombach et al. 2022): Stable Diffusion 1, 2 and XL are sizes of it."""

import math
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import nn

from comfy.errors import ArchitectureError
from comfy.models.layers import Conv2d, GroupNorm, Linear, zero_init
from comfy.models.shapes import StateDict, count, has, numbered, size_of
from comfy.models.spatial_transformer import SpatialTransformer

UNET_PREFIX = "model.diffusion_model."

SD2_TEXT_WIDTH = 1024

# Pruned models have less between the way down and the way up than a transformer with a residual block on either side.
ONE_RES_BLOCK = -1
NO_MIDDLE = -2


@dataclass(frozen=True)
class UNetConfig:
    """Sizes of a U-Net; tuples hold one number per resolution, finest first.

    `depths_down` and `depths_up` are given where blocks of one resolution differ: a number for each block, in the
    order in which they run. `middle_depth` may be ONE_RES_BLOCK or NO_MIDDLE. `classes` is how many numbers it may be
    told beside the timestep, `only_to_text` at which resolutions nothing attends to the picture itself; none if empty.
    """

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
    depths_down: tuple[int, ...] | None = None
    depths_up: tuple[int, ...] | None = None
    attends_in_float32: bool = False
    classes: int | None = None
    only_to_text: tuple[bool, ...] = ()

    @classmethod
    def from_state_dict(cls, state_dict: StateDict, prefix: str = UNET_PREFIX) -> "UNetConfig":
        """Read the sizes from tensor names and shapes; raises ArchitectureError where a tensor is missing."""
        model_channels = size_of(state_dict, f"{prefix}input_blocks.0.0.weight", 0)
        channels, down = _levels(state_dict, prefix)
        up = [
            count(state_dict, f"{prefix}output_blocks.{index}.1.transformer_blocks." + "{}.")
            for index in numbered(state_dict, prefix + "output_blocks.{}.")
        ]
        linear, context_dim = _attention(state_dict, prefix)
        vector, out = f"{prefix}label_emb.0.0.weight", f"{prefix}out.2.weight"
        labels = f"{prefix}label_emb.weight"
        classes = size_of(state_dict, labels, 0) if labels in state_dict else None
        sizes = cls(
            in_channels=size_of(state_dict, f"{prefix}input_blocks.0.0.weight", 1),
            # A ControlNet's way down has no such tensor; where a U-Net lacks it, loading says so.
            out_channels=size_of(state_dict, out, 0) if out in state_dict else cls.out_channels,
            model_channels=model_channels,
            channel_mult=tuple(width // model_channels for width in channels),
            res_blocks=tuple(len(depths) for depths in down),
            transformer_depth=tuple(depths[-1] for depths in down),
            middle_depth=_middle_depth(state_dict, prefix),
            context_dim=context_dim,
            # The layout with linear projections came with a fixed width per head; before it were 8 heads everywhere.
            head_dim=64 if linear and classes is None else None,
            linear_projections=linear,
            vector_dim=size_of(state_dict, vector, 1) if vector in state_dict else None,
            # Stable Diffusion 2's queries and keys grow beyond what float16 can hold.
            attends_in_float32=linear and context_dim <= SD2_TEXT_WIDTH,
            classes=classes,
            only_to_text=_only_to_text(state_dict, prefix),
        )
        return sizes.with_depths([depth for depths in down for depth in depths], up)

    def with_depths(self, down: list[int], up: list[int]) -> "UNetConfig":
        """The same with a transformer depth for each block on the way down and up, kept only where they differ."""
        regular_down = [
            depth for depth, n in zip(self.transformer_depth, self.res_blocks, strict=True) for _ in range(n)
        ]
        pairs = list(zip(self.transformer_depth, self.res_blocks, strict=True))
        regular_up = [depth for depth, n in reversed(pairs) for _ in range(n + 1)]
        return replace(
            self,
            depths_down=None if down == regular_down else tuple(down),
            # A file that lacks some of them is told so when it is loaded.
            depths_up=None if len(up) != len(regular_up) or up == regular_up else tuple(up),
        )

    def depth_down(self, level: int, block: int) -> int:
        """How many transformer blocks follow a residual block on the way down."""
        if self.depths_down is None:
            return self.transformer_depth[level]
        return self.depths_down[sum(self.res_blocks[:level]) + block]

    def depth_up(self, level: int, block: int) -> int:
        """The same on the way up, where every resolution has one residual block more."""
        if self.depths_up is None:
            return self.transformer_depth[level]
        return self.depths_up[sum(blocks + 1 for blocks in self.res_blocks[level + 1 :]) + block]

    def heads_of(self, channels: int) -> int:
        return self.heads if self.head_dim is None else channels // self.head_dim


def _levels(state_dict: StateDict, prefix: str) -> tuple[list[int], list[list[int]]]:
    """The channels of each resolution, and the transformer depths of its blocks."""
    channels: list[int] = []
    depths: list[list[int]] = []
    for index in list(numbered(state_dict, prefix + "input_blocks.{}."))[1:]:
        block = f"{prefix}input_blocks.{index}."
        if index == 1 or has(state_dict, f"{prefix}input_blocks.{index - 1}.0.op."):
            channels.append(size_of(state_dict, f"{block}0.out_layers.3.weight", 0))
            depths.append([])
        if not has(state_dict, f"{block}0.op."):
            depths[-1].append(count(state_dict, block + "1.transformer_blocks.{}."))
    return channels, depths


def _only_to_text(state_dict: StateDict, prefix: str) -> tuple[bool, ...]:
    """At which resolutions the first attention of a block has keys of another width than the picture's: a text's."""
    found: list[bool] = []
    for index in list(numbered(state_dict, prefix + "input_blocks.{}."))[1:]:
        if index == 1 or has(state_dict, f"{prefix}input_blocks.{index - 1}.0.op."):
            found.append(False)
        keys = state_dict.get(f"{prefix}input_blocks.{index}.1.transformer_blocks.0.attn1.to_k.weight")
        found[-1] = found[-1] or (keys is not None and keys.shape[0] != keys.shape[1])
    return tuple(found) if any(found) else ()


def _middle_depth(state_dict: StateDict, prefix: str) -> int:
    if not has(state_dict, f"{prefix}middle_block.0."):
        return NO_MIDDLE
    depth = count(state_dict, prefix + "middle_block.1.transformer_blocks.{}.")
    return depth or ONE_RES_BLOCK


def _attention(state_dict: StateDict, prefix: str) -> tuple[bool, int]:
    """Whether the projections around transformers are linear, and how wide the text is that they attend to."""
    for name, tensor in state_dict.items():
        if name.startswith(prefix) and name.endswith("transformer_blocks.0.attn2.to_k.weight"):
            entry = name.removesuffix("transformer_blocks.0.attn2.to_k.weight") + "proj_in.weight"
            return size_of(state_dict, entry, 0) > 0 and state_dict[entry].ndim == 2, int(tensor.shape[1])
    raise ArchitectureError(f"no tensor below {prefix or 'it'} says how wide its text is: there is no attn2.to_k")


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


class ClassEmbedding(nn.Embedding):
    """A vector for each whole number; numbers [B] come as floats, as all that a U-Net is shown."""

    def forward(self, number: torch.Tensor) -> torch.Tensor:
        return super().forward(number.round().long())


class WayDown(nn.Module):
    """What a U-Net and the ControlNets made from it share: the embeddings, the way down and the middle."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        width = config.model_channels
        embedding = width * 4
        self.time_embed = nn.Sequential(Linear(width, embedding), nn.SiLU(), Linear(embedding, embedding))
        if config.vector_dim is not None:
            projection = nn.Sequential(Linear(config.vector_dim, embedding), nn.SiLU(), Linear(embedding, embedding))
            self.label_emb: nn.Module = nn.Sequential(projection)
        elif config.classes is not None:
            self.label_emb = ClassEmbedding(config.classes, embedding)

        self.input_blocks = nn.ModuleList([Stage(Conv2d(config.in_channels, width, 3, padding=1))])
        self.skip_channels = [width]  # of every input stage, for the way up
        channels = width
        levels = list(zip(config.channel_mult, config.res_blocks, strict=True))
        for level, (multiplier, blocks) in enumerate(levels):
            for block in range(blocks):
                layers: list[nn.Module] = [ResBlock(channels, multiplier * width, embedding)]
                channels = multiplier * width
                layers += _transformer(config, channels, config.depth_down(level, block), level)
                self.input_blocks.append(Stage(*layers))
                self.skip_channels.append(channels)
            if level + 1 < len(levels):
                self.input_blocks.append(Stage(Downsample(channels)))
                self.skip_channels.append(channels)
        self.middle_block = Stage(*_middle(config, channels, embedding))

    def embed(
        self, timestep: torch.Tensor, width: int, dtype: torch.dtype, vector: torch.Tensor | None
    ) -> torch.Tensor:
        """The embedding [B, E] of timesteps [B] and, where the model takes one, a vector [B, V] or a number [B]."""
        embedding: torch.Tensor = self.time_embed(timestep_embedding(timestep, width).to(dtype))
        return embedding if vector is None else embedding + self.label_emb(vector).to(dtype)


class UNet(WayDown):
    """Predicts, from a noisy latent, its timestep and a text's embedding, what the schedule's prediction type names."""

    def __init__(self, config: UNetConfig = UNetConfig()) -> None:
        super().__init__(config)
        self.config = config
        width = config.model_channels
        self.output_blocks = nn.ModuleList()
        skips = list(self.skip_channels)
        channels = skips[-1]
        for level, (multiplier, blocks) in reversed(
            list(enumerate(zip(config.channel_mult, config.res_blocks, strict=True)))
        ):
            for block in range(blocks + 1):
                layers: list[nn.Module] = [ResBlock(channels + skips.pop(), multiplier * width, width * 4)]
                channels = multiplier * width
                layers += _transformer(config, channels, config.depth_up(level, block), level)
                if level > 0 and block == blocks:
                    layers.append(Upsample(channels))
                self.output_blocks.append(Stage(*layers))

        self.out = nn.Sequential(
            GroupNorm(32, width), nn.SiLU(), zero_init(Conv2d(width, config.out_channels, 3, padding=1))
        )

    def forward(
        self, x: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor, vector: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Predict [B, C_out, H, W] from x [B, C_in, H, W], timestep [B], context [B, L, D] and vector [B, V]."""
        embedding = self.embed(timestep, self.config.model_channels, x.dtype, vector)
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


def _middle(config: UNetConfig, channels: int, embedding: int) -> list[nn.Module]:
    depth = config.middle_depth
    if depth == NO_MIDDLE:
        return []
    first = ResBlock(channels, channels, embedding)
    if depth == ONE_RES_BLOCK:
        return [first]
    return [first, *_transformer(config, channels, depth), ResBlock(channels, channels, embedding)]


def _transformer(config: UNetConfig, channels: int, depth: int, level: int | None = None) -> list[nn.Module]:
    """The transformer at a resolution, or in the middle; none where it has no depth."""
    if depth == 0:
        return []
    heads = config.heads_of(channels)
    only_to_text = level is not None and bool(config.only_to_text) and config.only_to_text[level]
    sizes = (channels, heads, depth, config.context_dim, config.linear_projections, config.attends_in_float32)
    return [SpatialTransformer(*sizes, only_to_text)]
