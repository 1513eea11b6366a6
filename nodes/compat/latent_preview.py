"""What packs import as `latent_preview`: telling of a sampler's steps with rough pictures."""

from collections.abc import Callable
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from comfy.latent_formats import STABLE_DIFFUSION_1, LatentFormat
from comfy.previews import latent_to_rgb
from nodes import options
from nodes.compat import utils
from nodes.compat.cli_args import LatentPreviewMethod as LatentPreviewMethod

MAX_PREVIEW_RESOLUTION = 512
PIXELS_PER_LATENT = 8

Callback = Callable[[int, Tensor, Tensor, int], None]


class LatentPreviewer:
    """Makes a Pillow picture of a latent [B, C, h, w]; packs override `decode_latent_to_preview`."""

    def decode_latent_to_preview(self, x0: Tensor) -> Image.Image:
        raise NotImplementedError(f"{type(self).__name__} must say how it draws a latent: decode_latent_to_preview.")

    def decode_latent_to_preview_image(self, preview_format: str, x0: Tensor) -> tuple[str, Image.Image, int]:
        """The picture as progress bars take it."""
        return ("JPEG", self.decode_latent_to_preview(x0), options.current().preview_size)


class Latent2RGBPreviewer(LatentPreviewer):
    """Colours that are linear in the latent's channels."""

    def __init__(
        self, latent_rgb_factors: Any, latent_rgb_factors_bias: Any = None, latent_rgb_factors_reshape: Any = None
    ) -> None:
        factors = tuple((float(r), float(g), float(b)) for r, g, b in latent_rgb_factors)
        red, green, blue = latent_rgb_factors_bias or (0.0, 0.0, 0.0)
        self._format = LatentFormat(1.0, len(factors), factors, (float(red), float(green), float(blue)))

    def decode_latent_to_preview(self, x0: Tensor) -> Image.Image:
        frame = x0[0] if x0.ndim == 4 else x0[0, :, 0]
        picture = Image.fromarray(latent_to_rgb(frame, self._format).cpu().numpy())
        width, height = (side * PIXELS_PER_LATENT for side in picture.size)
        return picture.resize((width, height), Image.Resampling.BILINEAR)


class TAESDPreviewerImpl(LatentPreviewer):
    """A small autoencoder that a pack brings."""

    def __init__(self, taesd: Any) -> None:
        self.taesd = taesd

    def decode_latent_to_preview(self, x0: Tensor) -> Image.Image:
        return preview_to_image(self.taesd.decode(x0[:1])[0].movedim(0, 2))


def preview_to_image(latent_image: Tensor, do_scale: bool = True) -> Image.Image:
    """Colours [h, w, 3] from -1 to 1, or with `do_scale` off from 0 to 1, as a picture."""
    colours = (latent_image + 1.0) / 2.0 if do_scale else latent_image
    return Image.fromarray((colours.clamp(0, 1) * 255).to(torch.uint8).cpu().numpy())


def get_previewer(device: Any, latent_format: Any) -> LatentPreviewer | None:
    """What shows latents of a format; None where the flags want no previews."""
    if options.current().preview_method == "none":
        return None
    factors = getattr(latent_format, "latent_rgb_factors", None)
    if factors is None:
        factors = getattr(latent_format, "rgb_factors", STABLE_DIFFUSION_1.rgb_factors)
    bias = getattr(latent_format, "latent_rgb_factors_bias", None) or getattr(latent_format, "rgb_bias", None)
    return Latent2RGBPreviewer(factors, bias)


def prepare_callback(model: Any, steps: int, x0_output_dict: dict[str, Any] | None = None) -> Callback:
    """Tells of every step on the card of the node that runs; `x0_output_dict` gets the last clean estimate as `x0`."""
    previewer = get_previewer(None, getattr(model, "latent_format", None))
    bar = utils.ProgressBar(steps)

    def callback(step: int, x0: Tensor, x: Tensor, total_steps: int) -> None:
        if x0_output_dict is not None:
            x0_output_dict["x0"] = x0
        preview = previewer.decode_latent_to_preview_image("JPEG", x0) if previewer is not None else None
        bar.update_absolute(step + 1, total_steps, preview)

    return callback


def set_preview_method(override: str | None = None) -> None:
    """How to show latents is for the flags to say."""
