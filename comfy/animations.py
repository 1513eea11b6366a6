"""Animations as files."""

from collections.abc import Mapping
from io import BytesIO
from typing import BinaryIO

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

WEBP_METHODS = {"default": 4, "fastest": 0, "slowest": 6}


def write_apng(
    file: BinaryIO, frames: np.ndarray, texts: Mapping[str, str], frames_per_second: float, compression: int
) -> None:
    """Frames [n, H, W, C] of bytes as an animated PNG that repeats for ever, with text chunks."""
    chunks = PngInfo()
    for key, text in texts.items():
        (chunks.add_text if text.isascii() else chunks.add_itxt)(key, text)
    _save(file, frames, frames_per_second, format="PNG", pnginfo=chunks, compress_level=compression)


def write_webp(
    file: BinaryIO,
    frames: np.ndarray,
    exif: bytes,
    frames_per_second: float,
    *,
    is_lossless: bool,
    quality: int,
    method: str,
) -> None:
    """Frames [n, H, W, C] of bytes as an animated WebP that repeats for ever, with EXIF data."""
    _save(
        file,
        frames,
        frames_per_second,
        format="WEBP",
        exif=exif,
        lossless=is_lossless,
        exact=True,
        quality=quality,
        method=WEBP_METHODS[method],
    )


def write_gif(file: BinaryIO, frames: np.ndarray, frames_per_second: float, loops: int) -> None:
    """Frames [n, H, W, C] of bytes as a GIF of 256 colours a frame that plays so many times, 0 for ever.

    GIF counts in hundredths of a second (GIF89a, delay time); opacity is on or off.
    """
    _save(file, frames, frames_per_second, format="GIF", loop=loops, disposal=2, optimize=False)


def _save(file: BinaryIO, frames: np.ndarray, frames_per_second: float, **options: object) -> None:
    first, *rest = (Image.fromarray(frame.squeeze(-1) if frame.shape[-1] == 1 else frame) for frame in frames)
    encoded = BytesIO()
    duration = 1000.0 / frames_per_second
    options = {"loop": 0, **options}
    first.save(encoded, save_all=True, append_images=rest, duration=int(duration), **options)  # type: ignore[arg-type]
    file.write(encoded.getbuffer())
