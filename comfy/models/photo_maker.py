"""PhotoMaker's network (Li et al. 2023): what a person looks like, fused with the word that names one."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from comfy.models.clip_vision import ClipVision, ClipVisionConfig
from comfy.models.layers import LayerNorm, Linear
from comfy.models.shapes import StateDict, size_of


@dataclass(frozen=True)
class PhotoMakerConfig:
    """Sizes of the picture encoder, and the width of the text that it is fused with."""

    vision: ClipVisionConfig
    text_width: int = 2048

    @classmethod
    def from_state_dict(cls, state_dict: StateDict) -> "PhotoMakerConfig":
        """Read the sizes of tensors below `vision` and `fuse_module`; raises ArchitectureError."""
        below = "vision."
        vision = {name.removeprefix(below): t for name, t in state_dict.items() if name.startswith(below)}
        return cls(ClipVisionConfig.from_state_dict(vision), size_of(state_dict, "fuse_module.layer_norm.weight", 0))


class Mlp(nn.Module):
    """A norm and two layers, added to what they are given where that is as wide."""

    def __init__(self, width_in: int, width: int) -> None:
        super().__init__()
        self.is_added = width_in == width
        self.layernorm = LayerNorm(width_in)
        self.fc1 = Linear(width_in, width)
        self.fc2 = Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.fc2(F.gelu(self.fc1(self.layernorm(x))))
        return x + h if self.is_added else h


class Fuse(nn.Module):
    """A word's embedding with a person's beside it, to one embedding."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp1 = Mlp(2 * width, width)
        self.mlp2 = Mlp(width, width)
        self.layer_norm = LayerNorm(width)

    def forward(self, words: torch.Tensor, person: torch.Tensor) -> torch.Tensor:
        fused = self.mlp1(torch.cat([words, person], dim=-1)) + words
        return self.layer_norm(self.mlp2(fused))


class PhotoMaker(nn.Module):
    """A picture encoder with a second projection, and the layers that fuse."""

    def __init__(self, config: PhotoMakerConfig) -> None:
        super().__init__()
        self.config = config
        self.vision = ClipVision(config.vision)
        rest = config.text_width - (config.vision.projection or 0)
        self.visual_projection_2 = Linear(config.vision.width, rest, bias=False)
        self.fuse_module = Fuse(config.text_width)

    def forward(self, pixels: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """Words [n, text_width] fused with what n normalised pictures [n, 3, side, side] show."""
        seen = self.vision(pixels)
        person = torch.cat([seen.pooled, self.visual_projection_2(seen.whole)], dim=-1)
        return self.fuse_module(words, person)
