"""Style adapters as packs know them: asked what the words of a picture's style are."""

from pathlib import Path
from typing import Any

from torch import Tensor

from comfy import style_model
from comfy.style_model import StyleModel


class OpenedStyleModel(StyleModel):
    """A style adapter of Skein's."""

    def get_cond(self, input: Any) -> Tensor:  # noqa: A002 - packs name it
        """The words [1, n, D] of the style of all pictures that were encoded."""
        return self.words(input)


def open_style_model(model: Any) -> Any:
    """A style adapter as packs know it; one that is so already is given back."""
    is_plain = isinstance(model, StyleModel) and not isinstance(model, OpenedStyleModel)
    return OpenedStyleModel(model.weights) if is_plain else model


def load_style_model(ckpt_path: str | Path) -> OpenedStyleModel:
    """Read a style adapter for Stable Diffusion 1."""
    opened: OpenedStyleModel = open_style_model(style_model.load_style_model(ckpt_path))
    return opened
