"""The style adapter of T2I-Adapter (Mou et al. 2023): a picture that CLIP has seen, as a few words of style."""

from dataclasses import dataclass

import torch
from torch import nn

from comfy.models.clip_block import Block
from comfy.models.layers import LayerNorm, cast
from comfy.models.shapes import StateDict, count, size_of

HEAD_WIDTH = 128


@dataclass(frozen=True)
class StyleAdapterConfig:
    """Sizes of a style adapter: of the picture's vectors and the text's, and how many words it makes."""

    width: int = 1024
    text_width: int = 768
    tokens: int = 8
    layers: int = 3

    @classmethod
    def from_state_dict(cls, state_dict: StateDict) -> "StyleAdapterConfig":
        """Read the sizes from tensor names and shapes; raises ArchitectureError where a tensor is missing."""
        return cls(
            width=size_of(state_dict, "proj", 0),
            text_width=size_of(state_dict, "proj", 1),
            tokens=size_of(state_dict, "style_embedding", 1),
            layers=count(state_dict, "transformer_layes.{}."),
        )

    @property
    def heads(self) -> int:
        return max(1, self.width // HEAD_WIDTH)


class StyleAdapter(nn.Module):
    """Words of style that look at a picture's patches and at each other."""

    def __init__(self, config: StyleAdapterConfig = StyleAdapterConfig()) -> None:
        super().__init__()
        self.config = config
        self.transformer_layes = nn.Sequential(*(Block(config.width, config.heads) for _ in range(config.layers)))
        self.style_embedding = nn.Parameter(torch.empty(1, config.tokens, config.width))
        self.ln_post = LayerNorm(config.width)
        self.ln_pre = LayerNorm(config.width)
        self.proj = nn.Parameter(torch.empty(config.width, config.text_width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Words [B, tokens, text_width] for a picture's patches [B, 1 + P, width]."""
        words = cast(self.style_embedding, x).expand(len(x), -1, -1)
        x = self.transformer_layes(self.ln_pre(torch.cat([x, words], dim=1)))
        return self.ln_post(x[:, -self.config.tokens :]) @ cast(self.proj, x)
