"""The text encoder as a value that travels between nodes: prompt text to conditioning."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from comfy.hooks import ClipHooks
from comfy.lora import apply_lora
from comfy.lora_names import text_encoder_names
from comfy.models.clip_text import ClipText, ClipTextConfig
from comfy.renamed import RenamedStateDict
from comfy.text.embeddings import EmbeddingPath, find_embedding
from comfy.text.tokens import Chunk, chunks_of, count_tokens, empty_chunk
from comfy.text.tower import Tower, load_tower, load_tower_as
from comfy.weights import Weights

Conditioning = list[list[Any]]
Tokens = dict[str, list[Chunk]]
"""The chunks of 77 tokens that each text network reads, by the network's letter: l, h or g."""


@dataclass(frozen=True, eq=False)
class TextEncoder:
    """CLIP's text half with the rules of prompt text; changing it makes another value that shares the weights.

    Of two networks the hidden states are joined, and the second's pooled vector counts.
    """

    towers: tuple[Tower, ...]
    embedding_path: EmbeddingPath | None = None
    hooks: ClipHooks | None = None

    @property
    def config(self) -> ClipTextConfig:
        """The first network's sizes."""
        return self.towers[0].config

    @property
    def width(self) -> int:
        """How wide the conditioning is that it makes."""
        return sum(tower.config.width for tower in self.towers)

    def with_last_layer(self, layer: int) -> "TextEncoder":
        """The same encoder, stopping at a layer counted from the end; one that it does not have means the last."""
        return replace(self, towers=tuple(tower.with_last_layer(layer) for tower in self.towers))

    def with_hooks(self, hooks: ClipHooks) -> "TextEncoder":
        """The same encoder whose texts are encoded with hooks."""
        return replace(self, hooks=hooks)

    def with_weights(self, change: Callable[[Tower], Weights[ClipText]]) -> "TextEncoder":
        """The encoder with other weights in each of its networks."""
        return replace(self, towers=tuple(replace(tower, weights=change(tower)) for tower in self.towers))

    def with_lora(self, lora: Mapping[str, torch.Tensor], strength: float) -> "TextEncoder":
        """The encoder with a LoRA file's patches for text encoders; this one stays as it is."""
        has_two = len(self.towers) > 1

        def change(tower: Tower) -> Weights[ClipText]:
            names = text_encoder_names(tower.weights.module.state_dict(), tower.role, has_two)
            return apply_lora(tower.weights, lora, names, strength)

        changed = self.with_weights(change)
        is_same = all(a.weights is b.weights for a, b in zip(changed.towers, self.towers, strict=True))
        return self if is_same else changed

    def count_tokens(self, text: str) -> tuple[int, int]:
        """How many tokens a prompt has, without start, end and padding, and in how many chunks they are read."""
        width = self.config.width
        return count_tokens(text, lambda name: find_embedding(name, self.embedding_path, width))

    def tokenize(self, text: str) -> Tokens:
        """The weighted tokens of a prompt, in chunks of 77."""
        return {tower.role: self._chunks(tower, text) for tower in self.towers}

    def tokenize_apart(self, texts: Mapping[str, str]) -> Tokens:
        """The tokens of a prompt for each network by its letter, filled up with empty chunks to the same number."""
        tokens: Tokens = {tower.role: self._chunks(tower, texts.get(tower.role, "")) for tower in self.towers}
        longest = max(len(chunks) for chunks in tokens.values())
        for tower in self.towers:
            chunks = tokens[tower.role]
            chunks += [empty_chunk(tower.reading.pad_token)] * (longest - len(chunks))
        return tokens

    def _chunks(self, tower: Tower, text: str) -> list[Chunk]:
        width = tower.config.width
        return chunks_of(text, lambda name: find_embedding(name, self.embedding_path, width), tower.reading.pad_token)

    def encode(self, text: str) -> Conditioning:
        """Conditioning [[[1, 77n, width], {"pooled_output": [1, P]}]] of a prompt."""
        return self.encode_tokens(self.tokenize(text))

    def encode_whole(self, text: str) -> torch.Tensor:
        """The last network's vector [1, width] for the whole of a prompt, before any projection."""
        tower = self.towers[-1]
        return tower.encode_whole(self._chunks(tower, text))

    def encode_tokens(self, tokens: Mapping[str, Sequence[Chunk]]) -> Conditioning:
        """Conditioning of tokenized text: chunks joined, each token moved from the empty prompt's by its weight.

        With hooks on a schedule it has an entry for each stretch of the way on which their strengths differ.
        """
        if self.hooks is None:
            return self._encode_tokens(tokens)
        plain = TextEncoder(self.towers, self.embedding_path)
        return [
            [embedding, {**options, **self.hooks.options(start, end)}]
            for start, end, strengths in self.hooks.ranges()
            for embedding, options in self.hooks.changed(plain, strengths).encode_tokens(tokens)
        ]

    def _encode_tokens(self, tokens: Mapping[str, Sequence[Chunk]]) -> Conditioning:
        encoded = [tower.encode(tokens[tower.role]) for tower in self.towers]
        length = min(hidden.shape[1] for hidden, _ in encoded)
        joined = torch.cat([hidden[:, :length] for hidden, _ in encoded], dim=-1)
        return [[joined, {"pooled_output": encoded[-1][1]}]]


def encoder_of(encoders: Sequence[RenamedStateDict], embedding_path: EmbeddingPath | None = None) -> TextEncoder | None:
    """The text encoder that a file's networks make up, two of them as Stable Diffusion XL has them; None of none."""
    if not encoders:
        return None
    if len(encoders) == 1:
        return TextEncoder((load_tower(encoders[0]),), embedding_path)
    towers = {tower.role: tower for tower in map(load_tower, encoders)}
    if set(towers) != {"l", "g"}:
        towers = {"l": load_tower_as(encoders[0], "l"), "g": load_tower_as(encoders[1], "g")}
    return TextEncoder((towers["l"].beside_another(), towers["g"]), embedding_path)
