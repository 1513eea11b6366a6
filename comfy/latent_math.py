"""Calculating with latents: sums, mixtures, rectangles and turns. Latents are dicts and never changed in place."""

from typing import Any

import torch
from torch import Tensor

from comfy.compositing import to_batch
from comfy.images import resize

Latent = dict[str, Any]

DIMENSIONS = {"x": -1, "y": -2, "t": -3}
LATENT_PIXEL = 8


def resized(samples: Tensor, like: Tensor, method: str = "bilinear") -> Tensor:
    """Samples at the height and width of others, what does not fit their proportions cut off."""
    if samples.shape[-2:] == like.shape[-2:]:
        return samples
    height, width = like.shape[-2:]
    return resize(samples.movedim(1, -1), width, height, method, "center").movedim(-1, 1)


def fitted(samples: Tensor, like: Tensor, method: str = "bilinear") -> Tensor:
    """Samples at the size of others, repeated to their batch."""
    return to_batch(resized(samples, like, method), len(like))


def add(first: Latent, second: Latent, factor: float = 1.0) -> Latent:
    """The first plus `factor` times the second, which takes the size of the first."""
    return {**first, "samples": first["samples"] + factor * fitted(second["samples"], first["samples"])}


def multiply(latent: Latent, factor: float) -> Latent:
    """The latent times a number."""
    return {**latent, "samples": latent["samples"] * factor}


def blend(first: Latent, second: Latent, share: float) -> Latent:
    """`share` of the first and the rest of the second."""
    other = fitted(second["samples"], first["samples"], "bicubic")
    return {**first, "samples": first["samples"] * share + other * (1 - share)}


def interpolate(first: Latent, second: Latent, share: float) -> Latent:
    """`share` of the first: directions and lengths of the channel vectors are mixed apart, so that contrast stays."""
    one, other = first["samples"], fitted(second["samples"], first["samples"])
    length_one, length_other = one.norm(dim=1, keepdim=True), other.norm(dim=1, keepdim=True)
    mixed = (one / length_one).nan_to_num() * share + (other / length_other).nan_to_num() * (1 - share)
    direction = (mixed / mixed.norm(dim=1, keepdim=True)).nan_to_num()
    return {**first, "samples": direction * (length_one * share + length_other * (1 - share))}


def concatenate(first: Latent, second: Latent) -> Latent:
    """One batch of both, every item keeping the noise that it would have had."""
    one, other = first["samples"], resized(second["samples"], first["samples"])
    places = [*first.get("batch_index", range(len(one))), *second.get("batch_index", range(len(other)))]
    return {**first, "samples": torch.cat([one, other]), "batch_index": places}


def lay_over(destination: Latent, source: Latent, x: int, y: int, feather: int) -> Latent:
    """The destination with the source on it; edges inside the picture fade over `feather`. Latent pixels."""
    samples = destination["samples"].clone()
    under = samples[..., y : y + source["samples"].shape[-2], x : x + source["samples"].shape[-1]]
    over = source["samples"][..., : under.shape[-2], : under.shape[-1]]
    height, width = over.shape[-2:]
    rows = _fade(height, feather, y > 0, y + height < samples.shape[-2])
    columns = _fade(width, feather, x > 0, x + width < samples.shape[-1])
    shown = (rows[:, None] * columns).to(samples)
    under.copy_(over * shown + under * (1 - shown))
    return {**destination, "samples": samples}


def cut(latent: Latent, dimension: str, index: int, amount: int) -> Latent:
    """A stretch along x, y or t; a negative index counts from the end."""
    samples = latent["samples"]
    axis = DIMENSIONS[dimension]
    length = samples.shape[axis]
    first = min(index, length - 1) if index >= 0 else max(index, -length) + length
    return {**latent, "samples": samples.narrow(axis, first, min(amount, length - first))}


def crop(latent: Latent, x: int, y: int, width: int, height: int) -> Latent:
    """A rectangle in pixels, moved in where it would begin within the last 64 pixels."""
    rows, columns = latent["samples"].shape[-2:]
    x, y = (max(0, min(start // LATENT_PIXEL, length - 8)) for start, length in ((x, columns), (y, rows)))
    samples = latent["samples"][..., y : y + height // LATENT_PIXEL, x : x + width // LATENT_PIXEL]
    return {**latent, "samples": samples}


def rotate(latent: Latent, quarters: int) -> Latent:
    """Turned clockwise by so many quarters of a turn."""
    return {**latent, "samples": torch.rot90(latent["samples"], quarters, dims=(3, 2))}


def flip(latent: Latent, *, upside_down: bool) -> Latent:
    """Mirrored, top to bottom or left to right."""
    return {**latent, "samples": latent["samples"].flip(2 if upside_down else 3)}


def _fade(length: int, over: int, at_start: bool, at_end: bool) -> Tensor:
    """Ones with a ramp at the ends that are asked for."""
    fade = torch.ones(length)
    ramp = ((torch.arange(over) + 1) / max(over, 1))[:length]
    if at_start:
        fade[: len(ramp)] *= ramp
    if at_end:
        fade[length - len(ramp) :] *= ramp.flip(0)
    return fade
