"""CLIP's text encoder (Radford et al. 2021): tokens to one vector per token and one for the whole text."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import nn

from comfy.models.attention import attention
from comfy.models.layers import LayerNorm, Linear
from comfy.models.shapes import StateDict, count, size_of

CLIP_PREFIX = "cond_stage_model.transformer.text_model."
END_TOKEN = 49407


def quick_gelu(x: torch.Tensor) -> torch.Tensor:
    return x * torch.sigmoid(1.702 * x)


ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {"quick_gelu": quick_gelu, "gelu": F.gelu}


@dataclass(frozen=True)
class ClipTextConfig:
    """Sizes of a CLIP text encoder; heads of 0 means one per 64 of width."""

    width: int = 768
    layers: int = 12
    heads: int = 0
    intermediate: int = 3072
    vocabulary: int = 49408
    positions: int = 77
    projection: int | None = None
    activation: str = "quick_gelu"

    @classmethod
    def from_state_dict(
        cls, state_dict: StateDict, prefix: str = CLIP_PREFIX, activation: str = "quick_gelu"
    ) -> "ClipTextConfig":
        """Read the sizes from tensor names and shapes; raises ArchitectureError where a tensor is missing."""
        projection = f"{prefix}text_projection.weight"
        tokens = f"{prefix}embeddings.token_embedding.weight"
        return cls(
            width=size_of(state_dict, tokens, 1),
            layers=count(state_dict, prefix + "encoder.layers.{}."),
            intermediate=size_of(state_dict, f"{prefix}encoder.layers.0.mlp.fc1.weight", 0),
            vocabulary=size_of(state_dict, tokens, 0),
            positions=size_of(state_dict, f"{prefix}embeddings.position_embedding.weight", 0),
            projection=size_of(state_dict, projection, 0) if projection in state_dict else None,
            activation=activation,
        )

    @property
    def head_count(self) -> int:
        return self.heads or max(1, self.width // 64)


@dataclass(frozen=True)
class ClipTextOutput:
    """What the encoder made of its tokens."""

    hidden: list[torch.Tensor]  # after each layer, before the final norm: [B, L, width]
    last: torch.Tensor  # the last of them, normalised: [B, L, width]
    whole: torch.Tensor  # `last` at the first end token: [B, width]
    pooled: torch.Tensor  # the same, projected where the model has a projection: [B, projection]


class Embeddings(nn.Module):
    def __init__(self, config: ClipTextConfig) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocabulary, config.width)
        self.position_embedding = nn.Embedding(config.positions, config.width)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.01)


class SelfAttention(nn.Module):
    """Attention in which a token sees all, or where it is causal itself and those before it."""

    def __init__(self, width: int, heads: int, is_causal: bool) -> None:
        super().__init__()
        self.heads = heads
        self.is_causal = is_causal
        self.q_proj = Linear(width, width)
        self.k_proj = Linear(width, width)
        self.v_proj = Linear(width, width)
        self.out_proj = Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.q_proj(x), self.k_proj(x), self.v_proj(x)
        return self.out_proj(attention(q, k, v, self.heads, causal=self.is_causal))


class Mlp(nn.Module):
    def __init__(self, width: int, intermediate: int, activation: str) -> None:
        super().__init__()
        self.fc1 = Linear(width, intermediate)
        self.fc2 = Linear(intermediate, width)
        self.activation = ACTIVATIONS[activation]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(self.activation(self.fc1(x)))


class EncoderSizes(Protocol):
    """What an encoder is built from, of texts or of pictures."""

    @property
    def width(self) -> int: ...
    @property
    def layers(self) -> int: ...
    @property
    def intermediate(self) -> int: ...
    @property
    def activation(self) -> str: ...
    @property
    def head_count(self) -> int: ...


class EncoderLayer(nn.Module):
    def __init__(self, config: EncoderSizes, is_causal: bool) -> None:
        super().__init__()
        self.layer_norm1 = LayerNorm(config.width)
        self.self_attn = SelfAttention(config.width, config.head_count, is_causal)
        self.layer_norm2 = LayerNorm(config.width)
        self.mlp = Mlp(config.width, config.intermediate, config.activation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class Encoder(nn.Module):
    def __init__(self, config: EncoderSizes, is_causal: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(config, is_causal) for _ in range(config.layers))


class ClipText(nn.Module):
    """The text half of CLIP; computes in float32 whatever precision its weights are kept in."""

    def __init__(self, config: ClipTextConfig = ClipTextConfig()) -> None:
        super().__init__()
        self.config = config
        self.embeddings = Embeddings(config)
        self.encoder = Encoder(config, is_causal=True)
        self.final_layer_norm = LayerNorm(config.width)
        if config.projection is not None:
            self.text_projection = Linear(config.width, config.projection, bias=False)

    def embed(self, tokens: torch.Tensor) -> torch.Tensor:
        """The vectors that stand for tokens, without their positions, in float32: [B, L, width]."""
        return F.embedding(tokens, self.embeddings.token_embedding.weight).float()

    def forward(self, tokens: torch.Tensor, embeddings: torch.Tensor | None = None) -> ClipTextOutput:
        """Encode tokens [B, L]; where embeddings [B, L, width] are given they stand in for the tokens' own."""
        x = self.embed(tokens) if embeddings is None else embeddings
        x = x + self.embeddings.position_embedding.weight[: x.shape[1]].to(x.dtype)
        hidden = []
        for layer in self.encoder.layers:
            x = layer(x)
            hidden.append(x)
        last = self.final_layer_norm(x)
        end = (tokens == END_TOKEN).int().argmax(dim=1)
        whole = last[torch.arange(len(tokens), device=last.device), end]
        pooled = whole if self.config.projection is None else self.text_projection(whole)
        return ClipTextOutput(hidden, last, whole, pooled)
