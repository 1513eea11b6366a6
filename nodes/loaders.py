"""Nodes that read model files."""

import logging
from collections.abc import Callable
from typing import Annotated, Any

from comfy.checkpoint import load_checkpoint, load_vae
from comfy.state_dict import read_state_dict
from comfy.tiny_vae import SCALES as TINY_SCALES
from comfy.tiny_vae import half_of, load_tiny_vae, tiny_names
from execution import paths
from nodes.declare import node
from nodes.embedding_files import embedding_file
from nodes.hashing import prepare_hash
from nodes.needs import need
from nodes.types import VAE, Clip, Model
from nodes.widgets import Choice, Number, Tip

log = logging.getLogger(__name__)


def model_files(kind: str) -> Choice:
    """A choice of the files of a kind."""
    return Choice(lambda: paths.current().list_files(kind))


def stamp_of(kind: str, name_input: str) -> Callable[..., Any]:
    """A fingerprint that changes when the file named by an input is replaced, as a retrained one is."""

    def fingerprint(**inputs: Any) -> str | None:
        name = inputs.get(name_input)
        if name is None:  # It comes from a node, and is not known yet.
            return None
        status = paths.current().full_path(kind, name).stat()
        return f"{status.st_size} bytes of {status.st_mtime_ns}"

    return fingerprint


Strength = Annotated[float, Number(1.0, -100.0, 100.0)]
LoraName = Annotated[str, model_files("loras"), Tip("The LoRA file.")]


@node(
    "loaders",
    display_name="Load Checkpoint",
    other_names=("LoadCheckpoint",),
    fingerprint=stamp_of("checkpoints", "ckpt_name"),
)
class CheckpointLoaderSimple:
    """Read a checkpoint: the diffusion model with the text encoder and VAE that came with it."""

    def load_checkpoint(
        self, ckpt_name: Annotated[str, model_files("checkpoints"), Tip("The checkpoint file.")]
    ) -> tuple[
        Annotated[Model, Tip("Removes noise from latents.")],
        Annotated[Clip, Tip("Turns prompt text into conditioning.")] | None,
        Annotated[VAE, Tip("Turns images into latents and back.")] | None,
    ]:
        path = paths.current().full_path("checkpoints", ckpt_name)
        prepare_hash(path)
        checkpoint = load_checkpoint(path, embedding_file)
        return checkpoint.model, checkpoint.clip, checkpoint.vae


def vae_names() -> list[str]:
    """The VAE files, and the tiny ones that stand in for them where both of their halves are there."""
    return [*paths.current().list_files("vae"), *tiny_names(paths.current().list_files("vae_approx"))]


def vae_stamp(vae_name: str | None = None, **_other: Any) -> str | None:
    """What changes when a VAE's file is replaced; a tiny one goes by its name."""
    return vae_name if vae_name in TINY_SCALES else stamp_of("vae", "vae_name")(vae_name=vae_name)


@node("loaders", display_name="Load VAE", fingerprint=vae_stamp)
class VAELoader:
    """Read a VAE from a file of its own."""

    def load_vae(self, vae_name: Annotated[str, Choice(vae_names)]) -> VAE:
        folders = paths.current()
        if vae_name not in TINY_SCALES:
            return load_vae(folders.full_path("vae", vae_name))
        files = folders.list_files("vae_approx")
        encoder, decoder = (
            half_of(files, vae_name, half) or f"{vae_name}_{half}.pth" for half in ("encoder", "decoder")
        )
        return load_tiny_vae(
            vae_name, folders.full_path("vae_approx", encoder), folders.full_path("vae_approx", decoder)
        )


@node("loaders", display_name="Load LoRA", fingerprint=stamp_of("loras", "lora_name"))
class LoraLoader:
    """Change a model and its text encoder by what a LoRA has learned. LoRAs can follow each other."""

    def load_lora(
        self,
        model: Annotated[Model, Tip("The model to change; the one given stays as it is.")],
        clip: Annotated[Clip, Tip("The text encoder to change; the one given stays as it is.")],
        lora_name: LoraName,
        strength_model: Annotated[Strength, Tip("How much to change the model; below 0 the other way.")],
        strength_clip: Annotated[Strength, Tip("How much to change the text encoder; below 0 the other way.")],
    ) -> tuple[Annotated[Model, Tip("The changed model.")], Annotated[Clip, Tip("The changed text encoder.")]]:
        if strength_model == 0 and strength_clip == 0:
            return model, clip
        lora = read_state_dict(paths.current().full_path("loras", lora_name))
        changed = (
            need(model, "model").with_lora(lora, strength_model) if strength_model else model,
            need(clip, "clip").with_lora(lora, strength_clip) if strength_clip else clip,
        )
        _tell_if_same(lora_name, changed[0] is model and changed[1] is clip)
        return changed


@node("loaders", fingerprint=stamp_of("loras", "lora_name"))
class LoraLoaderModelOnly:
    """Change a model by what a LoRA has learned, and leave the text encoder alone. LoRAs can follow each other."""

    def load_lora_model_only(self, model: Model, lora_name: LoraName, strength_model: Strength) -> Model:
        if strength_model == 0:
            return model
        lora = read_state_dict(paths.current().full_path("loras", lora_name))
        changed = need(model, "model").with_lora(lora, strength_model)
        _tell_if_same(lora_name, changed is model)
        return changed


def _tell_if_same(lora_name: str, is_same: bool) -> None:
    if is_same:
        log.warning(
            "The LoRA %s changes nothing here: it is no LoRA, or was made for another family of models. "
            "The picture is the one that comes without it; choose a LoRA of the model's own family.",
            lora_name,
        )
