"""Latents as files: safetensors with the samples, and the prompt and workflow among the metadata."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save

from comfy.errors import ModelFileError
from comfy.state_dict import read_state_dict

SAMPLES_KEY = "latent_tensor"
UNSCALED_KEY = "latent_format_version_0"
"""Its presence says that the samples are not multiplied by the model's scale, as the oldest files are."""

OLDEST_SCALE = 0.18215


def encode_latent(samples: torch.Tensor, texts: Mapping[str, str]) -> bytes:
    """A file's content for samples of any shape."""
    return save({SAMPLES_KEY: samples.contiguous(), UNSCALED_KEY: torch.tensor([])}, metadata=dict(texts))


def read_latent(path: Path) -> torch.Tensor:
    """The samples of a latent file, in float32; raises `ModelFileError` for files that hold none."""
    tensors = read_state_dict(path)
    if SAMPLES_KEY not in tensors:
        raise ModelFileError(f"{path.name} holds no latent. Choose a file that Save Latent wrote.")
    scale = 1.0 if UNSCALED_KEY in tensors else OLDEST_SCALE
    return tensors[SAMPLES_KEY].float() / scale
