"""What packs import as `node_helpers`: options of conditionings, careful reading of pictures."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import torch
from PIL import Image, ImageFile
from torch import Tensor

from comfy import images

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def conditioning_set_values(
    conditioning: list[Any], values: Mapping[str, Any] | None = None, append: bool = False
) -> list[Any]:
    """Every entry with these options; with `append` a list is put behind the one that is there."""
    changed = []
    for embedding, options, *others in conditioning:
        options = dict(options)
        for name, value in (values or {}).items():
            before = options.get(name) if append else None
            options[name] = value if before is None else before + value
        changed.append([embedding, options, *others])
    return changed


def conditioning_set_values_with_timestep_range(
    conditioning: list[Any],
    values: Mapping[str, Any] | None = None,
    start_percent: float = 0.0,
    end_percent: float = 1.0,
) -> list[Any]:
    """The entries with these options on one stretch of the way, and as they are before and after it."""
    changed: list[Any] = []
    for embedding, options, *others in conditioning:
        first, last = options.get("start_percent", 0.0), options.get("end_percent", 1.0)
        start, end = max(first, start_percent), min(last, end_percent)
        stretches = [(first, start, {}), (start, end, values or {}), (end, last, {})] if start < end else []
        if not stretches:
            changed.append([embedding, options, *others])
        for begin, stop, more in stretches:
            if begin < stop:
                told = {**options, **more, "start_percent": begin, "end_percent": stop}
                changed.append([embedding, told, *others])
    return changed


def pillow(fn: Callable[..., Any], arg: Any) -> Any:
    """Call a function of Pillow, once more with patience where a picture is cut short."""
    try:
        return fn(arg)
    except (OSError, SyntaxError, ValueError):
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            return fn(arg)
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def hasher() -> Any:
    """What names pictures by their content; called as `hasher()()`."""
    return hashlib.sha256


def string_to_torch_dtype(string: str) -> torch.dtype | None:
    return DTYPES.get(string)


def image_alpha_fix(destination: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
    """Two images with as many channels: opacity where the destination has it and the source not, none the other way."""
    missing = destination.shape[-1] - source.shape[-1]
    if missing < 0:
        source = source[..., : destination.shape[-1]]
    elif missing > 0:
        source = images.with_channels(source, destination.shape[-1])
    return destination, source


def open_image(path: Any) -> Image.Image:
    """A picture's file, opened."""
    opened: Image.Image = pillow(Image.open, path)
    return opened
