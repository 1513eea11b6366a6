"""Pictures as files: decoding into images and masks with limits set before memory is taken, encoding as PNG."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from comfy.images import from_bytes

MOST_PIXELS = 2**27
"""Pixels of all frames of a file together, 1.5 GiB as floats; a small file can claim far more."""

NO_MASK_SIZE = 64


class PictureError(ValueError):
    """A picture file cannot be used; the message names the file, what is wrong and what to do about it."""


@dataclass(frozen=True)
class Picture:
    """A decoded file: images [B, H, W, 3] and masks [B, H, W] (1 where transparent; 64×64 of 0 without opacity)."""

    images: Tensor
    masks: Tensor


def read_picture(path: Path) -> Picture:
    """Every frame of a picture file, turned as its EXIF data says. Frames of another size than the first are left out.

    Raises `PictureError` for what is not a picture or is too large.
    """
    with _naming(path):
        frames = list(_frames(path))
        frames = [frame for frame in frames if frame.size == frames[0].size]
        images = torch.stack([_colours(frame) for frame in frames])
        if not any(frame.has_transparency_data for frame in frames):
            return Picture(images, torch.zeros((len(frames), NO_MASK_SIZE, NO_MASK_SIZE)))
        return Picture(images, torch.stack([_transparency(frame) for frame in frames]))


def read_channel(path: Path, channel: str) -> Tensor:
    """One channel of a picture file as a mask [1, H, W]: red, green, blue, or alpha, which is 1 where transparent.

    Without opacity, alpha is 64×64 of 0.
    """
    with _naming(path):
        frame = next(_frames(path))
        if channel != "alpha":
            return _colours(frame)[None, :, :, ("red", "green", "blue").index(channel)]
        if not frame.has_transparency_data:
            return torch.zeros((1, NO_MASK_SIZE, NO_MASK_SIZE))
        return _transparency(frame)[None]


def write_png(file: BinaryIO, pixels: np.ndarray, texts: Mapping[str, str], compression: int) -> None:
    """One picture [H, W, 3 or 4] of bytes, with text chunks: tEXt for ASCII, iTXt (UTF-8) for the rest."""
    chunks = PngInfo()
    for key, text in texts.items():
        if text.isascii():
            chunks.add_text(key, text)
        else:
            chunks.add_itxt(key, text)
    picture = Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels)
    # Encoded in memory first: a PNG writer makes many small writes.
    encoded = BytesIO()
    picture.save(encoded, format="PNG", pnginfo=chunks, compress_level=compression)
    file.write(encoded.getbuffer())


def _frames(path: Path) -> Iterator[Image.Image]:
    with Image.open(path) as picture:
        pixels = 0
        # A camera's MPO holds a second view or a thumbnail as its second frame.
        sequence = [picture] if picture.format == "MPO" else ImageSequence.Iterator(picture)
        for frame in sequence:
            pixels += frame.width * frame.height
            _check_size(path, pixels)
            yield ImageOps.exif_transpose(frame)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turn whatever a decoder raises, and for damaged files that is anything, into an error that names the file."""
    try:
        yield
    except (PictureError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(path) from error
    except UnidentifiedImageError as error:
        raise PictureError(f"{path.name} is not a picture in a format known here. Save it as PNG or JPEG.") from error
    except Exception as error:
        message = f"{path.name} cannot be read as a picture ({error}). It may be damaged or cut off."
        raise PictureError(message) from error


def _check_size(path: Path, pixels: int) -> None:
    if pixels > MOST_PIXELS:
        raise _too_large(path)


def _too_large(path: Path) -> PictureError:
    return PictureError(
        f"{path.name} claims more than {MOST_PIXELS // 2**20} million pixels and was not decoded. Scale it down first."
    )


def _colours(frame: Image.Image) -> Tensor:
    """[H, W, 3]; grey of more than 8 bits is scaled by its own range."""
    if (white := _white_of(frame)) is not None:
        grey = torch.from_numpy(np.asarray(frame).astype(np.float32) / white).clamp(0, 1)
        return grey[:, :, None].expand(-1, -1, 3).contiguous()
    # A palette with opacity is read whole first; Pillow warns where it would be dropped unseen.
    opaque = frame.convert("RGBA") if frame.mode == "P" else frame
    return from_bytes(np.asarray(opaque.convert("RGB")))


def _white_of(frame: Image.Image) -> float | None:
    if frame.mode.startswith("I;16"):
        return 65535
    if frame.mode == "I":
        return 65535 if int(np.asarray(frame).max()) <= 65535 else 2**31 - 1
    return 1 if frame.mode == "F" else None


def _transparency(frame: Image.Image) -> Tensor:
    return 1 - from_bytes(np.asarray(frame.convert("RGBA").getchannel("A")))
