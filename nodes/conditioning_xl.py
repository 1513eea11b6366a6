"""Nodes that tell Stable Diffusion XL and its refiner more than a text, and edited pictures to models for that."""

from typing import Annotated

import torch

from comfy import conditioning as ops
from comfy.images import resize
from nodes.declare import node
from nodes.needs import need
from nodes.types import MAX_RESOLUTION, VAE, Clip, Conditioning, Image, Latent
from nodes.widgets import Name, Number, Text, Tip

LATENT_SIDES = 4
"""How many pixels a side of the upscaler's latent stands for."""

Side = Annotated[int, Number(1024, 0, MAX_RESOLUTION)]
Offset = Annotated[int, Number(0, 0, MAX_RESOLUTION)]
PromptText = Annotated[str, Text(multiline=True, dynamic_prompts=True)]


@node("advanced/conditioning")
class CLIPTextEncodeSDXL:
    """Turn a text for each of Stable Diffusion XL's encoders into conditioning, with the sizes that it is told."""

    def encode(
        self,
        clip: Clip,
        width: Annotated[Side, Tip("How wide the picture claims to have been before it was scaled.")],
        height: Side,
        crop_w: Annotated[Offset, Tip("How much of it is claimed to be cut off on the left.")],
        crop_h: Offset,
        target_width: Annotated[Side, Tip("How wide it claims to be now.")],
        target_height: Side,
        text_g: PromptText,
        text_l: PromptText,
    ) -> Conditioning:
        clip = need(clip, "clip")
        encoded = clip.encode_tokens(clip.tokenize_apart({"g": text_g, "l": text_l}))
        return ops.with_options(
            encoded,
            width=width,
            height=height,
            crop_w=crop_w,
            crop_h=crop_h,
            target_width=target_width,
            target_height=target_height,
        )


@node("advanced/conditioning", order=("ascore", "width", "height", "text", "clip"))
class CLIPTextEncodeSDXLRefiner:
    """Turn a text into conditioning for Stable Diffusion XL's refiner, with the score that it is told."""

    def encode(
        self,
        clip: Clip,
        ascore: Annotated[float, Number(6.0, 0.0, 1000.0), Tip("How beautiful the picture claims to be, 0 to 10.")],
        width: Side,
        height: Side,
        text: PromptText,
    ) -> Conditioning:
        encoded = need(clip, "clip").encode(text)
        return ops.with_options(encoded, aesthetic_score=ascore, width=width, height=height)


@node("conditioning/instructpix2pix")
class InstructPixToPixConditioning:
    """Show a model that edits pictures by instructions the picture to edit."""

    def encode(
        self, positive: Conditioning, negative: Conditioning, vae: VAE, pixels: Image
    ) -> tuple[
        Annotated[Conditioning, Name("positive")],
        Annotated[Conditioning, Name("negative")],
        Annotated[Latent, Name("latent")],
    ]:
        seen = need(vae, "vae").encode(pixels)
        shown = {"concat_latent_image": seen}
        latent = {"samples": torch.zeros_like(seen)}
        return ops.with_options(positive, **shown), ops.with_options(negative, **shown), latent


@node("_for_testing/conditioning", experimental=True)
class CLIPTextEncodeControlnet:
    """Give a ControlNet a text of its own beside the model's."""

    def encode(self, clip: Clip, conditioning: Conditioning, text: PromptText) -> Conditioning:
        embedding, options = need(clip, "clip").encode(text)[0]
        return ops.with_options(
            conditioning, cross_attn_controlnet=embedding, pooled_output_controlnet=options["pooled_output"]
        )


@node("conditioning/upscale_diffusion")
class SD_4XUpscale_Conditioning:  # noqa: N801, saved workflows know it so
    """Show a small picture to Stable Diffusion 2's four times upscaler, and begin with a latent of the new size."""

    def encode(
        self,
        images: Image,
        positive: Conditioning,
        negative: Conditioning,
        scale_ratio: Annotated[float, Number(4.0, 0.0, 10.0), Tip("How many times larger the picture becomes.")],
        noise_augmentation: Annotated[float, Number(0.0, step=0.001), Tip("How freely it may be painted anew.")],
    ) -> tuple[
        Annotated[Conditioning, Name("positive")],
        Annotated[Conditioning, Name("negative")],
        Annotated[Latent, Name("latent")],
    ]:
        sides = (max(1, round(side * scale_ratio)) // LATENT_SIDES for side in images.shape[1:3])
        height, width = (max(1, side) for side in sides)
        seen = resize(images[..., :3] * 2 - 1, width, height, "bilinear", "center").movedim(-1, 1)
        options = {"concat_image": seen, "noise_augmentation": noise_augmentation}
        latent = {"samples": torch.zeros(len(images), 4, height, width)}
        return ops.with_options(positive, **options), ops.with_options(negative, **options), latent
