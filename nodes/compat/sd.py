"""What packs import as `comfy.sd`: reading model files."""

import logging
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from comfy import checkpoint, devices, saving
from comfy.errors import ArchitectureError
from comfy.gligen import load_gligen as load_gligen
from comfy.text.layouts import encoders_in
from nodes.compat.autoencoder import OpenedVae as VAE  # noqa: N814, F401 - packs name it
from nodes.compat.autoencoder import open_vae
from nodes.compat.clip import OpenedClip as CLIP  # noqa: N814, F401 - packs name it
from nodes.compat.clip import open_clip
from nodes.compat.clip_vision import open_picture_encoder
from nodes.compat.foreign import NotPartOfSkein
from nodes.compat.model_patcher import open_model
from nodes.compat.names import lacks_of
from nodes.compat.style_model import OpenedStyleModel as StyleModel  # noqa: F401 - packs name it
from nodes.compat.style_model import load_style_model as load_style_model
from nodes.embedding_files import embedding_file

log = logging.getLogger(__name__)

UNET_PREFIX = "model.diffusion_model."


class CLIPType(Enum):
    """Families of text encoders; which one a file holds is told by its tensors."""

    STABLE_DIFFUSION = 1
    STABLE_CASCADE = 2
    SD3 = 3
    STABLE_AUDIO = 4
    HUNYUAN_DIT = 5
    FLUX = 6
    MOCHI = 7
    LTXV = 8
    HUNYUAN_VIDEO = 9
    PIXART = 10
    COSMOS = 11
    LUMINA2 = 12
    WAN = 13
    HIDREAM = 14
    CHROMA = 15
    ACE = 16
    OMNIGEN2 = 17
    QWEN_IMAGE = 18


class TEModel(Enum):
    """The networks that text encoders are made of here."""

    CLIP_L = 1
    CLIP_H = 2
    CLIP_G = 3


TE_WIDTHS = {768: TEModel.CLIP_L, 1024: TEModel.CLIP_H, 1280: TEModel.CLIP_G}


def detect_te_model(sd: Mapping[str, Tensor]) -> TEModel | None:
    """Which network a file's tensors are, told by their width; None where Skein knows none of it."""
    found = encoders_in(sd)
    return TE_WIDTHS.get(found[0]["embeddings.token_embedding.weight"].shape[1]) if found else None


def load_checkpoint_guess_config(
    ckpt_path: str,
    output_vae: bool = True,
    output_clip: bool = True,
    output_clipvision: bool = False,
    embedding_directory: Any = None,
    output_model: bool = True,
    *_: Any,
    **__: Any,
) -> tuple[Any, Any, Any, Any]:
    """Model, text encoder, autoencoder and picture encoder, None for what is not asked for or not in the file."""
    found = checkpoint.load_checkpoint(ckpt_path, embedding_file)
    return _opened(found, output_model, output_clip, output_vae, output_clipvision)


def load_state_dict_guess_config(
    sd: Mapping[str, Tensor],
    output_vae: bool = True,
    output_clip: bool = True,
    output_clipvision: bool = False,
    embedding_directory: Any = None,
    output_model: bool = True,
    *_: Any,
    **__: Any,
) -> tuple[Any, Any, Any, Any] | None:
    """The same of a checkpoint's tensors; None where they are none of a family that Skein runs, which the log says."""
    try:
        found = checkpoint.checkpoint_of(sd, "What the pack has loaded", embedding_file)
    except ArchitectureError as error:
        log.warning("%s", error)
        return None
    return _opened(found, output_model, output_clip, output_vae, output_clipvision)


def _opened(
    found: checkpoint.Checkpoint, model: bool, clip: bool, vae: bool, clip_vision: bool
) -> tuple[Any, Any, Any, Any]:
    """Of a checkpoint what is asked for, as packs know it."""
    seer = found.clip_vision if clip_vision else None
    return (
        open_model(found.model) if model else None,
        open_clip(found.clip) if clip else None,
        open_vae(found.vae) if vae else None,
        None if seer is None else open_picture_encoder(seer),
    )


