"""The style adapter of T2I-Adapter (Mou et al. 2023): a picture that CLIP has seen, as a few words of style."""

from dataclasses import dataclass

import torch
from torch import nn

from comfy.models.attention import attention
from comfy.models.clip_text import quick_gelu
from comfy.models.layers import LayerNorm, Linear, cast
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


class JoinedAttention(nn.Module):
    """Attention whose queries, keys and values are made by one matrix."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        joined = nn.functional.linear(x, cast(self.in_proj_weight, x), cast(self.in_proj_bias, x))
        q, k, v = joined.chunk(3, dim=-1)
        return self.out_proj(attention(q, k, v, self.heads))


class Mlp(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.c_fc = Linear(width, width * 4)
        self.c_proj = Linear(width * 4, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.c_proj(quick_gelu(self.c_fc(x)))


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attn = JoinedAttention(width, heads)
        self.ln_1 = LayerNorm(width)
        self.mlp = Mlp(width)
        self.ln_2 = LayerNorm(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


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
