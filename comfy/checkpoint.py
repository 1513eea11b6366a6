"""Opening model files: which family a checkpoint belongs to, told by its tensors, and its parts as values."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from comfy import devices
from comfy.diffusion_model import DiffusionModel
from comfy.errors import ArchitectureError
from comfy.latent_formats import STABLE_DIFFUSION_1
from comfy.loading import load_weights
from comfy.models.autoencoder import VAE_PREFIX, Autoencoder, AutoencoderConfig
from comfy.models.clip_text import CLIP_PREFIX, ClipText, ClipTextConfig
from comfy.models.shapes import has
from comfy.models.unet import UNET_PREFIX, UNet, UNetConfig
from comfy.state_dict import metadata_of, read_state_dict
from comfy.text.embeddings import EmbeddingPath
from comfy.text.encoder import TextEncoder
from comfy.vae import Vae

log = logging.getLogger(__name__)

StateDict = Mapping[str, torch.Tensor]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a checkpoint file holds; a part that the file lacks is None."""

    model: DiffusionModel
    clip: TextEncoder | None
    vae: Vae | None


def load_checkpoint(path: str | Path, embedding_path: EmbeddingPath | None = None) -> Checkpoint:
    """Load a checkpoint; `embedding_path` finds the files of embeddings that prompts name.

    Raises ModelFileError, naming the file and a remedy, where it is damaged, unsafe or of no known family.
    """
    state_dict = read_state_dict(path)
    name = Path(path).name
    family = _family_of(state_dict, name)
    try:
        return family.load(state_dict, embedding_path)
    except ArchitectureError as error:
        raise ArchitectureError(
            f"{name} looks like a {family.name} checkpoint, but {error}. It may be damaged: fetch it again."
        ) from error


def load_vae(path: str | Path) -> Vae:
    """Load an autoencoder from a file of its own, or out of a checkpoint."""
    state_dict = read_state_dict(path)
    name = Path(path).name
    prefix = VAE_PREFIX if has(state_dict, VAE_PREFIX) else ""
    if f"{prefix}decoder.conv_in.weight" not in state_dict:
        raise ArchitectureError(
            f"{name} is not an autoencoder in Stable Diffusion's original layout: it has no decoder.conv_in. "
            "Put VAE files into models/vae and other models into their own folders."
        )
    try:
        return _load_vae(state_dict, prefix)
    except ArchitectureError as error:
        raise ArchitectureError(f"{name} is not a complete autoencoder: {error}. Fetch it again.") from error


def _load_stable_diffusion_1(state_dict: StateDict, embedding_path: EmbeddingPath | None) -> Checkpoint:
    unet_config = UNetConfig.from_state_dict(state_dict)
    unet = load_weights(lambda: UNet(unet_config), state_dict, UNET_PREFIX, devices.unet_dtype())
    latent_format = STABLE_DIFFUSION_1.with_metadata(metadata_of(state_dict))
    return Checkpoint(
        model=DiffusionModel(unet, "eps", latent_format),
        clip=_load_clip(state_dict, embedding_path),
        vae=_load_vae(state_dict, VAE_PREFIX) if has(state_dict, VAE_PREFIX) else None,
    )


def _load_clip(state_dict: StateDict, embedding_path: EmbeddingPath | None) -> TextEncoder | None:
    # Before transformers put the text model into a part of its own, its tensors lay one level higher.
    older = CLIP_PREFIX.removesuffix("text_model.")
    prefix = CLIP_PREFIX if has(state_dict, CLIP_PREFIX) else older
    if not has(state_dict, prefix):
        return None
    config = ClipTextConfig.from_state_dict(state_dict, prefix)
    weights = load_weights(lambda: ClipText(config), state_dict, prefix, devices.text_dtype())
    return TextEncoder(weights, embedding_path)


def _load_vae(state_dict: StateDict, prefix: str) -> Vae:
    config = AutoencoderConfig.from_state_dict(state_dict, prefix)
    return Vae(load_weights(lambda: Autoencoder(config), state_dict, prefix, devices.vae_dtype()))


@dataclass(frozen=True)
class Family:
    """A kind of checkpoint: the tensors that tell it, and how it is loaded."""

    name: str
    marks: tuple[str, ...]  # beginnings of tensor names, all of which must be there
    has_linear_projections: bool
    load: Callable[[StateDict, EmbeddingPath | None], Checkpoint]


FAMILIES = (Family("Stable Diffusion 1", (UNET_PREFIX,), False, _load_stable_diffusion_1),)


def _family_of(state_dict: StateDict, name: str) -> Family:
    projection = state_dict.get(f"{UNET_PREFIX}middle_block.1.proj_in.weight")
    if projection is not None:
        for family in FAMILIES:
            is_linear = projection.ndim == 2
            if family.has_linear_projections == is_linear and all(has(state_dict, mark) for mark in family.marks):
                return family
    known = ", ".join(family.name for family in FAMILIES)
    raise ArchitectureError(f"{name} {_what_it_is(state_dict)}. Checkpoints of these families can be loaded: {known}.")


# What else a file may be: a tensor name's beginning, and what that says about the file.
OTHER_KINDS = (
    ("conditioner.embedders.", "is a Stable Diffusion XL checkpoint, a family that cannot be loaded yet"),
    ("cond_stage_model.model.", "is a Stable Diffusion 2 checkpoint, a family that cannot be loaded yet"),
    ("lora_unet_", "is a LoRA: put it into models/loras and use Load LoRA"),
    ("lora_te", "is a LoRA: put it into models/loras and use Load LoRA"),
    ("control_model.", "is a ControlNet: put it into models/controlnet"),
    ("down_blocks.", "is a U-Net in diffusers' layout: fetch the model as a single checkpoint file"),
    ("decoder.", "is an autoencoder: put it into models/vae and use Load VAE"),
    ("first_stage_model.", "holds an autoencoder but no diffusion model: use Load VAE"),
    ("emb_params", "is an embedding: put it into models/embeddings and write embedding:name in a prompt"),
    (UNET_PREFIX, "holds a diffusion model of an unknown kind"),
)


def _what_it_is(state_dict: StateDict) -> str:
    for mark, claim in OTHER_KINDS:
        if has(state_dict, mark):
            return claim
    return f"is not a checkpoint: no name among its tensors ({len(state_dict)}) begins with {UNET_PREFIX!r}"
