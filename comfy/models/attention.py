"""The one place where attention is computed, so that a faster kernel serves every model."""

import torch
import torch.nn.functional as F


def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int, causal: bool = False) -> torch.Tensor:
    """Scaled dot-product attention of queries [B, L, heads*D] over keys and values [B, S, heads*D]; [B, L, heads*D]."""
    q, k, v = (split_heads(part, heads) for part in (q, k, v))
    out = F.scaled_dot_product_attention(q, k, v, is_causal=causal)  # [B, heads, L, D]
    return out.transpose(1, 2).flatten(2)


def split_heads(x: torch.Tensor, heads: int) -> torch.Tensor:
    """[B, L, heads*D] to [B, heads, L, D], without a copy."""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)