def load_checkpoint(
    config_path: Any = None,
    ckpt_path: Any = None,
    output_vae: bool = True,
    output_clip: bool = True,
    embedding_directory: Any = None,
    **_: Any,
) -> tuple[Any, Any, Any]:
    """The same by the older name; what a configuration would say is told by the tensors."""
    return load_checkpoint_guess_config(ckpt_path, output_vae, output_clip)[:3]


def load_diffusion_model(unet_path: str, model_options: Mapping[str, Any] | None = None) -> Any:
    """A diffusion model from a file of its own."""
    return open_model(checkpoint.load_unet(unet_path, (model_options or {}).get("dtype")))


def load_unet(unet_path: str, dtype: torch.dtype | None = None) -> Any:
    return load_diffusion_model(unet_path, {"dtype": dtype})


def load_clip(
    ckpt_paths: Sequence[str], embedding_directory: Any = None, clip_type: Any = None, model_options: Any = None
) -> Any:
    """A text encoder from one file or two."""
    return open_clip(checkpoint.load_clip(list(ckpt_paths), embedding_file))


def load_text_encoder_state_dicts(
    state_dicts: Sequence[Mapping[str, Tensor]] = (),
    embedding_directory: Any = None,
    clip_type: Any = None,
    model_options: Any = None,
) -> Any:
    """A text encoder of the tensors of one file or two."""
    files = [(f"Number {number} of what the pack has loaded", sd) for number, sd in enumerate(state_dicts, 1)]
    return open_clip(checkpoint.clip_of(files, embedding_file))


def load_vae(path: str) -> Any:
    """An autoencoder from a file of its own."""
    return open_vae(checkpoint.load_vae(path))


def load_lora_for_models(
    model: Any, clip: Any, lora: Mapping[str, Tensor], strength_model: float, strength_clip: float
) -> tuple[Any, Any]:
    """Both with a LoRA's patches; the given ones stay as they are."""
    new_model = None if model is None else open_model(model).with_lora(lora, strength_model)
    new_clip = None if clip is None else open_clip(clip).with_lora(lora, strength_clip)
    return new_model, new_clip


def load_diffusion_model_state_dict(
    sd: Mapping[str, Tensor], model_options: Mapping[str, Any] | None = None, metadata: Any = None
) -> Any:
    """A diffusion model of its tensors, in the original layout; None where they are of no family that Skein runs."""
    prefix = UNET_PREFIX if any(name.startswith(UNET_PREFIX) for name in sd) else ""
    dtype = (model_options or {}).get("dtype") or devices.unet_dtype()
    try:
        return open_model(checkpoint.unet_model(sd, prefix, dtype))
    except ArchitectureError:
        return None


def load_unet_state_dict(sd: Mapping[str, Tensor], dtype: torch.dtype | None = None) -> Any:
    return load_diffusion_model_state_dict(sd, {"dtype": dtype})


def save_checkpoint(
    output_path: str, model: Any, clip: Any = None, vae: Any = None, clip_vision: Any = None,
    metadata: Mapping[str, str] | None = None, extra_keys: Mapping[str, Tensor] | None = None,
) -> None:  # fmt: skip
    """Write a model with all changes of its weights, and what else is given, as one checkpoint."""
    entries = saving.unet_entries(model.weights)
    entries += saving.clip_entries(clip) if clip is not None else []
    entries += saving.vae_entries(vae) if vae is not None else []
    if clip_vision is not None or extra_keys:
        raise NotPartOfSkein("Saving a picture encoder or further tensors within a checkpoint")
    with Path(output_path).open("wb") as file:
        saving.write_safetensors(file, entries, dict(metadata or {}))


__getattr__ = lacks_of("comfy.sd")
