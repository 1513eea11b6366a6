"""Stage four: the trained parts as one checkpoint in Stable Diffusion 1's layout, in float16."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file

from comfy.models.autoencoder import VAE_PREFIX
from comfy.models.clip_text import CLIP_PREFIX
from comfy.models.unet import UNET_PREFIX
from scripts.train_demo.diffusion import Painter
from scripts.train_demo.vae import fold_scale

CLIP_TOKENS = 49408
TOKEN_TABLE = "embeddings.token_embedding.weight"
METADATA = {
    "modelspec.title": "Skein emoji",
    "modelspec.architecture": "stable-diffusion-v1",
    "modelspec.license": "Apache-2.0; trained on Noto Color Emoji (SIL OFL 1.1)",
}


def export(
    path: Path, painter: Painter, vae: Mapping[str, torch.Tensor], deviation: float, vocabulary: torch.Tensor
) -> int:
    """Write the checkpoint and return its size in bytes.

    deviation is that of the autoencoder's raw latents, vocabulary the CLIP token of each row of the painter's table.
    """
    text = dict(painter.text.state_dict())
    text[TOKEN_TABLE] = spread(text[TOKEN_TABLE], vocabulary)
    parts = {
        UNET_PREFIX: painter.unet.state_dict(),
        VAE_PREFIX: fold_scale(vae, deviation),
        CLIP_PREFIX: text,
    }
    tensors = {
        prefix + name: tensor.half().contiguous() for prefix, part in parts.items() for name, tensor in part.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, METADATA)
    return path.stat().st_size


def spread(rows: torch.Tensor, vocabulary: torch.Tensor) -> torch.Tensor:
    """Put the trained rows at CLIP's token numbers; tokens never trained stay zero, so that the file packs well."""
    table = torch.zeros(CLIP_TOKENS, rows.shape[1])
    table[vocabulary] = rows.float()
    return table
