"""What a node says when a model that it needs did not come with the file that was loaded."""

from typing import TypeVar

T = TypeVar("T")

REMEDIES = {
    "model": "The file that was loaded holds no diffusion model. Load a whole checkpoint with Load Checkpoint.",
    "clip": "The file that was loaded holds no text encoder. Load one with Load CLIP, or connect that of a checkpoint.",
    "clip_vision": "The file that was loaded holds no picture encoder. Connect one from Load CLIP Vision.",
    "vae": "The file that was loaded holds no VAE. Load one with Load VAE and connect that.",
}


class MissingModelError(ValueError):
    """An input is connected but empty; the message names it and the remedy."""


def need(value: T | None, input_name: str) -> T:
    """The value, which must be there."""
    if value is None:
        raise MissingModelError(f"The input {input_name} is empty. {REMEDIES[input_name]}")
    return value
