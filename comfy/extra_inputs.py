"""What a U-Net is shown besides the noisy latent and the text: sizes, pooled text, and pictures as further channels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from comfy.errors import ArchitectureError
from comfy.latent_formats import LatentFormat
from comfy.latents import crop_to_aspect
from comfy.models.unet import timestep_embedding
from comfy.sampling.canvas import Canvas, per_item
from comfy.sampling.levels import upscaler_levels
from comfy.unclip import SEED_SHIFT, Augmentor

SIZE_WIDTH = 256
"""How many sinusoids stand for each number in the vector of Stable Diffusion XL (Podell et al. 2023)."""

PIXELS_PER_LATENT = 8

ASCORES = {"positive": 6.0, "negative": 2.5}
"""The aesthetic scores that the refiner is told where a conditioning says none."""

GREY = (0.8223, -0.6876, 0.6364, 0.1380)
"""A grey picture as a scaled latent of Stable Diffusion 1: what inpainting models are shown where all is masked."""

MOST_NOISE = 350
"""The highest level of noise that the upscaler was trained to see in small pictures."""

PICTURES = "unclip_conditioning"
"""What a conditioning calls the pictures that CLIP has seen for it."""

Options = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Asked:
    """One entry of a conditioning, by the name of its conditioning, in a run."""

    name: str
    options: Options
    canvas: Canvas
    latent_format: LatentFormat


Extra = Callable[[Asked], Tensor]
"""Makes one further input of a U-Net, a row for every item of the batch."""


def sizes(asked: Asked) -> Tensor:
    """Stable Diffusion XL's vector [B, P + 6·256]: pooled text, then height, width, crop from top and left, target."""
    options = asked.options
    height, width = _size(asked)
    crop = options.get("crop_h", 0), options.get("crop_w", 0)
    target = options.get("target_height", height), options.get("target_width", width)
    return _with_numbers(asked, (height, width, *crop, *target))


def sizes_and_score(asked: Asked) -> Tensor:
    """The refiner's vector [B, P + 5·256]: pooled text, then height, width, crop from top and left, aesthetic score."""
    options = asked.options
    height, width = _size(asked)
    score = options.get("aesthetic_score", ASCORES.get(asked.name, ASCORES["positive"]))
    return _with_numbers(asked, (height, width, options.get("crop_h", 0), options.get("crop_w", 0), score))


def _size(asked: Asked) -> tuple[int, int]:
    """The height and width that a conditioning claims; the picture's own where it says nothing."""
    canvas, options = asked.canvas, asked.options
    own_height, own_width = canvas.height * PIXELS_PER_LATENT, canvas.width * PIXELS_PER_LATENT
    return options.get("height", own_height), options.get("width", own_width)


def _with_numbers(asked: Asked, numbers: tuple[float, ...]) -> Tensor:
    pooled = asked.options.get("pooled_output")
    pictures = asked.options.get(PICTURES)
    if pictures and pooled is not None:
        # A picture stands in for the text where CLIP has seen one ("Revision"); its noise is not told.
        width = pooled.shape[1]
        pooled = Augmentor(width).vector(pictures, asked.canvas.seed, merged_noise=0.0)[:, :width]
    if pooled is None:
        raise ArchitectureError(
            "this model wants a pooled text beside the conditioning, and there is none; "
            "use the text encoder of the same checkpoint"
        )
    embedded = timestep_embedding(torch.tensor(numbers, dtype=torch.float32), SIZE_WIDTH).flatten()[None]
    vector = torch.cat([pooled.float().cpu(), embedded.repeat(len(pooled), 1)], dim=1)
    return per_item(vector, asked.canvas.batch)


def pictures(augmentor: Augmentor) -> Extra:
    """The vector [B, 2 * D] of unCLIP models: pictures that CLIP has seen, and their noise; zeros without any."""

    def vector(asked: Asked) -> Tensor:
        seen = asked.options.get(PICTURES)
        made = augmentor.vector(seen, asked.canvas.seed) if seen else torch.zeros(1, 2 * augmentor.width)
        return per_item(made, asked.canvas.batch)

    return vector


def noise_class(asked: Asked) -> Tensor:
    """How much noise the small picture has that an upscaler is shown, as a number [B] of its levels."""
    return torch.full((asked.canvas.batch,), float(_noise_level(asked)))


def small_picture(asked: Asked) -> Tensor:
    """The picture to be made larger, [B, 3, h, w] from -1 to 1, with noise as told; zeros without one."""
    canvas, image = asked.canvas, asked.options.get("concat_image")
    if image is None:
        return torch.zeros_like(canvas.latent[:, :3])
    image, level = fitted(image.to(canvas.device, torch.float32), canvas), _noise_level(asked)
    if level > 0:
        sigma = upscaler_levels().sigmas[level]
        generator = torch.Generator().manual_seed(canvas.seed + SEED_SHIFT)
        noise = torch.randn(image.shape, generator=generator).to(image)
        image = (image + noise * sigma) / (sigma**2 + 1).sqrt()
    return per_item(image, canvas.batch)


def _noise_level(asked: Asked) -> int:
    return round(MOST_NOISE * asked.options.get("noise_augmentation", 0.0))


def inpainting(asked: Asked) -> Tensor:
    """An inpainting model's channels [B, 5, h, w]: the mask, and the picture without what is masked."""
    canvas = asked.canvas
    mask = asked.options.get("concat_mask", canvas.mask)
    if mask is None:
        grey = torch.tensor(GREY, device=canvas.device).reshape(1, -1, 1, 1)
        return torch.cat([torch.ones_like(canvas.latent[:, :1]), grey.expand_as(canvas.latent)], dim=1)
    mask = mask.reshape(-1, 1, *mask.shape[-2:]).to(canvas.device, torch.float32)
    mask = per_item(fitted(mask, canvas).round(), canvas.batch)
    return torch.cat([mask, _seen(asked, canvas.latent)], dim=1)


def instructed(asked: Asked) -> Tensor:
    """The picture to be edited (Brooks et al. 2023), [B, 4, h, w], unscaled as it was encoded; zeros without one."""
    image = asked.options.get("concat_latent_image")
    if image is None:
        return torch.zeros_like(asked.canvas.latent)
    return per_item(fitted(image.to(asked.canvas.device, torch.float32), asked.canvas), asked.canvas.batch)


def instructed_scaled(asked: Asked) -> Tensor:
    """The same scaled as the model sees latents."""
    return _seen(asked, torch.zeros_like(asked.canvas.latent))


def _seen(asked: Asked, otherwise: Tensor) -> Tensor:
    image = asked.options.get("concat_latent_image")
    if image is None:
        return otherwise
    image = asked.latent_format.into_model(image.to(asked.canvas.device, torch.float32))
    return per_item(fitted(image, asked.canvas), asked.canvas.batch)


def fitted(image: Tensor, canvas: Canvas) -> Tensor:
    """A picture [n, C, H, W] at the canvas's size, cut to its shape around the centre."""
    if image.shape[-2:] == (canvas.height, canvas.width):
        return image
    cut = crop_to_aspect(image, canvas.width, canvas.height)
    return F.interpolate(cut, size=(canvas.height, canvas.width), mode="bilinear")
