"""Models as folders in diffusers' layout: one subfolder for each part."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from comfy.checkpoint import Checkpoint, load_clip, load_unet, load_vae
from comfy.diffusion_model import DiffusionModel
from comfy.errors import ArchitectureError, ModelFileError
from comfy.extra_inputs import pictures
from comfy.families import UNCLIP
from comfy.sampling.levels import ContinuousLevels, NoiseLevels
from comfy.state_dict import read_state_dict
from comfy.text.embeddings import EmbeddingPath
from comfy.unclip import Augmentor

# Names of a part's weights, the preferred ones first.
UNET_FILES = ("diffusion_pytorch_model", "diffusion_pytorch_model.fp16", "diffusion_pytorch_model.non_ema")
TEXT_FILES = ("model", "model.fp16", "pytorch_model")
PREDICTIONS = {"epsilon": "eps", "v_prediction": "v"}
BETA_POWERS = {"linear": 1, "scaled_linear": 2}
"""Of what betas are equally spaced, by the name that diffusers' schedulers have for it."""

ENDINGS = (".safetensors", ".bin")


def load_diffusers_folder(folder: Path, embedding_path: EmbeddingPath | None = None) -> Checkpoint:
    """Load the U-Net, text encoders and autoencoder of a folder; raises ModelFileError naming what is missing.

    Whether a model predicts noise or velocity, and over which noise levels, is read from its scheduler, since its
    tensors may not tell.
    """
    model = _seeing(folder, _sampling(folder, load_unet(_weights(folder, "unet", UNET_FILES))))
    encoders: list[str | Path] = [
        _weights(folder, part, TEXT_FILES) for part in ("text_encoder", "text_encoder_2") if (folder / part).is_dir()
    ]
    if not encoders:
        raise ArchitectureError(f"{folder.name} has no text_encoder folder. Fetch the model again.")
    return Checkpoint(
        model=model,
        clip=load_clip(encoders, embedding_path),
        vae=load_vae(_weights(folder, "vae", UNET_FILES)),
    )


def _weights(folder: Path, part: str, names: tuple[str, ...]) -> Path:
    for ending in ENDINGS:
        for name in names:
            path = folder / part / (name + ending)
            if path.is_file():
                return path
    raise ModelFileError(f"{folder.name} has no {part}/{names[0]}.safetensors. Fetch the model again.")


def _sampling(folder: Path, model: DiffusionModel) -> DiffusionModel:
    """The model with what its scheduler says of it: what it predicts, and over which noise levels."""
    try:
        told = json.loads((folder / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return model
    prediction = PREDICTIONS.get(told.get("prediction_type", ""), model.prediction)
    levels = model.levels
    betas = _betas(told)
    if betas is not None and not isinstance(levels, ContinuousLevels):
        levels = NoiseLevels.from_betas(betas)
    if told.get("rescale_betas_zero_snr"):
        levels = levels.with_zero_terminal_snr()
    return model.clone_with(prediction=prediction, levels=levels)


def _seeing(folder: Path, model: DiffusionModel) -> DiffusionModel:
    """The model with the mean and deviation of pictures' vectors, which an unCLIP model has in image_normalizer.

    Its picture encoder, image_encoder/model.safetensors, is one for models/clip_vision.
    """
    if not (folder / "image_normalizer").is_dir():
        return model
    told = read_state_dict(_weights(folder, "image_normalizer", UNET_FILES))
    mean, deviation = (told[name].float().reshape(1, -1) for name in ("mean", "std"))
    vector = pictures(Augmentor(mean.shape[1], mean, deviation))
    return model.clone_with(family=UNCLIP.name, extra_inputs={**model.extra_inputs, "vector": vector})


def _betas(told: Mapping[str, Any]) -> torch.Tensor | None:
    """The betas [T] in float64 of a scheduler of diffusers; None where it does not tell all that makes them."""
    start, end, steps = (told.get(name) for name in ("beta_start", "beta_end", "num_train_timesteps"))
    power = BETA_POWERS.get(told.get("beta_schedule", ""))
    if power is None or not isinstance(start, float) or not isinstance(end, float) or not isinstance(steps, int):
        return None
    return torch.linspace(start ** (1 / power), end ** (1 / power), steps, dtype=torch.float64) ** power
