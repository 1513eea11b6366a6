"""Nodes that mix upscalers, fill holes and restore faces."""

from functools import partial
from typing import Annotated, Any

from comfy import inpainting
from comfy import upscaling as ops
from execution import paths, progress
from nodes.declare import node
from nodes.types import Fraction, Image, Mask
from nodes.upscalers import UpscaleModel, UpscaleModelName, WrongKindError, need_upscaler
from nodes.widgets import OPTIONAL, Number, Tip

FACE_SIDE = 512


def stamps_of_two(model_name_1: str | None, model_name_2: str | None, **_other: Any) -> str:
    """What changes when either file is replaced."""
    names = [name for name in (model_name_1, model_name_2) if name is not None]
    stats = [paths.current().full_path("upscale_models", name).stat() for name in names]
    return ";".join(f"{status.st_size} {status.st_mtime_ns}" for status in stats)


@node("loaders", display_name="Load Mixed Upscale Model", fingerprint=stamps_of_two)
class UpscaleModelMix:
    """A network between two of one architecture, such as a sharp and a smooth one made from each other."""

    def load_model(
        self, model_name_1: UpscaleModelName, model_name_2: UpscaleModelName, share: Annotated[float, Number(0.5)]
    ) -> UpscaleModel:
        first, second = (paths.current().full_path("upscale_models", name) for name in (model_name_1, model_name_2))
        return ops.interpolated(first, second, share)


@node("image/upscaling", display_name="Upscale with Two Models")
class UpscaleWithTwoModels:
    """Enlarge pictures by two networks to any factor, and mix what they make."""

    def upscale(
        self,
        image: Image,
        upscale_model_1: UpscaleModel,
        scale_by: Annotated[float, Number(2.0, 0.1, 16.0), OPTIONAL] = 2.0,
        visibility: Annotated[Fraction, Tip("How much of the second is seen."), OPTIONAL] = 1.0,
        upscale_model_2: UpscaleModel | None = None,
    ) -> Image:
        report = progress.current().update
        models = [need_upscaler(model) for model in (upscale_model_1, upscale_model_2) if model is not None]

        def told(which: int, done: int, total: int) -> None:
            report(which * total + done, total * len(models))

        first, *others = (
            ops.upscale_to(model, image, scale_by, partial(told, index)) for index, model in enumerate(models)
        )
        return first.lerp(others[0], visibility) if others else first


@node("image", display_name="Inpaint with Model")
class InpaintWithModel:
    """Fill what lies under a mask by a network such as LaMa, which removes things without a prompt."""

    def inpaint(self, inpaint_model: UpscaleModel, image: Image, mask: Mask) -> Image:
        if not ops.is_inpainter(inpaint_model):
            raise WrongKindError("The model enlarges and takes no mask. Load one that fills holes, such as LaMa.")
        return ops.inpaint(inpaint_model, image, mask)


@node("image", display_name="Restore Face with Model")
class RestoreFaceWithModel:
    """Restore the face under a mask by a network such as GFPGAN, and lay it over the picture."""

    def restore(
        self,
        face_model: UpscaleModel,
        image: Image,
        mask: Annotated[Mask, Tip("Painted over one face.")],
        visibility: Annotated[Fraction, OPTIONAL] = 1.0,
        padding: Annotated[int, Number(32, 0, 1024), OPTIONAL] = 32,
    ) -> Image:
        cut, face, _ = inpainting.cut_out(image, mask, padding, FACE_SIDE, FACE_SIDE, 8.0)
        restored = ops.upscale(need_upscaler(face_model), face, progress.current().update, tile=FACE_SIDE)
        return image[..., :3].lerp(inpainting.put_back(cut, restored), visibility)
