"""Opening model files: which family a checkpoint belongs to, told by its tensors, and its parts as values."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from comfy import devices
from comfy.diffusion_model import DiffusionModel
from comfy.errors import ArchitectureError
from comfy.families import KINDS, family_of
from comfy.loading import load_weights
from comfy.models.autoencoder import VAE_PREFIX, Autoencoder, AutoencoderConfig
from comfy.models.shapes import has
from comfy.models.unet import UNET_PREFIX, UNet, UNetConfig
from comfy.other_families import other_family, refusal
from comfy.renamed import RenamedStateDict
from comfy.state_dict import metadata_of, read_state_dict
from comfy.text.embeddings import EmbeddingPath
from comfy.text.encoder import TextEncoder, encoder_of
from comfy.text.layouts import encoders_in
from comfy.unet_layouts import is_diffusers_unet, unet_from_diffusers
from comfy.vae import Vae
from comfy.vae_layouts import is_diffusers_vae, vae_from_diffusers
from comfy.vision import PictureEncoder, picture_encoder_from

log = logging.getLogger(__name__)

StateDict = Mapping[str, torch.Tensor]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a checkpoint file holds; a part that the file lacks is None."""

    model: DiffusionModel
    clip: TextEncoder | None
    vae: Vae | None
    clip_vision: PictureEncoder | None = None


def load_checkpoint(path: str | Path, embedding_path: EmbeddingPath | None = None) -> Checkpoint:
    """Load a checkpoint; `embedding_path` finds the files of embeddings that prompts name.

    Raises ModelFileError, naming the file and a remedy, where it is damaged, unsafe or of no known family.
    """
    return checkpoint_of(read_state_dict(path), Path(path).name, embedding_path)


def checkpoint_of(state_dict: StateDict, name: str, embedding_path: EmbeddingPath | None = None) -> Checkpoint:
    """The checkpoint of a file's tensors; messages call them by this name."""
    _must_be_loadable(state_dict, name)
    if not has(state_dict, UNET_PREFIX + "input_blocks."):
        families = ", ".join(kind.name for kind in KINDS)
        raise ArchitectureError(
            f"{name} {_what_it_is(state_dict)}. Checkpoints of these families can be loaded: {families}."
        )
    try:
        return Checkpoint(
            model=unet_model(state_dict, UNET_PREFIX, devices.unet_dtype()),
            clip=encoder_of(encoders_in(state_dict), embedding_path),
            vae=_load_vae(state_dict, VAE_PREFIX) if has(state_dict, VAE_PREFIX) else None,
            clip_vision=picture_encoder_from(state_dict, name),
        )
    except ArchitectureError as error:
        raise ArchitectureError(f"{name} is not a complete checkpoint: {error}. Fetch it again.") from error


def load_unet(path: str | Path, dtype: torch.dtype | None = None) -> DiffusionModel:
    """Load a U-Net by itself, in the original layout, with a checkpoint's prefix or without, or in diffusers'.

    `dtype` is the precision to keep it in. Raises ModelFileError.
    """
    state_dict = read_state_dict(path)
    name = Path(path).name
    _must_be_loadable(state_dict, name)
    prefix = UNET_PREFIX if has(state_dict, UNET_PREFIX) else ""
    tensors: StateDict = unet_from_diffusers(state_dict) if is_diffusers_unet(state_dict) else state_dict
    if f"{prefix}input_blocks.0.0.weight" not in tensors:
        raise ArchitectureError(
            f"{name} {_what_it_is(state_dict)}. A diffusion model by itself has input_blocks or, in diffusers' layout, "
            "down_blocks."
        )
    try:
        return unet_model(tensors, prefix, dtype or devices.unet_dtype())
    except ArchitectureError as error:
        raise ArchitectureError(f"{name} is not a complete diffusion model: {error}. Fetch it again.") from error


def load_vae(path: str | Path) -> Vae:
    """Load an autoencoder from a file of its own, in either layout, or out of a checkpoint."""
    state_dict: StateDict = read_state_dict(path)
    name = Path(path).name
    if is_diffusers_vae(state_dict):
        state_dict = vae_from_diffusers(state_dict)
    prefix = VAE_PREFIX if has(state_dict, VAE_PREFIX) else ""
    if f"{prefix}decoder.conv_in.weight" not in state_dict:
        raise ArchitectureError(
            f"{name} is not an autoencoder in Stable Diffusion's original layout or diffusers': it has no "
            "decoder.conv_in. Put VAE files into models/vae and other models into their own folders."
        )
    try:
        return _load_vae(state_dict, prefix)
    except ArchitectureError as error:
        raise ArchitectureError(f"{name} is not a complete autoencoder: {error}. Fetch it again.") from error


