"""Nodes that read the parts of a model by themselves, and folders in diffusers' layout."""

from pathlib import Path
from typing import Annotated, Any

import torch

from comfy.checkpoint import load_checkpoint, load_clip, load_unet
from comfy.diffusers_folders import load_diffusers_folder
from comfy.errors import ArchitectureError
from execution import paths
from nodes.declare import node
from nodes.embedding_files import embedding_file
from nodes.loaders import model_files, stamp_of
from nodes.types import VAE, Clip, Model
from nodes.widgets import Choice

STORED_AS = {
    "default": None,
    "fp8_e4m3fn": torch.float8_e4m3fn,
    "fp8_e4m3fn_fast": torch.float8_e4m3fn,
    "fp8_e5m2": torch.float8_e5m2,
}
OTHER_TYPES = (
    *("stable_cascade", "sd3", "stable_audio", "mochi", "ltxv", "pixart", "cosmos", "lumina2", "wan", "hidream"),
    *("chroma", "ace", "omnigen2", "qwen_image", "hunyuan_image"),
)
Device = Annotated[str, Choice(("default", "cpu"), more={"advanced": True})]
CONFIGS = (
    *("anything_v3.yaml", "v1-inference.yaml", "v1-inference_clip_skip_2.yaml", "v1-inference_clip_skip_2_fp16.yaml"),
    *("v1-inference_fp16.yaml", "v1-inpainting-inference.yaml", "v2-inference-v.yaml", "v2-inference-v_fp32.yaml"),
    *("v2-inference.yaml", "v2-inference_fp32.yaml", "v2-inpainting-inference.yaml"),
)
SKIPS_A_LAYER = "clip_skip_2"
PREDICTS_V = "v2-inference-v"


@node("advanced/loaders", display_name="Load Diffusion Model", fingerprint=stamp_of("diffusion_models", "unet_name"))
class UNETLoader:
    """Read a diffusion model by itself, without text encoder and VAE."""

    def load_unet(
        self,
        unet_name: Annotated[str, model_files("diffusion_models")],
        weight_dtype: Annotated[str, Choice(tuple(STORED_AS))],
    ) -> Model:
        return load_unet(paths.current().full_path("diffusion_models", unet_name), STORED_AS[weight_dtype])


@node("advanced/loaders", display_name="Load CLIP", fingerprint=stamp_of("text_encoders", "clip_name"))
class CLIPLoader:
    """Read a text encoder by itself: CLIP-L, OpenCLIP-H or OpenCLIP-G."""

    def load_clip(
        self,
        clip_name: Annotated[str, model_files("text_encoders")],
        type: Annotated[str, Choice(("stable_diffusion", *OTHER_TYPES))],  # noqa: A002, saved workflows know it so
        device: Device | None = "default",
    ) -> Clip:
        _must_be(type, "stable_diffusion")
        return load_clip([paths.current().full_path("text_encoders", clip_name)], embedding_file)


@node("advanced/loaders")
class DualCLIPLoader:
    """Read Stable Diffusion XL's two text encoders, CLIP-L and OpenCLIP-G, in any order."""

    def load_clip(
        self,
        clip_name1: Annotated[str, model_files("text_encoders")],
        clip_name2: Annotated[str, model_files("text_encoders")],
        type: Annotated[  # noqa: A002, saved workflows know it so
            str, Choice(("sdxl", "sd3", "flux", "hunyuan_video", "hidream", "hunyuan_image"))
        ],
        device: Device | None = "default",
    ) -> Clip:
        _must_be(type, "sdxl")
        found = [paths.current().full_path("text_encoders", name) for name in (clip_name1, clip_name2)]
        return load_clip(list(found), embedding_file)


def _must_be(given: str, known: str) -> None:
    if given != known:
        raise ArchitectureError(f"text encoders of the type {given!r} cannot be loaded yet; set type to {known!r}")


def _model_folders() -> list[str]:
    """The folders below models/diffusers that hold a model in diffusers' layout."""
    folders = paths.current().kind_folders("diffusers")
    found = [index.parent for folder in folders if folder.is_dir() for index in folder.rglob("model_index.json")]
    return sorted(str(_relative(path, folders)) for path in found)


def _relative(path: Path, folders: list[Path]) -> Path:
    return next(path.relative_to(folder) for folder in folders if path.is_relative_to(folder))


def _folder(name: str) -> Path:
    for folder in paths.current().kind_folders("diffusers"):
        if (folder / name / "model_index.json").is_file() and paths.resolve_inside(folder, name):
            return folder / name
    raise ArchitectureError(f"there is no folder {name!r} with a model_index.json below models/diffusers")


@node("advanced/loaders/deprecated")
class DiffusersLoader:
    """Read a model from a folder in diffusers' layout."""

    def load_checkpoint(self, model_path: Annotated[str, Choice(_model_folders)]) -> tuple[Model, Clip, VAE]:
        loaded: Any = load_diffusers_folder(_folder(model_path), embedding_file)
        return loaded.model, loaded.clip, loaded.vae


@node(
    "advanced/loaders",
    display_name="Load Checkpoint With Config (DEPRECATED)",
    deprecated=True,
    fingerprint=stamp_of("checkpoints", "ckpt_name"),
)
class CheckpointLoader:
    """Read a checkpoint; of the configuration only what a file's tensors do not tell is used."""

    def load_checkpoint(
        self, config_name: Annotated[str, Choice(CONFIGS)], ckpt_name: Annotated[str, model_files("checkpoints")]
    ) -> tuple[Model, Clip | None, VAE | None]:
        checkpoint = load_checkpoint(paths.current().full_path("checkpoints", ckpt_name), embedding_file)
        model, clip = checkpoint.model, checkpoint.clip
        if config_name.startswith(PREDICTS_V):
            model = model.clone_with(prediction="v")
        if clip is not None and SKIPS_A_LAYER in config_name:
            clip = clip.with_last_layer(-2)
        return model, clip, checkpoint.vae
