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

from comfy.colour_profiles import in_srgb
from comfy.deep_pictures import DeepPictureError, read_deep_picture
from comfy.images import from_bytes

MOST_PIXELS = 2**27
"""Pixels of all frames of a file together, 1.5 GiB as floats; a small file can claim far more."""

NO_MASK_SIZE = 64
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


class PictureError(ValueError):
    """A picture file cannot be used; the message names the file, what is wrong and what to do about it."""


@dataclass(frozen=True)
class Picture:
    """A decoded file: images [B, H, W, 3] and masks [B, H, W] (1 where transparent; 64×64 of 0 without opacity)."""

    images: Tensor
    masks: Tensor


@dataclass(frozen=True)
class Frame:
    """One picture of a file in sRGB: colours [H, W, 3] and, where it has any, opacity [H, W]; both from 0 to 1."""

    colours: Tensor
    opacity: Tensor | None

    def transparency(self) -> Tensor:
        """A mask [H, W] that is 1 where the picture is transparent."""
        return torch.zeros(self.colours.shape[:2]) if self.opacity is None else 1 - self.opacity


def read_picture(path: Path) -> Picture:
    """Every frame of a picture file, turned as its EXIF data says. Frames of another size than the first are left out.

    Raises `PictureError` for what is not a picture or is too large.
    """
    with _naming(path):
        frames = list(_frames(path))
        frames = [frame for frame in frames if frame.colours.shape == frames[0].colours.shape]
        images = _stacked([frame.colours for frame in frames])
        if all(frame.opacity is None for frame in frames):
            return Picture(images, torch.zeros((len(frames), NO_MASK_SIZE, NO_MASK_SIZE)))
        return Picture(images, _stacked([frame.transparency() for frame in frames]))


def read_channel(path: Path, channel: str) -> Tensor:
    """One channel of a picture file as a mask [1, H, W]: red, green, blue, or alpha, which is 1 where transparent.

    Without opacity, alpha is 64×64 of 0.
    """
    with _naming(path):
        frame = next(_frames(path))
        if channel != "alpha":
            return frame.colours[None, :, :, ("red", "green", "blue").index(channel)]
        return torch.zeros((1, NO_MASK_SIZE, NO_MASK_SIZE)) if frame.opacity is None else frame.transparency()[None]


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


def _frames(path: Path) -> Iterator[Frame]:
    deep = read_deep_picture(path, lambda width, height: _check_size(path, width * height))
    if deep is None:
        yield from (_frame(picture) for picture in _pictures(path))
    else:
        pixels = torch.from_numpy(deep)
        yield Frame(pixels[..., :3].contiguous(), pixels[..., 3].contiguous() if pixels.shape[-1] == 4 else None)


def _pictures(path: Path) -> Iterator[Image.Image]:
    with Image.open(path) as picture:
        pixels = 0
        # A camera's MPO holds a second view or a thumbnail as its second frame.
        sequence = [picture] if picture.format == "MPO" else ImageSequence.Iterator(picture)
        for frame in sequence:
            pixels += frame.width * frame.height
            _check_size(path, pixels)
            yield in_srgb(ImageOps.exif_transpose(frame))


def _unknown(path: Path) -> str:
    with path.open("rb") as file:
        is_tiff = file.read(4) in TIFF_STARTS
    if is_tiff:
        return (
            f"{path.name} is a TIFF of a kind that is not read here, such as one of floating-point colours. Save it as "
            "TIFF of 8 or 16 bits, or as OpenEXR."
        )
    return f"{path.name} is not a picture in a format known here. Save it as PNG or JPEG."


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turn whatever a decoder raises, and for damaged files that is anything, into an error that names the file."""
    try:
        yield
    except (PictureError, DeepPictureError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(path) from error
    except FileNotFoundError as error:
        raise PictureError(
            f"There is no file {path.name} in {path.parent.name}. Upload it, or name another."
        ) from error
    except UnidentifiedImageError as error:
        raise PictureError(_unknown(path)) from error
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


def _stacked(tensors: list[Tensor]) -> Tensor:
    """One batch of them, without a copy where there is only one."""
    return tensors[0][None] if len(tensors) == 1 else torch.stack(tensors)


def _frame(picture: Image.Image) -> Frame:
    """A picture as floats; grey of more than 8 bits is scaled by its own range."""
    if (white := _white_of(picture)) is not None:
        grey = torch.from_numpy(np.asarray(picture).astype(np.float32) / white).clamp(0, 1)
        return Frame(grey[:, :, None].expand(-1, -1, 3).contiguous(), None)
    if not picture.has_transparency_data:
        return Frame(from_bytes(np.asarray(picture.convert("RGB"))), None)
    pixels = from_bytes(np.asarray(picture.convert("RGBA")))
    return Frame(pixels[..., :3].contiguous(), pixels[..., 3].contiguous())


def _white_of(picture: Image.Image) -> float | None:
    if picture.mode.startswith("I;16"):
        return 65535
    if picture.mode == "I":
        return 65535 if int(np.asarray(picture).max()) <= 65535 else 2**31 - 1
    return 1 if picture.mode == "F" else None
