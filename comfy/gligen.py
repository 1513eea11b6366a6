"""GLIGEN as a value that travels between nodes, and what a conditioning that names boxes does to a U-Net."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from comfy import devices
from comfy.errors import ArchitectureError
from comfy.loading import load_weights
from comfy.models.changed_unet import Between, Place
from comfy.models.gligen import FuserPlace, Gligen, GligenConfig, fusers_in
from comfy.renamed import renamed
from comfy.residents import loaded

if TYPE_CHECKING:  # Asking a model asks for its boxes.
    from comfy.sampling.asking import Asking
from comfy.state_dict import read_state_dict
from comfy.weights import Weights

MOST_BOXES = 30
"""As many as it was trained with at most, and what every question is filled up to."""


@dataclass(frozen=True, eq=False)
class GligenModel:
    """GLIGEN's layers with the weights that a file gave them."""

    weights: Weights[Gligen]


@dataclass(frozen=True, eq=False)
class WordBox:
    """Words as one vector [1, D], and the rectangle that they are bound to, in latent pixels."""

    words: Tensor
    height: int
    width: int
    y: int
    x: int


@dataclass(frozen=True, eq=False)
class Grounding:
    """What a conditioning binds to boxes, and the layers that do so."""

    model: GligenModel
    boxes: tuple[WordBox, ...]

    def between(self, asking: "Asking") -> Between:
        """What it changes in one call of the U-Net."""
        with loaded(self.model.weights) as layers:
            return Grounded(layers, self._bound(layers, asking.x.shape[-2], asking.x.shape[-1]))

    @torch.no_grad()
    def _bound(self, layers: Gligen, height: int, width: int) -> Tensor:
        """The bound words [1, 30, D] for latents of a size."""
        words = torch.zeros(1, MOST_BOXES, layers.config.text_width)
        boxes, is_there = torch.zeros(1, MOST_BOXES, 4), torch.zeros(1, MOST_BOXES)
        for number, box in enumerate(self.boxes):
            corners = (box.x / width, box.y / height, (box.x + box.width) / width, (box.y + box.height) / height)
            words[0, number], boxes[0, number], is_there[0, number] = box.words[0], torch.tensor(corners), 1
        device = devices.compute_device()
        bound: Tensor = layers.position_net(words.to(device), boxes.to(device), is_there.to(device))
        return bound


class Grounded(Between):
    """Lets positions attend to the bound words, after they have attended to each other."""

    def __init__(self, layers: Gligen, bound: Tensor) -> None:
        self._fusers = dict(zip(layers.config.places, layers.fusers, strict=True))
        self._bound = bound

    def between_attentions(self, place: Place, x: Tensor) -> Tensor:
        fuser = self._fusers.get(FuserPlace(place.part, place.stage, place.block))
        if fuser is None:
            return x
        out: Tensor = fuser(x, self._bound.to(x).expand(len(x), -1, -1))
        return out


def grounded(asking: "Asking") -> Between | None:
    """What the boxes of a batch change; all its parts have the same ones."""
    grounding = asking.batch.options[0].get("gligen")
    return grounding.between(asking) if isinstance(grounding, Grounding) else None


def bind(options: Mapping[str, Any], model: GligenModel, box: WordBox) -> dict[str, Any]:
    """A conditioning's options with one more box; raises ArchitectureError where it does not fit the model."""
    wanted, given = model.weights.module.config.text_width, box.words.shape[-1]
    if wanted != given:
        raise ArchitectureError(
            f"this GLIGEN model wants words as vectors of {wanted} numbers, and the text encoder makes {given}; "
            "use the text encoder of a Stable Diffusion 1 checkpoint"
        )
    present = options.get("gligen")
    boxes = (*(present.boxes if isinstance(present, Grounding) else ()), box)
    if len(boxes) > MOST_BOXES:
        raise ValueError(f"GLIGEN can bind words to {MOST_BOXES} boxes at most, and this conditioning has more.")
    return {**options, "gligen": Grounding(model, boxes)}


def load_gligen(path: str | Path) -> GligenModel:
    """Load GLIGEN's layers from a file of their own, or out of a whole checkpoint; raises ModelFileError."""
    state_dict, name = read_state_dict(path), Path(path).name
    try:
        fusers = fusers_in(state_dict)
    except ArchitectureError:
        raise ArchitectureError(
            f"{name} is not a GLIGEN text box model: it has no fusers for the blocks of a U-Net. "
            "Put GLIGEN models into models/gligen."
        ) from None
    starts = {start: f"fusers.{number}." for number, start in enumerate(fusers.values())}
    names = {
        old: starts[start] + old.removeprefix(start) for start in starts for old in state_dict if old.startswith(start)
    }
    names |= {old: old for old in state_dict if old.startswith("position_net.")}
    tensors = renamed(state_dict, names)
    try:
        config = replace(GligenConfig.from_state_dict(tensors), places=tuple(fusers))
        return GligenModel(load_weights(lambda: Gligen(config), tensors, "", devices.unet_dtype()))
    except ArchitectureError as error:
        raise ArchitectureError(f"{name} is not a complete GLIGEN model: {error}. Fetch it again.") from error
