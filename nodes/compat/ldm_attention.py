"""What packs import as `comfy.ldm.modules.attention`: attention over [B, L, heads*D], for layers of their own."""

from typing import Any, TypeVar

import torch.nn.functional as F
from torch import Tensor

from comfy.models.attention import split_heads
from comfy.models.spatial_transformer import GEGLU as GEGLU
from comfy.models.spatial_transformer import CrossAttention as CrossAttention
from comfy.models.spatial_transformer import FeedForward as FeedForward
from comfy.models.spatial_transformer import SpatialTransformer as SpatialTransformer
from comfy.models.spatial_transformer import TransformerBlock as BasicTransformerBlock  # noqa: F401
from nodes.compat.names import lacks_of

T = TypeVar("T")


def optimized_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    heads: int,
    mask: Tensor | None = None,
    attn_precision: Any = None,
    skip_reshape: bool = False,
    skip_output_reshape: bool = False,
    **_: Any,
) -> Tensor:
    """Scaled dot-product attention; with `skip_reshape` the inputs are [B, heads, L, D] already."""
    if not skip_reshape:
        q, k, v = (split_heads(part, heads) for part in (q, k, v))
    if mask is not None and mask.ndim == 2:
        mask = mask[None]
    if mask is not None and mask.ndim == 3:
        mask = mask[:, None]
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return out if skip_output_reshape else out.transpose(1, 2).flatten(2)


attention_xformers = attention_sage = attention_flash = optimized_attention
attention_basic = attention_pytorch = attention_split = attention_sub_quad = optimized_attention
optimized_attention_masked = optimized_attention


def optimized_attention_for_device(device: Any, mask: bool = False, small_input: bool = False) -> Any:
    return optimized_attention


def wrap_attn(func: Any) -> Any:
    """A function of a pack's own that stands for attention, as it is."""
    return func


REGISTERED_ATTENTION_FUNCTIONS: dict[str, Any] = {"pytorch": optimized_attention}


def register_attention_function(name: str, func: Any) -> None:
    """Let other packs find a function that stands for attention."""
    REGISTERED_ATTENTION_FUNCTIONS.setdefault(name, func)


def get_attention_function(name: str, default: Any = optimized_attention) -> Any:
    return REGISTERED_ATTENTION_FUNCTIONS.get(name, default)


def exists(value: Any) -> bool:
    return value is not None


def default(value: T | None, otherwise: T) -> T:
    return otherwise if value is None else value


__getattr__ = lacks_of("comfy.ldm.modules.attention")
