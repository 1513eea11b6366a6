"""The text encoder as a value that travels between nodes: prompt text to conditioning."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from comfy import devices
from comfy.lora import apply_lora
from comfy.lora_names import text_encoder_names
from comfy.models.clip_text import ClipText, ClipTextConfig
from comfy.residents import loaded
from comfy.text.embeddings import EmbeddingPath, find_embedding
from comfy.text.tokenizer import END_TOKEN
from comfy.text.tokens import Chunk, chunks_of, empty_chunk
from comfy.weights import Weights

Conditioning = list[list[Any]]


@dataclass(frozen=True, eq=False)
class TextEncoder:
    """CLIP's text half with the rules of prompt text; changing it makes another value that shares the weights.

    `last_layer` counts layers from the end: -1 is the last one, -2 the one before it.
    """

    weights: Weights[ClipText]
    embedding_path: EmbeddingPath | None = None
    last_layer: int = -1
    pad_token: int = END_TOKEN

    @property
    def config(self) -> ClipTextConfig:
        return self.weights.module.config

    def with_last_layer(self, layer: int) -> "TextEncoder":
        """The same encoder, stopping at a layer counted from the end; one that it does not have means the last."""
        return replace(self, last_layer=layer if 1 <= -layer <= self.config.layers else -1)

    def with_lora(self, lora: Mapping[str, torch.Tensor], strength: float) -> "TextEncoder":
        """The encoder with a LoRA file's patches for text encoders; this one stays as it is."""
        names = text_encoder_names(self.weights.module.state_dict())
        weights = apply_lora(self.weights, lora, names, strength)
        return self if weights is self.weights else replace(self, weights=weights)

    def tokenize(self, text: str) -> list[Chunk]:
        """The weighted tokens of a prompt, in chunks of 77."""
        width = self.config.width
        return chunks_of(text, lambda name: find_embedding(name, self.embedding_path, width), self.pad_token)

    def encode(self, text: str) -> Conditioning:
        """Conditioning [[[1, 77n, width], {"pooled_output": [1, width]}]] of a prompt."""
        return self.encode_tokens(self.tokenize(text))

    @torch.no_grad()
    def encode_tokens(self, chunks: list[Chunk]) -> Conditioning:
        """Conditioning of tokenized text: chunks joined, each token moved from the empty prompt's by its weight."""
        weights = torch.tensor([[token.weight for token in chunk] for chunk in chunks])
        is_weighted = bool((weights != 1.0).any())
        hidden, pooled = self._run([*chunks, empty_chunk(self.pad_token)] if is_weighted else chunks)
        if is_weighted:
            empty = hidden[-1:]
            moved = (hidden[:-1] - empty) * weights[..., None] + empty
            hidden = torch.where(weights[..., None] == 1.0, hidden[:-1], moved)
        return [[hidden.flatten(0, 1)[None], {"pooled_output": pooled[:1]}]]

    def _run(self, chunks: list[Chunk]) -> tuple[torch.Tensor, torch.Tensor]:
        """Hidden states [chunks, 77, width] of the wanted layer, normalised, and pooled vectors [chunks, width]."""
        with loaded(self.weights) as clip:
            device = devices.compute_device()
            tokens = torch.tensor([[token.number for token in chunk] for chunk in chunks], device=device)
            embeddings = clip.embed(tokens)
            for row, chunk in enumerate(chunks):
                for column, token in enumerate(chunk):
                    if token.vector is not None:
                        embeddings[row, column] = token.vector.to(embeddings)
            out = clip(tokens, embeddings)
            hidden = out.last if self.last_layer == -1 else clip.final_layer_norm(out.hidden[self.last_layer])
        return hidden.to("cpu", torch.float32), out.pooled.to("cpu", torch.float32)
