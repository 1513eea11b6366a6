"""PhotoMaker as a value that travels between nodes: a prompt in which one word looks like the people of pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from comfy import devices
from comfy.errors import ArchitectureError
from comfy.loading import load_weights
from comfy.models.photo_maker import PhotoMaker, PhotoMakerConfig
from comfy.renamed import RenamedStateDict, renamed
from comfy.residents import loaded
from comfy.state_dict import read_state_dict
from comfy.text.encoder import TextEncoder
from comfy.vision import as_seen
from comfy.weights import Weights

TRIGGER = "photomaker"
"""The word that stands behind the one that names a person, and is not read itself."""

MARK = "fuse_module.mlp1.fc1.weight"
SECOND_VERSION = "qformer_perceiver."


@dataclass(frozen=True, eq=False)
class PhotoMakerModel:
    """PhotoMaker's network with the weights that a file gave it."""

    weights: Weights[PhotoMaker]

    @torch.no_grad()
    def encode(self, clip: TextEncoder, text: str, images: Tensor) -> list[list[Any]]:
        """Conditioning of a prompt whose word before the trigger looks like those on pictures [n, H, W, C].

        Without the trigger it is the prompt's own. Raises ValueError where there is no word, or no room for it.
        """
        words = text.split(" ")
        if TRIGGER not in words:
            return clip.encode(text)
        at = words.index(TRIGGER)
        before = " ".join(words[:at])
        place, chunks = clip.count_tokens(before)
        if place == 0 or chunks > 1:
            raise ValueError(
                f"The word {TRIGGER} must follow the word that names a person, near the beginning of the text, "
                f"as in: photograph of a woman {TRIGGER}"
            )
        ((embedding, options),) = clip.encode(" ".join(words[:at] + words[at + 1 :]))
        return [[self._fused(embedding, place, images), options]]

    def _fused(self, embedding: Tensor, place: int, images: Tensor) -> Tensor:
        """The text [1, L, D] with the word at a place in as many forms as there are pictures."""
        config = self.weights.module.config
        if embedding.shape[-1] != config.text_width:
            raise ArchitectureError(
                f"PhotoMaker wants a text {config.text_width} wide, and the text encoder's is {embedding.shape[-1]}; "
                "use the text encoder of a Stable Diffusion XL checkpoint"
            )
        pixels = as_seen(images, config.vision.side).to(devices.compute_device())
        word = embedding[0, place].expand(len(pixels), -1)
        with loaded(self.weights) as network:
            fused = network(pixels, word.to(pixels)).to("cpu", torch.float32)
        length = embedding.shape[1]
        return torch.cat([embedding[:, :place], fused[None], embedding[:, place + 1 :]], dim=1)[:, :length]


def load_photo_maker(path: str | Path) -> PhotoMakerModel:
    """Load PhotoMaker's network; raises ModelFileError."""
    state_dict, name = read_state_dict(path), Path(path).name
    prefix = next((prefix for prefix in ("id_encoder.", "") if prefix + MARK in state_dict), None)
    if any(key.removeprefix("id_encoder.").startswith(SECOND_VERSION) for key in state_dict):
        raise ArchitectureError(f"{name} is PhotoMaker's second version, which cannot be loaded; fetch the first.")
    if prefix is None:
        raise ArchitectureError(f"{name} is not PhotoMaker's network. Put that into models/photomaker.")
    tensors = _renamed(state_dict, prefix)
    try:
        config = PhotoMakerConfig.from_state_dict(tensors)
        return PhotoMakerModel(load_weights(lambda: PhotoMaker(config), tensors, "", devices.text_dtype()))
    except ArchitectureError as error:
        raise ArchitectureError(f"{name} is not a complete PhotoMaker network: {error}. Fetch it again.") from error


def _renamed(state_dict: Mapping[str, Tensor], prefix: str) -> RenamedStateDict:
    names = {}
    for old in state_dict:
        new = old.removeprefix(prefix)
        if new.startswith(("vision_model.", "visual_projection.")):
            new = "vision." + new.removeprefix("vision_model.")
        names[old] = new
    return renamed(state_dict, names)
