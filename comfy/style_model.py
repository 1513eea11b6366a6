"""The style model as a value that travels between nodes: a picture that CLIP has seen, to words of style."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from comfy import devices
from comfy.errors import ArchitectureError
from comfy.loading import load_weights
from comfy.models.style_adapter import StyleAdapter, StyleAdapterConfig
from comfy.residents import loaded
from comfy.state_dict import read_state_dict
from comfy.vision import EncodedPicture
from comfy.weights import Weights


@dataclass(frozen=True, eq=False)
class StyleModel:
    """A style adapter with the weights that a file gave it."""

    weights: Weights[StyleAdapter]

    @torch.no_grad()
    def words(self, picture: EncodedPicture) -> Tensor:
        """The words [1, n, D] of the style of all pictures that were encoded."""
        seen, width = picture.last_hidden_state, self.weights.module.config.width
        if seen.shape[-1] != width:
            raise ArchitectureError(
                f"this style model reads what a picture encoder of width {width} sees, and the one connected has "
                f"{seen.shape[-1]}; use CLIP ViT-L/14"
            )
        with loaded(self.weights) as adapter:
            words: Tensor = adapter(seen.to(devices.compute_device(), torch.float32))
        return words.to("cpu", torch.float32).flatten(0, 1)[None]


def load_style_model(path: str | Path) -> StyleModel:
    """Load a style adapter; raises ModelFileError."""
    state_dict, name = read_state_dict(path), Path(path).name
    if "style_embedding" not in state_dict:
        raise ArchitectureError(
            f"{name} is not a style adapter for Stable Diffusion 1: it has no style_embedding. "
            "Style models of other families cannot be loaded."
        )
    try:
        config = StyleAdapterConfig.from_state_dict(state_dict)
        return StyleModel(load_weights(lambda: StyleAdapter(config), state_dict, "", devices.text_dtype()))
    except ArchitectureError as error:
        raise ArchitectureError(f"{name} is not a complete style adapter: {error}. Fetch it again.") from error
