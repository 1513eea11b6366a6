"""Models as folders in diffusers' layout: one subfolder for each part."""

import json
from pathlib import Path

from comfy.checkpoint import Checkpoint, load_clip, load_unet, load_vae
from comfy.errors import ArchitectureError, ModelFileError
from comfy.text.embeddings import EmbeddingPath

# Names of a part's weights, the preferred ones first.
UNET_FILES = ("diffusion_pytorch_model", "diffusion_pytorch_model.fp16", "diffusion_pytorch_model.non_ema")
TEXT_FILES = ("model", "model.fp16", "pytorch_model")
ENDINGS = (".safetensors", ".bin")


def load_diffusers_folder(folder: Path, embedding_path: EmbeddingPath | None = None) -> Checkpoint:
    """Load the U-Net, text encoders and autoencoder of a folder; raises ModelFileError naming what is missing.

    Whether a model predicts noise or velocity is read from its scheduler, since its tensors may not tell.
    """
    model = load_unet(_weights(folder, "unet", UNET_FILES))
    prediction = _prediction(folder)
    if prediction is not None:
        model = model.clone_with(prediction=prediction)
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


def _prediction(folder: Path) -> str | None:
    try:
        told = json.loads((folder / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return {"epsilon": "eps", "v_prediction": "v"}.get(told.get("prediction_type", ""))
