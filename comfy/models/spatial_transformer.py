"""The transformer inside the U-Net: self-attention over the picture, cross-attention to the text."""

import torch
import torch.nn.functional as F
from torch import nn

from comfy.models.attention import attention
from comfy.models.layers import Conv2d, GroupNorm, LayerNorm, Linear, zero_init


class CrossAttention(nn.Module):
    """Attention from one sequence to another (or to itself); queries and keys meet in float32 where told to."""

    def __init__(self, width: int, context_width: int, heads: int, in_float32: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.in_float32 = in_float32
        self.to_q = Linear(width, width, bias=False)
        self.to_k = Linear(context_width, width, bias=False)
        self.to_v = Linear(context_width, width, bias=False)
        self.to_out = nn.Sequential(Linear(width, width), nn.Identity())

    def forward(self, x: torch.Tensor, context: torch.Tensor, values: torch.Tensor | None = None) -> torch.Tensor:
        """Attend from x [B, L, width] to context [B, S, D]; `values` stand in for it where the answers are made."""
        answers = self.to_v(context if values is None else values)
        return self.to_out(self.attend(self.to_q(x), self.to_k(context), answers))

    def attend(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """What queries find among keys and values, before the projection out."""
        if self.in_float32 and q.dtype != torch.float32:
            return attention(q.float(), k.float(), v.float(), self.heads).to(q.dtype)
        return attention(q, k, v, self.heads)


class GEGLU(nn.Module):
    """A linear layer gated by the GELU of another (Shazeer 2020)."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.proj = Linear(width, inner * 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x, gate = self.proj(x).chunk(2, dim=-1)
        return x * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(GEGLU(width, width * 4), nn.Identity(), Linear(width * 4, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x)


class TransformerBlock(nn.Module):
    """Self-attention, cross-attention and a feed-forward layer, each normalised first and added.

    With `only_to_text` the first attention is one to the text as well.
    """

    def __init__(
        self, width: int, context_width: int, heads: int, in_float32: bool = False, only_to_text: bool = False
    ) -> None:
        super().__init__()
        self.only_to_text = only_to_text
        self.attn1 = CrossAttention(width, context_width if only_to_text else width, heads, in_float32)
        self.ff = FeedForward(width)
        self.attn2 = CrossAttention(width, context_width, heads, in_float32)
        self.norm1 = LayerNorm(width)
        self.norm2 = LayerNorm(width)
        self.norm3 = LayerNorm(width)

    def forward(self, x: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        h = self.norm1(x)
        x = x + self.attn1(h, context if self.only_to_text else h)
        x = x + self.attn2(self.norm2(x), context)
        return x + self.ff(self.norm3(x))


class SpatialTransformer(nn.Module):
    """Transformer blocks over the positions of a [B, C, H, W] feature map, added to it."""

    def __init__(
        self,
        channels: int,
        heads: int,
        depth: int,
        context_width: int,
        linear: bool,
        in_float32: bool = False,
        only_to_text: bool = False,
    ) -> None:
        super().__init__()
        self.linear = linear
        self.norm = GroupNorm(32, channels, eps=1e-6)
        self.proj_in = Linear(channels, channels) if linear else Conv2d(channels, channels, 1)
        self.transformer_blocks = nn.ModuleList(
            TransformerBlock(channels, context_width, heads, in_float32, only_to_text) for _ in range(depth)
        )
        self.proj_out = zero_init(Linear(channels, channels) if linear else Conv2d(channels, channels, 1))

    def forward(self, x: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        h = self.to_sequence(x)
        for block in self.transformer_blocks:
            h = block(h, context)
        return self.from_sequence(h, x)

    def to_sequence(self, x: torch.Tensor) -> torch.Tensor:
        """The feature map normalised and projected, as a sequence of its positions [B, H*W, C]."""
        h = self.norm(x)
        h = h if self.linear else self.proj_in(h)
        h = h.permute(0, 2, 3, 1).flatten(1, 2)  # [B, H*W, C]
        return self.proj_in(h) if self.linear else h

    def from_sequence(self, h: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """The sequence projected back and added to the feature map."""
        h = self.proj_out(h) if self.linear else h
        h = h.unflatten(1, x.shape[-2:]).permute(0, 3, 1, 2)  # [B, C, H, W], channels last in memory
        return x + (h if self.linear else self.proj_out(h))
