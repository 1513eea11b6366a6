"""Nodes that bring pictures to the size a model wants."""

import logging
from typing import Annotated

import torch

from comfy import latents
from comfy import resizing as ops
from comfy.native_size import advice_on_size, native_side
from nodes.declare import node
from nodes.image import ResizeMethod
from nodes.needs import need
from nodes.types import MAX_RESOLUTION, VAE, Image, IntValue, Latent, Model, TextValue
from nodes.widgets import OPTIONAL, Choice, Name, Number, Tip

log = logging.getLogger(__name__)

Side = Annotated[int, Number(512, 16, MAX_RESOLUTION, step=8)]
SideOrOwn = Annotated[int, Number(0, 0, MAX_RESOLUTION, step=8), Tip("0 is what the model was made for.")]
ASPECTS = {"1:1": 1.0, "4:3": 4 / 3, "3:2": 1.5, "16:9": 16 / 9, "3:4": 0.75, "2:3": 2 / 3, "9:16": 9 / 16}
SQUARE = "1:1"
LATENT_PIXEL = 8


@node("image/upscaling", display_name="Resize for Image to Image")
class ResizeForImageToImage:
    """Bring a picture to a size in one of the four ways of AUTOMATIC1111's web UI, and encode it."""

    def resize(
        self,
        image: Image,
        vae: VAE,
        mode: Annotated[
            str,
            Choice((*ops.MODES, ops.LATENT_MODE)),
            Tip("Stretch; fill the size and cut; fit inside and fill; or stretch the latent."),
        ],
        width: Side,
        height: Side,
        upscale_method: Annotated[str, Choice(("lanczos", "bicubic", "bilinear", "area", "nearest-exact"))] = "lanczos",
    ) -> tuple[Image, Latent]:
        vae = need(vae, "vae")
        if mode == ops.LATENT_MODE:
            latent = latents.upscale({"samples": vae.encode(image)}, "bilinear", width, height)
            return ops.just_resize(image, width, height, upscale_method), latent
        resized = ops.MODES[mode](image, width, height, upscale_method)
        return resized, {"samples": vae.encode(resized)}


@node("image/upscaling", display_name="Fit Image Inside")
class ImageFitInside:
    """Make pictures smaller, keeping their proportions, until they fit inside a box; smaller ones stay."""

    def fit(
        self,
        image: Image,
        width: Side,
        height: Side,
        upscale_method: ResizeMethod,
        multiple: Annotated[int, Number(8, 1, 256), Tip("Sides become multiples of this."), OPTIONAL] = 8,
    ) -> Image:
        return ops.fit_inside(image, width, height, upscale_method, multiple)


@node("latent", display_name="Empty Latent for Model")
class EmptyLatentForModel:
    """Empty latents of the size that a model was made for, or of another with a warning where it does not suit."""

    def generate(
        self,
        model: Model,
        aspect: Annotated[str, Choice(tuple(ASPECTS)), Tip("Used where width and height are 0."), OPTIONAL] = SQUARE,
        width: Annotated[SideOrOwn, OPTIONAL] = 0,
        height: Annotated[SideOrOwn, OPTIONAL] = 0,
        batch_size: Annotated[int, Number(1, 1, 4096), OPTIONAL] = 1,
    ) -> tuple[
        Latent,
        Annotated[IntValue, Name("width")],
        Annotated[IntValue, Name("height")],
        Annotated[TextValue, Name("advice")],
    ]:
        model = need(model, "model")
        side, ratio = native_side(model) or 512, ASPECTS[aspect]
        width = width or round(side * ratio**0.5 / 64) * 64
        height = height or round(side / ratio**0.5 / 64) * 64
        advice = advice_on_size(model, width, height)
        if advice:
            log.warning("%s", advice)
        shape = (batch_size, model.latent_format.channels, height // LATENT_PIXEL, width // LATENT_PIXEL)
        return {"samples": torch.zeros(shape)}, width, height, advice
