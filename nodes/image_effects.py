"""Nodes that change how images look."""

from typing import Annotated

from comfy import canny
from comfy import effects as ops
from nodes.declare import node
from nodes.types import Image, Seed
from nodes.widgets import Choice, Number, Tip

Radius = Annotated[int, Number(1, 1, 31, step=1)]


@node("image")
class ImageAddNoise:
    """Add noise to pictures."""

    def repeat(self, image: Image, seed: Seed, strength: Annotated[float, Number(0.5)]) -> Image:
        return ops.add_noise(image, seed, strength)


@node("image/postprocessing")
class ImageBlur:
    """Smooth pictures."""

    def blur(
        self, image: Image, blur_radius: Radius, sigma: Annotated[float, Number(1.0, 0.1, 10.0, step=0.1)]
    ) -> Image:
        return ops.blur(image, blur_radius, sigma)


@node("image/postprocessing")
class ImageSharpen:
    """Make edges in pictures stand out."""

    def sharpen(
        self,
        image: Image,
        sharpen_radius: Radius,
        sigma: Annotated[float, Number(1.0, 0.1, 10.0)],
        alpha: Annotated[float, Number(1.0, 0.0, 5.0), Tip("How much.")],
    ) -> Image:
        return ops.sharpen(image, sharpen_radius, sigma, alpha)


@node("image/postprocessing")
class ImageQuantize:
    """Reduce pictures to few colours."""

    def quantize(
        self,
        image: Image,
        colors: Annotated[int, Number(256, 1, 256, step=1)],
        dither: Annotated[str, Choice(ops.DITHERS)],
    ) -> Image:
        return ops.quantize(image, colors, dither)


@node("image/postprocessing", display_name="ImageMorphology")
class Morphology:
    """Grow and shrink the light parts of pictures."""

    def process(
        self,
        image: Image,
        operation: Annotated[str, Choice(ops.MORPHOLOGIES)],
        kernel_size: Annotated[int, Number(3, 3, 999, step=1)],
    ) -> Image:
        return ops.morphology(image, operation, kernel_size)


@node("image/preprocessors")
class Canny:
    """Draw the edges of pictures as thin white lines."""

    def detect_edge(
        self,
        image: Image,
        low_threshold: Annotated[float, Number(0.4, 0.01, 0.99), Tip("How steep a line must at least be.")],
        high_threshold: Annotated[float, Number(0.8, 0.01, 0.99), Tip("How steep some part of it must be.")],
    ) -> Image:
        return canny.find_edges(image, low_threshold, high_threshold)
