"""Nodes that let a model see pictures through CLIP: unCLIP models, and adapters that turn a picture into words."""

from typing import Annotated

import torch

from comfy.checkpoint import load_checkpoint
from comfy.extra_inputs import PICTURES
from comfy.style_model import load_style_model
from comfy.unclip import SeenPicture
from comfy.vision import load_picture_encoder
from execution import paths
from nodes.declare import node
from nodes.embedding_files import embedding_file
from nodes.loaders import model_files, stamp_of
from nodes.needs import need
from nodes.types import VAE, Clip, ClipVision, ClipVisionOutput, Conditioning, Image, Model, StyleModel
from nodes.widgets import Choice, Number, Tip


@node("loaders", display_name="Load CLIP Vision", fingerprint=stamp_of("clip_vision", "clip_name"))
class CLIPVisionLoader:
    """Read a CLIP picture encoder: ViT-L, ViT-H or ViT-bigG."""

    def load_clip(self, clip_name: Annotated[str, model_files("clip_vision")]) -> ClipVision:
        return load_picture_encoder(paths.current().full_path("clip_vision", clip_name))


@node("conditioning", display_name="CLIP Vision Encode")
class CLIPVisionEncode:
    """Show pictures to CLIP, for models and adapters that read what it sees."""

    def encode(
        self,
        clip_vision: ClipVision,
        image: Image,
        crop: Annotated[str, Choice(("center", "none")), Tip("Cut to a square, or squeeze all of it into one.")],
    ) -> ClipVisionOutput:
        return need(clip_vision, "clip_vision").encode(image, crop == "center")


@node("conditioning")
class unCLIPConditioning:  # noqa: N801, saved workflows know it so
    """Have an unCLIP model make pictures like one that CLIP has seen; several can follow each other."""

    def apply_adm(
        self,
        conditioning: Conditioning,
        clip_vision_output: ClipVisionOutput,
        strength: Annotated[float, Number(1.0, -10.0, 10.0), Tip("How much the picture counts.")],
        noise_augmentation: Annotated[float, Number(0.0), Tip("How freely the model may depart from it.")],
    ) -> Conditioning:
        if strength == 0:
            return conditioning
        picture = SeenPicture(clip_vision_output, strength, noise_augmentation)
        return [
            [embedding, {**options, PICTURES: (*options.get(PICTURES, ()), picture)}]
            for embedding, options in conditioning
        ]


@node("loaders", fingerprint=stamp_of("checkpoints", "ckpt_name"))
class unCLIPCheckpointLoader:  # noqa: N801, saved workflows know it so
    """Read a checkpoint together with the picture encoder that it holds."""

    def load_checkpoint(
        self, ckpt_name: Annotated[str, model_files("checkpoints")]
    ) -> tuple[Model, Clip | None, VAE | None, ClipVision | None]:
        found = load_checkpoint(paths.current().full_path("checkpoints", ckpt_name), embedding_file)
        return found.model, found.clip, found.vae, found.clip_vision


@node("loaders", display_name="Load Style Model", fingerprint=stamp_of("style_models", "style_model_name"))
class StyleModelLoader:
    """Read a style adapter (T2I-Adapter) for Stable Diffusion 1."""

    def load_style_model(self, style_model_name: Annotated[str, model_files("style_models")]) -> StyleModel:
        return load_style_model(paths.current().full_path("style_models", style_model_name))


@node("conditioning/style_model", display_name="Apply Style Model")
class StyleModelApply:
    """Let a prompt end in words that say a picture's style."""

    def apply_stylemodel(
        self,
        conditioning: Conditioning,
        style_model: StyleModel,
        clip_vision_output: ClipVisionOutput,
        strength: Annotated[float, Number(1.0, 0.0, 10.0, step=0.001)],
        strength_type: Annotated[str, Choice(("multiply", "attn_bias"))],
    ) -> Conditioning:
        if strength_type != "multiply" and strength != 1.0:
            raise ValueError(
                "A style adapter for Stable Diffusion 1 knows no attention bias. Set strength_type to multiply."
            )
        words = style_model.words(clip_vision_output) * strength
        widths = {text.shape[-1] for text, _ in conditioning} - {words.shape[-1]}
        if widths:
            raise ValueError(
                f"The style model's words have {words.shape[-1]} numbers and the conditioning's {widths.pop()}. "
                "Use a style model made for the family of the checkpoint."
            )
        return [[torch.cat([text, words.expand(len(text), -1, -1)], dim=1), options] for text, options in conditioning]
