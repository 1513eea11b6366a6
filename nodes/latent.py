"""Nodes that make and change latents."""

from typing import Annotated

import torch

from comfy import latents, masks
from nodes.declare import node
from nodes.types import MAX_RESOLUTION, Latent, Mask
from nodes.widgets import Choice, Number, Tip

Side = Annotated[int, Number(512, 16, MAX_RESOLUTION, step=8)]
ScaledSide = Annotated[int, Number(512, 0, MAX_RESOLUTION, step=8)]
UpscaleMethod = Annotated[str, Choice(("nearest-exact", "bilinear", "area", "bicubic", "bislerp"))]
PIXELS_PER_LATENT = 8


@node("latent", display_name="Empty Latent Image")
class EmptyLatentImage:
    """Begin with nothing: latents for a sampler to make pictures of."""

    def generate(
        self,
        width: Annotated[Side, Tip("Pixels from left to right.")],
        height: Annotated[Side, Tip("Pixels from top to bottom.")],
        batch_size: Annotated[int, Number(1, 1, 4096), Tip("How many pictures are made at once.")] = 1,
    ) -> Annotated[Latent, Tip("The empty latents.")]:
        return {"samples": torch.zeros((batch_size, 4, height // PIXELS_PER_LATENT, width // PIXELS_PER_LATENT))}


@node("latent", display_name="Upscale Latent")
class LatentUpscale:
    """Resize latents to a width and height in pixels; a side of 0 follows from the other."""

    def upscale(
        self,
        samples: Latent,
        upscale_method: UpscaleMethod,
        width: ScaledSide,
        height: ScaledSide,
        crop: Annotated[str, Choice(("disabled", "center"))],
    ) -> Latent:
        return latents.upscale(samples, upscale_method, width, height, crop)


@node("latent", display_name="Upscale Latent By")
class LatentUpscaleBy:
    """Resize latents by a factor."""

    def upscale(
        self, samples: Latent, upscale_method: UpscaleMethod, scale_by: Annotated[float, Number(1.5, 0.01, 8.0)]
    ) -> Latent:
        height, width = samples["samples"].shape[-2:]
        if round(width * scale_by) < 1 or round(height * scale_by) < 1:
            raise ValueError(
                f"Nothing of a latent of {width}×{height} is left at a scale_by of {scale_by:g}: give more."
            )
        return latents.upscale_by(samples, upscale_method, scale_by)


@node("latent/inpaint", display_name="Set Latent Noise Mask")
class SetLatentNoiseMask:
    """Let a sampler change a latent only where the mask is white."""

    def set_mask(self, samples: Latent, mask: Mask) -> Latent:
        return {**samples, "noise_mask": masks.to_noise_mask(mask)}
