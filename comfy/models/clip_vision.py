"""CLIP's picture encoder (Radford et al. 2021): a picture to one vector per patch and one for the whole."""

from dataclasses import dataclass
from math import isqrt

import torch
from torch import nn

from comfy.models.clip_text import Encoder
from comfy.models.layers import Conv2d, LayerNorm, Linear, cast
from comfy.models.shapes import StateDict, count, size_of

HEADS_OF_WIDTH = {1024: 16, 1280: 16, 1664: 16}
"""ViT-L, ViT-H and ViT-bigG; narrower ones have a head per 64 of width."""

QUICK_WIDTHS = (768, 1024)
"""Of the networks that OpenAI trained, ViT-B and ViT-L, whose activation is the quick one; OpenCLIP's is not."""


@dataclass(frozen=True)
class ClipVisionConfig:
    """Sizes of a CLIP picture encoder; `side` is the picture's in pixels, `patch` that of a patch."""

    width: int = 1024
    layers: int = 24
    intermediate: int = 4096
    patch: int = 14
    side: int = 224
    projection: int | None = 768
    activation: str = "quick_gelu"

    @classmethod
    def from_state_dict(cls, state_dict: StateDict) -> "ClipVisionConfig":
        """Read the sizes from tensor names and shapes; raises ArchitectureError where a tensor is missing."""
        patches = "embeddings.patch_embedding.weight"
        width, patch = size_of(state_dict, patches, 0), size_of(state_dict, patches, 2)
        positions = size_of(state_dict, "embeddings.position_embedding.weight", 0)
        projection = "visual_projection.weight"
        return cls(
            width=width,
            layers=count(state_dict, "encoder.layers.{}."),
            intermediate=size_of(state_dict, "encoder.layers.0.mlp.fc1.weight", 0),
            patch=patch,
            side=isqrt(positions - 1) * patch,
            projection=size_of(state_dict, projection, 0) if projection in state_dict else None,
            activation="quick_gelu" if width in QUICK_WIDTHS else "gelu",
        )

    @property
    def head_count(self) -> int:
        return HEADS_OF_WIDTH.get(self.width, max(1, self.width // 64))


@dataclass(frozen=True)
class ClipVisionOutput:
    """What the encoder made of pictures of P patches."""

    hidden: list[torch.Tensor]  # what entered the first layer and left each: [B, 1 + P, width]
    whole: torch.Tensor  # the whole picture: [B, width]
    pooled: torch.Tensor  # the same, projected where the model has a projection: [B, projection]


class Embeddings(nn.Module):
    """Patches as vectors behind one that stands for the whole, their positions added."""

    def __init__(self, config: ClipVisionConfig) -> None:
        super().__init__()
        self.class_embedding = nn.Parameter(torch.zeros(config.width))
        self.patch_embedding = Conv2d(3, config.width, config.patch, stride=config.patch, bias=False)
        self.position_embedding = nn.Embedding((config.side // config.patch) ** 2 + 1, config.width)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        patches = self.patch_embedding(pixels).flatten(2).transpose(1, 2)  # [B, P, width]
        whole = cast(self.class_embedding, pixels).expand(len(pixels), 1, -1)
        return torch.cat([whole, patches], dim=1) + cast(self.position_embedding.weight, pixels)


class ClipVision(nn.Module):
    """The picture half of CLIP; computes in float32 whatever precision its weights are kept in."""

    def __init__(self, config: ClipVisionConfig = ClipVisionConfig()) -> None:
        super().__init__()
        self.config = config
        self.embeddings = Embeddings(config)
        self.pre_layrnorm = LayerNorm(config.width)
        self.encoder = Encoder(config, is_causal=False)
        self.post_layernorm = LayerNorm(config.width)
        if config.projection is not None:
            self.visual_projection = Linear(config.width, config.projection, bias=False)

    def forward(self, pixels: torch.Tensor) -> ClipVisionOutput:
        """Encode normalised pictures [B, 3, side, side], float32."""
        x = self.pre_layrnorm(self.embeddings(pixels))
        hidden = [x]
        for layer in self.encoder.layers:
            x = layer(x)
            hidden.append(x)
        whole = self.post_layernorm(x[:, 0])
        pooled = whole if self.config.projection is None else self.visual_projection(whole)
        return ClipVisionOutput(hidden, whole, pooled)
