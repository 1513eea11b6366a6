"""Changing how images look: blur, sharpness, noise, few colours, edges, and shapes of light and dark."""

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from comfy.images import from_bytes, to_bytes

DITHERS = ("none", "floyd-steinberg", "bayer-2", "bayer-4", "bayer-8", "bayer-16")
MORPHOLOGIES = ("erode", "dilate", "open", "close", "gradient", "bottom_hat", "top_hat")


def blur(images: Tensor, radius: int, sigma: float) -> Tensor:
    """Images smoothed by a bell of so many pixels; sigma is in units of the radius."""
    return _convolve(images, _bell(2 * radius + 1, sigma)) if radius else images


def sharpen(images: Tensor, radius: int, sigma: float, amount: float) -> Tensor:
    """Images with ten times `amount` of what a blur takes away added to them."""
    return sharpened(images, radius, sigma, amount).clamp(0, 1) if radius else images


def sharpened(images: Tensor, radius: int, sigma: float, amount: float) -> Tensor:
    """As `sharpen`, of values without bounds and any number of channels, [B, H, W, C]."""
    kernel = -10 * amount * _bell(2 * radius + 1, sigma)
    kernel[radius, radius] += 1 - kernel.sum()
    return _convolve(images, kernel)


def add_noise(images: Tensor, seed: int, strength: float) -> Tensor:
    """Images with normal noise from a seed, the same on every device."""
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(seed))
    return (images + strength * noise.to(images)).clamp(0, 1)


def quantize(images: Tensor, colours: int, dither: str) -> Tensor:
    """Images of at most so many colours, chosen for each picture."""
    return torch.stack([_quantize(pixels, colours, dither) for pixels in to_bytes(images[..., :3])])


def morphology(images: Tensor, operation: str, size: int) -> Tensor:
    """Light shapes grown (dilate), shrunk (erode), or what both in turn take away or fill, by a square of `size`."""
    x = images.movedim(-1, 1)

    def dilate(x: Tensor) -> Tensor:
        before, after = size // 2, size - size // 2 - 1
        return F.max_pool2d(F.pad(x, (before, after, before, after), value=float("-inf")), size, stride=1)

    def erode(x: Tensor) -> Tensor:
        return -dilate(-x)

    results = {
        "erode": lambda: erode(x),
        "dilate": lambda: dilate(x),
        "open": lambda: dilate(erode(x)),
        "close": lambda: erode(dilate(x)),
        "gradient": lambda: dilate(x) - erode(x),
        "top_hat": lambda: x - dilate(erode(x)),
        "bottom_hat": lambda: erode(dilate(x)) - x,
    }
    return results[operation]().movedim(1, -1)


def _bell(size: int, sigma: float) -> Tensor:
    """A round bell whose edges' middles lie at distance 1 from its centre; its sum is 1. [size, size]."""
    place = torch.linspace(-1, 1, size)
    bell = torch.exp(-(place[:, None] ** 2 + place[None, :] ** 2) / (2 * sigma**2))
    return bell / bell.sum()


def _convolve(images: Tensor, kernel: Tensor) -> Tensor:
    """Every channel with the same kernel, the picture mirrored beyond its edges."""
    radius, channels = len(kernel) // 2, images.shape[-1]
    padded = _mirror(images.movedim(-1, 1), radius)
    return F.conv2d(padded, kernel.to(images).expand(channels, 1, -1, -1), groups=channels).movedim(1, -1)


def _mirror(x: Tensor, margin: int) -> Tensor:
    """Mirrored again and again where a picture is smaller than the margin, as torch alone refuses to."""
    while margin > 0:
        step = min(margin, *(side - 1 for side in x.shape[-2:]))
        if step == 0:
            return F.pad(x, (margin,) * 4, mode="replicate")
        x = F.pad(x, (step,) * 4, mode="reflect")
        margin -= step
    return x


def _quantize(pixels: np.ndarray, colours: int, dither: str) -> Tensor:
    picture = Image.fromarray(pixels)
    palette = picture.quantize(colors=colours)
    if dither.startswith("bayer-"):
        picture = _ordered(pixels, int(dither.removeprefix("bayer-")), len(palette.getpalette() or []) // 3)
    method = Image.Dither.FLOYDSTEINBERG if dither == "floyd-steinberg" else Image.Dither.NONE
    # Pillow dithers only towards a palette that it is given.
    few = picture.quantize(colors=colours, palette=palette, dither=method)
    return from_bytes(np.asarray(few.convert("RGB")))


def _ordered(pixels: np.ndarray, order: int, colours: int) -> Image.Image:
    """Pixels moved up and down by a repeated pattern, as far as neighbouring colours are apart (Bayer 1973)."""
    pattern: np.ndarray = np.zeros((1, 1))
    for side in 2 ** np.arange(1, int(np.log2(order)) + 1):
        blocks = (np.array([[0, 2], [3, 1]]) - 1.5) / side**2
        pattern = np.kron(np.ones((2, 2)), pattern) + np.kron(blocks, np.ones((side // 2, side // 2)))
    moved = pattern * (2 * 256 / colours) + 0.5
    height, width, _ = pixels.shape
    tiled = np.tile(moved, (-(-height // order), -(-width // order)))[:height, :width, None]
    return Image.fromarray((pixels + tiled).clip(0, 255).astype(np.uint8))
