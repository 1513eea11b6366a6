"""Textual inversion files: a few vectors that stand for a word which the model never learnt."""

import logging
from collections.abc import Callable
from pathlib import Path

import torch

from comfy.errors import ModelFileError
from comfy.state_dict import read_state_dict

log = logging.getLogger(__name__)

EmbeddingPath = Callable[[str], Path | str | None]
"""Where the file of the embedding of this name lies; None where there is none."""


def read_embedding(path: Path | str, width: int) -> torch.Tensor | None:
    """The vectors [n, width] in an embedding file; None, with a warning, where they fit another text encoder."""
    tensors = [
        tensor for tensor in read_state_dict(path).values() if tensor.ndim in (1, 2) and tensor.is_floating_point()
    ]
    fitting = [tensor for tensor in tensors if tensor.shape[-1] == width]
    if not fitting:
        widths = sorted({int(tensor.shape[-1]) for tensor in tensors})
        log.warning("The embedding %s is for another model (widths %s, not %d)", Path(path).name, widths, width)
        return None
    return fitting[0].reshape(-1, width).float()


def find_embedding(name: str, path_of: EmbeddingPath | None, width: int) -> torch.Tensor | None:
    """The vectors of the embedding of this name; None where there is none that can be used."""
    path = path_of(name) if path_of is not None and name else None
    if path is None:
        return None
    try:
        return read_embedding(path, width)
    except ModelFileError as error:
        log.warning("The embedding %s cannot be used: %s", name, error)
        return None


def find_any_embedding(name: str, path_of: EmbeddingPath) -> torch.Tensor | None:
    """The vectors [n, width] of an embedding, whatever text encoder it is for; None where there is none."""
    path = path_of(name) if name else None
    if path is None:
        return None
    try:
        tensors = read_state_dict(path).values()
    except ModelFileError:
        return None
    vectors = (tensor for tensor in tensors if tensor.ndim in (1, 2) and tensor.is_floating_point())
    return next((tensor.reshape(-1, tensor.shape[-1]) for tensor in vectors), None)
