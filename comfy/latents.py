"""Operations on latents as values: resizing, and taking, repeating and seeding the items of a batch."""

import math
from typing import Any

import torch
import torch.nn.functional as F

Latent = dict[str, Any]
"""{"samples": [B, C, h, w], "noise_mask"?: [n, 1, H, W], "batch_index"?: an index per item}; never changed in place."""

PIXELS_PER_LATENT = 8

SMALLEST_SIDE = 64
"""Latents are not resized below this many pixels a side."""


def upscale(latent: Latent, method: str, width: int, height: int, crop: str = "disabled") -> Latent:
    """The latent resized to a width and height in pixels; a side of 0 follows from the other, both 0 change nothing.

    `method` is a mode of torch's interpolate or "bislerp"; `crop` "center" keeps the aspect and cuts what is over.
    """
    if width == 0 and height == 0:
        return latent
    rows, columns = latent["samples"].shape[-2:]
    width, height = (side and max(SMALLEST_SIDE, side) for side in (width, height))
    width = width or max(SMALLEST_SIDE, round(columns * height / rows))
    height = height or max(SMALLEST_SIDE, round(rows * width / columns))
    samples = crop_to_aspect(latent["samples"], width, height) if crop == "center" else latent["samples"]
    return {**latent, "samples": resize(samples, method, width // PIXELS_PER_LATENT, height // PIXELS_PER_LATENT)}


def upscale_by(latent: Latent, method: str, scale_by: float) -> Latent:
    """The latent resized by a factor."""
    rows, columns = latent["samples"].shape[-2:]
    return {**latent, "samples": resize(latent["samples"], method, round(columns * scale_by), round(rows * scale_by))}


def resize(samples: torch.Tensor, method: str, width: int, height: int) -> torch.Tensor:
    """Samples [B, C, h, w] at another width and height, by a mode of torch's interpolate or by "bislerp"."""
    if method == "bislerp":
        return bislerp(samples, width, height)
    return F.interpolate(samples, size=(height, width), mode=method)


def crop_to_aspect(samples: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """Samples or pictures [B, C, H, W] cut around the centre to the shape of a width and height."""
    rows, columns = samples.shape[-2:]
    x = max(0, round((columns - rows * width / height) / 2))
    y = max(0, round((rows - columns * height / width) / 2))
    return samples[..., y : rows - y, x : columns - x]


def bislerp(samples: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """Resize samples [B, C, h, w] by spherical interpolation of the channel vectors, along the width, then the height.

    Unlike linear interpolation this keeps the vectors' lengths, so that noise stays as strong as it was.
    """
    wide = _slerp_along_last(samples.float(), width)
    return _slerp_along_last(wide.transpose(-1, -2), height).transpose(-1, -2).to(samples.dtype)


def _slerp_along_last(samples: torch.Tensor, length: int) -> torch.Tensor:
    count = samples.shape[-1]
    # Pixel centres of the new grid in the old one's coordinates, the outer ones held inside.
    places = (torch.arange(length, device=samples.device) + 0.5) * (count / length) - 0.5
    places = places.clamp(0, count - 1)
    before = places.floor().long()
    after = (before + 1).clamp(max=count - 1)
    return slerp(samples[..., before], samples[..., after], places - before)


def slerp(start: torch.Tensor, end: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """Vectors in dimension 1 turned from start to end, their lengths interpolated linearly (Shoemake 1985)."""
    length_start, length_end = start.norm(dim=1, keepdim=True), end.norm(dim=1, keepdim=True)
    unit_start = torch.where(length_start > 0, start / length_start, 0)
    unit_end = torch.where(length_end > 0, end / length_end, 0)
    cosine = (unit_start * unit_end).sum(dim=1, keepdim=True)
    angle = cosine.clamp(-1, 1).acos()
    turned = (((1 - share) * angle).sin() * unit_start + (share * angle).sin() * unit_end) / angle.sin()
    turned = turned * (length_start * (1 - share) + length_end * share)
    turned = torch.where(cosine > 1 - 1e-5, start, turned)
    return torch.where(cosine < 1e-5 - 1, start * (1 - share) + end * share, turned)


def take_from_batch(latent: Latent, index: int, length: int) -> Latent:
    """Some items of a batch, which remember their place in it so that they get the same noise again."""
    samples = latent["samples"]
    index = min(index, len(samples) - 1)
    chosen = slice(index, index + min(length, len(samples) - index))
    taken = {**latent, "samples": samples[chosen].clone()}
    mask = latent.get("noise_mask")
    if mask is not None:
        taken["noise_mask"] = mask.clone() if len(mask) == 1 else _mask_per_item(mask, len(samples))[chosen].clone()
    taken["batch_index"] = list(latent.get("batch_index", range(len(samples))))[chosen]
    return taken


def repeat_batch(latent: Latent, amount: int) -> Latent:
    """The batch several times over; items that remember a place count on, so that repeats get noise of their own."""
    samples = latent["samples"]
    repeated = {**latent, "samples": samples.repeat(amount, 1, 1, 1)}
    mask = latent.get("noise_mask")
    if mask is not None and len(mask) > 1:
        repeated["noise_mask"] = _mask_per_item(mask, len(samples)).repeat(amount, 1, 1, 1)
    places = latent.get("batch_index")
    if places is not None:
        span = max(places) - min(places) + 1
        repeated["batch_index"] = [place + turn * span for turn in range(amount) for place in places]
    return repeated


def with_seed_behavior(latent: Latent, behavior: str) -> Latent:
    """ "fixed" gives every item of the batch the first one's noise; "random" forgets all places."""
    changed = {key: value for key, value in latent.items() if key != "batch_index"}
    if behavior == "fixed":
        first = latent.get("batch_index", [0])[0]
        changed["batch_index"] = [first] * len(latent["samples"])
    return changed


def _mask_per_item(mask: torch.Tensor, count: int) -> torch.Tensor:
    return mask.repeat(math.ceil(count / len(mask)), 1, 1, 1)[:count]
