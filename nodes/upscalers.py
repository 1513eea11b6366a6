"""Nodes for networks that enlarge pictures, as ComfyUI declares them."""

from typing import Annotated, Any

from comfy import upscaling as ops
from execution import paths, progress
from nodes.declare import node
from nodes.loaders import model_files, stamp_of
from nodes.types import Image
from nodes.widgets import Socket

UpscaleModel = Annotated[Any, Socket("UPSCALE_MODEL")]
UpscaleModelName = Annotated[str, model_files("upscale_models")]


class WrongKindError(ValueError):
    """A network does something else than a node wants; the message says what and which node helps."""


@node("loaders", display_name="Load Upscale Model", fingerprint=stamp_of("upscale_models", "model_name"))
class UpscaleModelLoader:
    """Read a network that enlarges, restores or fills pictures."""

    def load_model(self, model_name: UpscaleModelName) -> UpscaleModel:
        return ops.load_picture_model(paths.current().full_path("upscale_models", model_name))


@node("image/upscaling", display_name="Upscale Image (using Model)")
class ImageUpscaleWithModel:
    """Enlarge pictures by a network, in tiles where they are large."""

    def upscale(self, upscale_model: UpscaleModel, image: Image) -> Image:
        return ops.upscale(need_upscaler(upscale_model), image, progress.current().update)


def need_upscaler(model: UpscaleModel) -> UpscaleModel:
    """The network, which must take a picture alone."""
    if ops.is_inpainter(model):
        raise WrongKindError("The model fills holes and does not enlarge. Use Inpaint with Model.")
    return model
