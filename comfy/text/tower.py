"""One CLIP text network and how its family of models reads it; an encoder has one or two of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch

from comfy import devices
from comfy.loading import load_weights
from comfy.models.clip_text import ClipText, ClipTextConfig, ClipTextOutput
from comfy.renamed import RenamedStateDict
from comfy.residents import loaded
from comfy.text.layouts import is_open_clip
from comfy.text.tokenizer import END_TOKEN
from comfy.text.tokens import Chunk, empty_chunk
from comfy.weights import Weights

Role = Literal["l", "h", "g"]
"""CLIP ViT-L, OpenCLIP ViT-H and OpenCLIP ViT-bigG, by the letters that files and prompts know them by."""


@dataclass(frozen=True)
class Reading:
    """How a network is read: which token fills a chunk up, which layer counts, and whether that is normalised."""

    pad_token: int = END_TOKEN
    layer: int = -1
    is_normalised: bool = True
    activation: str = "quick_gelu"


READINGS: dict[Role, Reading] = {
    "l": Reading(),
    "h": Reading(pad_token=0, layer=-2, activation="gelu"),
    "g": Reading(pad_token=0, layer=-2, is_normalised=False, activation="gelu"),
}
ROLE_OF_WIDTH: dict[int, Role] = {768: "l", 1024: "h", 1280: "g"}


@dataclass(frozen=True, eq=False)
class Tower:
    """A text network; `last_layer` counts layers from the end and stands in for the one that it is read at."""

    weights: Weights[ClipText]
    role: Role = "l"
    reading: Reading = READINGS["l"]
    last_layer: int | None = None

    @property
    def config(self) -> ClipTextConfig:
        return self.weights.module.config

    def beside_another(self) -> "Tower":
        """As Stable Diffusion XL reads it: the layer before the last, as it is."""
        return replace(self, reading=replace(self.reading, layer=-2, is_normalised=False))

    def with_last_layer(self, layer: int) -> "Tower":
        """The same, stopping at a layer counted from the end; one that it does not have means the normalised last."""
        return replace(self, last_layer=layer if 1 <= -layer <= self.config.layers else 0)

    @torch.no_grad()
    def encode(self, chunks: Sequence[Chunk]) -> tuple[torch.Tensor, torch.Tensor]:
        """Hidden states [1, 77n, width], each token moved from the empty prompt's by its weight, and pooled [1, P]."""
        weights = torch.tensor([[token.weight for token in chunk] for chunk in chunks])
        is_weighted = bool((weights != 1.0).any())
        hidden, out = self.read([*chunks, empty_chunk(self.reading.pad_token)] if is_weighted else chunks)
        if is_weighted:
            empty = hidden[-1:]
            moved = (hidden[:-1] - empty) * weights[..., None] + empty
            hidden = torch.where(weights[..., None] == 1.0, hidden[:-1], moved)
        return hidden.flatten(0, 1)[None], out.pooled[:1].to("cpu", torch.float32)

    @torch.no_grad()
    def encode_whole(self, chunks: Sequence[Chunk]) -> torch.Tensor:
        """The first chunk's vector [1, width], before any projection."""
        return self.read(chunks[:1])[1].whole.to("cpu", torch.float32)

    @torch.no_grad()
    def read(self, chunks: Sequence[Chunk]) -> tuple[torch.Tensor, ClipTextOutput]:
        """Hidden states [chunks, 77, width] of the wanted layer, on the CPU, and all that the network made."""
        with loaded(self.weights) as clip:
            device = devices.compute_device()
            tokens = torch.tensor([[token.number for token in chunk] for chunk in chunks], device=device)
            embeddings = clip.embed(tokens)
            for row, chunk in enumerate(chunks):
                for column, token in enumerate(chunk):
                    if token.vector is not None:
                        embeddings[row, column] = token.vector.to(embeddings)
            out = clip(tokens, embeddings)
            layer = self.reading.layer if self.last_layer is None else self.last_layer
            if layer == 0 or (layer == -1 and self.reading.is_normalised):
                hidden = out.last
            else:
                hidden = out.hidden[max(layer, -len(out.hidden))]
                hidden = clip.final_layer_norm(hidden) if self.reading.is_normalised else hidden
        return hidden.to("cpu", torch.float32), out


def load_tower(encoder: RenamedStateDict) -> Tower:
    """The text network of a file's tensors, by `ClipText`'s names; its role is told by its layout and width."""
    width = ClipTextConfig.from_state_dict(encoder, "").width
    return load_tower_as(encoder, ROLE_OF_WIDTH.get(width) or _role_of_layout(encoder))


def _role_of_layout(encoder: RenamedStateDict) -> Role:
    """Of other widths, which only small models made for tests have: by where Stable Diffusion 2 and XL keep theirs."""
    if not is_open_clip(encoder):
        return "l"
    return "g" if any(name.startswith("conditioner.") for name in encoder.sources.values()) else "h"


def load_tower_as(encoder: RenamedStateDict, role: Role) -> Tower:
    """The text network of a file's tensors, in a role that is known."""
    reading = READINGS[role]
    config = ClipTextConfig.from_state_dict(encoder, "", reading.activation)
    return Tower(load_weights(lambda: ClipText(config), encoder, "", devices.text_dtype()), role, reading)