def load_clip(paths: list[str | Path], embedding_path: EmbeddingPath | None = None) -> TextEncoder:
    """Load a text encoder from one file, or the two networks of Stable Diffusion XL from two, in any order."""
    return clip_of([(Path(path).name, read_state_dict(path)) for path in paths], embedding_path)


def clip_of(files: Sequence[tuple[str, StateDict]], embedding_path: EmbeddingPath | None = None) -> TextEncoder:
    """The text encoder of files' names and tensors."""
    encoders: list[RenamedStateDict] = []
    for name, state_dict in files:
        found = encoders_in(state_dict)
        if not found:
            raise ArchitectureError(
                f"{name} is not a CLIP text encoder in transformers' layout or OpenCLIP's. "
                "Put text encoders into models/text_encoders."
            )
        encoders += found[: 2 if len(files) == 1 else 1]
    encoder = encoder_of(encoders, embedding_path)
    assert encoder is not None
    return encoder


def unet_model(state_dict: StateDict, prefix: str, dtype: torch.dtype) -> DiffusionModel:
    """The diffusion model of a U-Net's tensors, in the original layout below a prefix.

    Raises ArchitectureError where tensors are missing or of no known family.
    """
    config = UNetConfig.from_state_dict(state_dict, prefix)
    family = family_of(config, state_dict, prefix)
    return DiffusionModel(
        load_weights(lambda: UNet(config), state_dict, prefix, dtype),
        prediction=family.sampling.prediction,
        latent_format=family.latent_format.with_metadata(metadata_of(state_dict)),
        levels=family.sampling.levels,
        extra_inputs=family.extra_inputs,
        family=family.name,
    )


def _must_be_loadable(state_dict: StateDict, name: str) -> None:
    family = other_family(state_dict)
    if family is not None:
        raise ArchitectureError(refusal(family, name))


def _load_vae(state_dict: StateDict, prefix: str) -> Vae:
    config = AutoencoderConfig.from_state_dict(state_dict, prefix)
    return Vae(load_weights(lambda: Autoencoder(config), state_dict, prefix, devices.vae_dtype()))


BY_ITSELF = "is a diffusion model by itself: put it into models/diffusion_models and use Load Diffusion Model"

# What else a file may be: a tensor name's beginning, and what that says about the file.
OTHER_KINDS = (
    ("vision_model.", "is a CLIP picture encoder: put it into models/clip_vision and use Load CLIP Vision"),
    ("visual.", "is a CLIP picture encoder: put it into models/clip_vision and use Load CLIP Vision"),
    ("style_embedding", "is a style adapter: put it into models/style_models and use Load Style Model"),
    ("position_net.", "is a GLIGEN text box model: put it into models/gligen and use GLIGENLoader"),
    ("id_encoder.", "is PhotoMaker's network: put it into models/photomaker and use PhotoMakerLoader"),
    ("lora_unet_", "is a LoRA: put it into models/loras and use Load LoRA"),
    ("lora_te", "is a LoRA: put it into models/loras and use Load LoRA"),
    ("control_model.", "is a ControlNet: put it into models/controlnet"),
    (
        "down_blocks.",
        BY_ITSELF,
    ),
    (
        "input_blocks.",
        BY_ITSELF,
    ),
    ("decoder.", "is an autoencoder: put it into models/vae and use Load VAE"),
    ("first_stage_model.", "holds an autoencoder but no diffusion model: use Load VAE"),
    ("conditioner.embedders.", "holds text encoders of Stable Diffusion XL but no diffusion model: use Load CLIP"),
    ("cond_stage_model.model.", "holds a text encoder of Stable Diffusion 2 but no diffusion model: use Load CLIP"),
    ("text_model.", "is a text encoder: put it into models/text_encoders and use Load CLIP"),
    ("emb_params", "is an embedding: put it into models/embeddings and write embedding:name in a prompt"),
    (UNET_PREFIX, "holds a diffusion model of an unknown kind"),
)


def _what_it_is(state_dict: StateDict) -> str:
    for mark, claim in OTHER_KINDS:
        if has(state_dict, mark):
            return claim
    return f"is not a checkpoint: no name among its tensors ({len(state_dict)}) begins with {UNET_PREFIX!r}"
