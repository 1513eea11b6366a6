"""ControlNet (Zhang et al. 2023): a copy of a U-Net's way down that looks at a picture and corrects the way up.

The union form (xinsir, ControlNet++) is told which kinds of pictures it is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from comfy.models.clip_block import Block
from comfy.models.layers import Conv2d, Linear, cast
from comfy.models.shapes import StateDict, count, numbered, size_of
from comfy.models.unet import UNetConfig, WayDown, timestep_embedding

HINT_STRIDES = (1, 1, 2, 1, 2, 1, 2, 1)
"""Of the convolutions that bring the picture to the latent's size, an eighth of its own."""

TYPE_WIDTH = 256
UNION_HEADS = 8


@dataclass(frozen=True)
class ControlNetConfig:
    """Sizes of a ControlNet: those of its U-Net, the channels that its picture passes through, and its known kinds."""

    unet: UNetConfig
    hint_channels: tuple[int, ...] = (3, 16, 16, 32, 32, 96, 96, 256)
    kinds: int | None = None
    union_layers: int = 1

    @classmethod
    def from_state_dict(cls, state_dict: StateDict, unet: UNetConfig) -> "ControlNetConfig":
        """Read the sizes from tensors under the original names; raises ArchitectureError where one is missing."""
        convolutions = range(0, 2 * len(HINT_STRIDES), 2)
        is_union = "task_embedding" in state_dict
        return cls(
            unet,
            tuple(size_of(state_dict, f"input_hint_block.{n}.weight", 1) for n in convolutions),
            size_of(state_dict, "task_embedding", 0) if is_union else None,
            count(state_dict, "transformer_layes.{}.") if is_union else 1,
        )


@dataclass(frozen=True)
class Corrections:
    """What is added to a U-Net's feature maps; None where nothing is.

    `input`: after input stages, by number. `skips`: to what the way up gets from the way down, by input stage.
    """

    input: tuple[torch.Tensor | None, ...] = ()
    middle: torch.Tensor | None = None
    skips: tuple[torch.Tensor | None, ...] = ()


class ControlNet(WayDown):
    """Corrections of a U-Net from its own inputs and a picture."""

    def __init__(self, config: ControlNetConfig) -> None:
        super().__init__(config.unet)
        self.config = config
        width = config.unet.model_channels
        self.zero_convs = nn.ModuleList(nn.Sequential(Conv2d(n, n, 1)) for n in self.skip_channels)
        last = self.skip_channels[-1]
        self.middle_block_out = nn.Sequential(Conv2d(last, last, 1))
        layers: list[nn.Module] = []
        widths = (*config.hint_channels, width)
        for channels_in, channels_out, stride in zip(widths, widths[1:], HINT_STRIDES, strict=False):
            layers += [Conv2d(channels_in, channels_out, 3, padding=1, stride=stride), nn.SiLU()]
        self.input_hint_block = nn.Sequential(*layers[:-1])
        if config.kinds is not None:
            self._add_union(config.kinds, width)

    def _add_union(self, kinds: int, width: int) -> None:
        self.task_embedding = nn.Parameter(torch.zeros(kinds, width))
        # The name is spelt so in every file.
        self.transformer_layes = nn.Sequential(*(Block(width, UNION_HEADS) for _ in range(self.config.union_layers)))
        self.spatial_ch_projs = Linear(width, width)
        self.control_add_embedding = KindEmbedding(kinds, width * 4)

    def forward(
        self,
        x: torch.Tensor,
        timestep: torch.Tensor,
        context: torch.Tensor,
        hint: torch.Tensor,
        vector: torch.Tensor | None = None,
        kinds: Sequence[int] = (),
    ) -> Corrections:
        """From a U-Net's inputs and a picture [B, 3, 8H, 8W] from 0 to 1."""
        embedding = self.embed(timestep, self.config.unet.model_channels, x.dtype, vector)
        if self.config.kinds is not None:
            embedding = embedding + self.control_add_embedding(kinds, embedding)
        guided = self._see(hint, kinds)
        skips = []
        for number, (stage, zero) in enumerate(zip(self.input_blocks, self.zero_convs, strict=True)):
            x = stage(x, embedding, context)
            x = x + guided if number == 0 else x
            skips.append(zero(x))
        x = self.middle_block(x, embedding, context)
        return Corrections(middle=self.middle_block_out(x), skips=tuple(skips))

    def _see(self, hint: torch.Tensor, kinds: Sequence[int]) -> torch.Tensor:
        seen: torch.Tensor = self.input_hint_block(hint)
        if self.config.kinds is None or not kinds:
            return seen
        sequence = (seen.mean(dim=(2, 3)) + cast(self.task_embedding, seen)[kinds[0]])[:, None]  # [B, 1, C]
        shift = self.spatial_ch_projs(self.transformer_layes(sequence)[:, 0])
        return seen + shift[:, :, None, None]


class KindEmbedding(nn.Module):
    """Which kinds of pictures are given, as a vector that is added to the timestep's."""

    def __init__(self, kinds: int, width: int) -> None:
        super().__init__()
        self.kinds = kinds
        self.linear_1 = Linear(kinds * TYPE_WIDTH, width)
        self.linear_2 = Linear(width, width)

    def forward(self, kinds: Sequence[int], like: torch.Tensor) -> torch.Tensor:
        given = torch.zeros(self.kinds, device=like.device)
        given[list(kinds)] = 1.0
        embedded = timestep_embedding(given, TYPE_WIDTH).flatten()[None].to(like.dtype)
        out: torch.Tensor = self.linear_2(F.silu(self.linear_1(embedded)))
        return out


def original_names(config_of_unet: UNetConfig, diffusers_names: dict[str, str]) -> dict[str, str]:
    """Module names of a ControlNet in diffusers' layout to the original ones, given those of its U-Net."""
    names = dict(diffusers_names)
    last = 2 * (len(HINT_STRIDES) - 1)
    names["controlnet_cond_embedding.conv_in"] = "input_hint_block.0"
    names["controlnet_cond_embedding.conv_out"] = f"input_hint_block.{last}"
    for n in range(len(HINT_STRIDES) - 2):
        names[f"controlnet_cond_embedding.blocks.{n}"] = f"input_hint_block.{2 * n + 2}"
    stages = 1 + sum(config_of_unet.res_blocks) + len(config_of_unet.res_blocks) - 1
    for n in range(stages):
        names[f"controlnet_down_blocks.{n}"] = f"zero_convs.{n}.0"
    names["controlnet_mid_block"] = "middle_block_out.0"
    return names


def has_zero_convs(state_dict: StateDict, prefix: str) -> bool:
    """Whether tensors below a prefix are a ControlNet in the original layout."""
    return any(True for _ in numbered(state_dict, prefix + "zero_convs.{}."))
