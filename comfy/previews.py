"""Rough pictures of a latent while it is being sampled."""

import io

import torch
from PIL import Image

from comfy.latent_formats import LatentFormat

SECONDS_BETWEEN = 1 / 8
"""How long to wait between two previews at least: more can hardly be seen, and each costs a little."""

LARGEST_SIDE = 512
PIXELS_PER_LATENT = 8
JPEG_QUALITY = 80


def latent_to_rgb(latent: torch.Tensor, latent_format: LatentFormat) -> torch.Tensor:
    """A latent [C, h, w], scaled as the model sees it, as rough colours: uint8 [h, w, 3] on the same device.

    The result is a copy; a GPU is not waited for.
    """
    factors = torch.tensor(latent_format.rgb_factors, dtype=torch.float32, device=latent.device)
    bias = torch.tensor(latent_format.rgb_bias, dtype=torch.float32, device=latent.device)
    colours = torch.einsum("chw,cr->hwr", latent.float(), factors) + bias
    return colours.add_(1).mul_(127.5).clamp_(0, 255).to(torch.uint8)


def encode_jpeg(
    rgb: torch.Tensor, largest_side: int = LARGEST_SIDE, pixels_per_colour: int = PIXELS_PER_LATENT
) -> bytes:
    """Colours uint8 [h, w, 3] as a JPEG, enlarged to the finished picture's size but no side beyond the limit."""
    image = Image.fromarray(rgb.cpu().numpy())
    factor = min(pixels_per_colour, largest_side / max(image.size))
    width, height = (max(1, round(side * factor)) for side in image.size)
    encoded = io.BytesIO()
    image.resize((width, height), Image.Resampling.BILINEAR).save(encoded, "JPEG", quality=JPEG_QUALITY)
    return encoded.getvalue()
