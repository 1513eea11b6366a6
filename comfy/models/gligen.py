"""GLIGEN's added layers (Li et al. 2023): words bound to boxes, and attention to them in every transformer block."""

import re
from dataclasses import dataclass

import torch
from torch import nn

from comfy.errors import ArchitectureError
from comfy.models.layers import LayerNorm, Linear, cast
from comfy.models.shapes import StateDict, numbered, size_of
from comfy.models.spatial_transformer import CrossAttention, FeedForward

FREQUENCIES = 8
HIGHEST_PERIOD = 100.0
BOX_NUMBERS = 4 * 2 * FREQUENCIES
HEADS = 8

PLACE = re.compile(
    r"(?:(?P<part>input|output)_blocks\.(?P<stage>\d+)|middle_block)\.1\.transformer_blocks\.(?P<block>\d+)\.fuser\."
)


@dataclass(frozen=True)
class FuserPlace:
    """The transformer block that a fuser belongs to: its part of the U-Net, its stage there, its number there."""

    part: str
    stage: int
    block: int


@dataclass(frozen=True)
class GligenConfig:
    """Sizes of the layers: of every fuser in order, of the words that are bound, and within the position network."""

    places: tuple[FuserPlace, ...]
    widths: tuple[int, ...]
    text_width: int = 768
    hidden: int = 512

    @classmethod
    def from_state_dict(cls, state_dict: StateDict) -> "GligenConfig":
        """Read the sizes of renamed tensors; the places are those that `fusers_in` gave. Raises ArchitectureError."""
        return cls(
            places=(),
            widths=tuple(
                size_of(state_dict, f"fusers.{n}.norm1.weight", 0) for n in numbered(state_dict, "fusers.{}.")
            ),
            text_width=size_of(state_dict, "position_net.null_positive_feature", 0),
            hidden=size_of(state_dict, "position_net.linears.0.weight", 0),
        )


def fusers_in(state_dict: StateDict) -> dict[FuserPlace, str]:
    """The places that a file has fusers for, in the order of the U-Net, and the beginning of their tensors' names."""
    found: dict[FuserPlace, str] = {}
    for name in state_dict:
        match = PLACE.match(name)
        if match:
            place = FuserPlace(match["part"] or "middle", int(match["stage"] or 0), int(match["block"]))
            found[place] = match[0]
    if not found:
        raise ArchitectureError("it has no fusers")
    order = {"input": 0, "middle": 1, "output": 2}
    return dict(sorted(found.items(), key=lambda item: (order[item[0].part], item[0].stage, item[0].block)))


class Fuser(nn.Module):
    """Gated attention of a picture's positions to themselves and the bound words, and a gated feed-forward layer."""

    def __init__(self, width: int, text_width: int) -> None:
        super().__init__()
        self.linear = Linear(text_width, width)
        self.attn = CrossAttention(width, width, HEADS)
        self.ff = FeedForward(width)
        self.norm1 = LayerNorm(width)
        self.norm2 = LayerNorm(width)
        self.alpha_attn = nn.Parameter(torch.zeros(()))
        self.alpha_dense = nn.Parameter(torch.zeros(()))

    def forward(self, x: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """The sequence x [B, L, width] after it has attended to words [B, n, text_width]."""
        together = self.norm1(torch.cat([x, self.linear(words)], dim=1))
        x = x + cast(self.alpha_attn, x).tanh() * self.attn(together, together)[:, : x.shape[1]]
        return x + cast(self.alpha_dense, x).tanh() * self.ff(self.norm2(x))


class PositionNet(nn.Module):
    """Words and boxes to words that know their box; of what is no box, learned numbers stand for both."""

    def __init__(self, config: GligenConfig) -> None:
        super().__init__()
        width, hidden = config.text_width, config.hidden
        self.linears = nn.Sequential(
            Linear(width + BOX_NUMBERS, hidden), nn.SiLU(), Linear(hidden, hidden), nn.SiLU(), Linear(hidden, width)
        )
        self.null_positive_feature = nn.Parameter(torch.zeros(width))
        self.null_position_feature = nn.Parameter(torch.zeros(BOX_NUMBERS))

    def forward(self, words: torch.Tensor, boxes: torch.Tensor, is_there: torch.Tensor) -> torch.Tensor:
        """Bound words [B, n, width] of words of that shape, boxes [B, n, 4], and which are there [B, n], 1 or 0."""
        there = is_there[..., None]
        text = words * there + (1 - there) * cast(self.null_positive_feature, words)
        place = fourier(boxes) * there + (1 - there) * cast(self.null_position_feature, words)
        return self.linears(torch.cat([text, place], dim=-1))


def fourier(boxes: torch.Tensor) -> torch.Tensor:
    """Sine and cosine of boxes [B, n, 4] at every frequency in turn: [B, n, 64]."""
    frequencies = HIGHEST_PERIOD ** (torch.arange(FREQUENCIES, device=boxes.device) / FREQUENCIES)
    angles = boxes[..., None, None, :] * frequencies[:, None, None]  # [B, n, frequencies, 1, 4]
    return torch.cat([angles.sin(), angles.cos()], dim=-2).flatten(-3)


class Gligen(nn.Module):
    """All added layers; the fusers are in the order of the U-Net."""

    def __init__(self, config: GligenConfig) -> None:
        super().__init__()
        self.config = config
        self.position_net = PositionNet(config)
        self.fusers = nn.ModuleList(Fuser(width, config.text_width) for width in config.widths)
