"""A transformer block as CLIP's own program has it, which adapters and union ControlNets are built of."""

import torch
import torch.nn.functional as F
from torch import nn

from comfy.models.attention import attention
from comfy.models.clip_text import quick_gelu
from comfy.models.layers import LayerNorm, Linear, cast


class JoinedAttention(nn.Module):
    """Attention whose queries, keys and values are made by one matrix."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        joined = F.linear(x, cast(self.in_proj_weight, x), cast(self.in_proj_bias, x))
        q, k, v = joined.chunk(3, dim=-1)
        return self.out_proj(attention(q, k, v, self.heads))


class Mlp(nn.Module):
    """Two layers, four times as wide between them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.c_fc = Linear(width, width * 4)
        self.c_proj = Linear(width * 4, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.c_proj(quick_gelu(self.c_fc(x)))


class Block(nn.Module):
    """Attention of a sequence to itself and a feed-forward layer, each normalised first and added."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attn = JoinedAttention(width, heads)
        self.ln_1 = LayerNorm(width)
        self.mlp = Mlp(width)
        self.ln_2 = LayerNorm(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))
