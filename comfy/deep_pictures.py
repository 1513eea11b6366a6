"""Pictures with more than 8 bits a channel, which Pillow shortens: colour PNG and TIFF of 16 bits, and OpenEXR."""

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, ImageOps

from comfy.colour_profiles import PROFILE, floats_in_srgb, in_srgb, is_srgb
from comfy.colour_spaces import REC709, Floats, encode_srgb, to_srgb_matrix

log = logging.getLogger(__name__)

EXR_START = b"\x76\x2f\x31\x01"
GREY_NAMES = ("Y", "L")
GREY_WITH_OPACITY = "LA;16B"

# Pillow keeps the greater of the two bytes of a number; told that they lie the other way round, it keeps the lesser.
_IS_LITTLE = sys.byteorder == "little"
OTHER_ORDER = {"16B": "16L", "16L": "16B", "16N": "16B" if _IS_LITTLE else "16L"}
CheckSize = Callable[[int, int], None]


class DeepPictureError(ValueError):
    """A picture is of a kind that is not read here; the message says which, and what to do."""


def read_deep_picture(path: Path, check_size: CheckSize) -> Floats | None:
    """A picture of 16-bit colours or an OpenEXR file in sRGB from 0 to 1, [H, W, 3 or 4]; None for all others.

    The fourth channel is opacity. `check_size` is given width and height before anything is decoded.
    """
    with path.open("rb") as file:
        is_exr = file.read(4) == EXR_START
    return _read_exr(path, check_size) if is_exr else _read_sixteen_bits(path, check_size)


def _read_sixteen_bits(path: Path, check_size: CheckSize) -> Floats | None:
    """Numbers of 16 bits whose bytes Pillow gives out one after the other, or in two goes."""
    with suppress(OSError, SyntaxError), Image.open(path) as picture:
        if _is_grey_with_opacity(picture):
            check_size(*picture.size)
            return _grey_with_opacity(picture)
    with suppress(OSError, SyntaxError), Image.open(path) as picture:
        if (other := _other_order(picture)) is None:
            return None
        check_size(*picture.size)
        profile = picture.info.get(PROFILE)
        greater = np.asarray(ImageOps.exif_transpose(picture)).astype(np.uint16)
        with Image.open(path) as again:
            again.tile = other
            lesser = np.asarray(ImageOps.exif_transpose(again))
        pixels = ((greater << 8) | lesser).astype(np.float32) / 65535
        return _with_profile(pixels, profile, picture)
    return None


def _is_grey_with_opacity(picture: Image.Image) -> bool:
    tiles = getattr(picture, "tile", None) or []
    return picture.mode in ("LA", "RGBA") and [tile.args for tile in tiles] == [GREY_WITH_OPACITY]


def _grey_with_opacity(picture: ImageFile.ImageFile) -> Floats:
    """Grey and opacity of 16 bits are four bytes a pixel, which can be decoded as if they were four channels of 8."""
    profile = picture.info.get(PROFILE)
    picture.tile = [tile._replace(args="RGBA") for tile in picture.tile or []]
    numbers = np.ascontiguousarray(ImageOps.exif_transpose(picture)).view(">u2").astype(np.float32) / 65535
    pixels = numbers[..., (0, 0, 0, 1)]
    if profile and not is_srgb(profile):
        log.warning("The colour profile of a grey picture of 16 bits is not used: its numbers are taken for sRGB")
    return pixels


def _other_order(picture: Image.Image) -> list[Image.Image] | None:
    """How to decode the lesser bytes of a picture's numbers; None where it is not one of 16-bit colours."""
    tiles = getattr(picture, "tile", None)
    if picture.mode not in ("RGB", "RGBA") or not tiles or getattr(picture, "n_frames", 1) != 1:
        return None
    others = []
    for tile in tiles:
        rawmode, *rest = (tile.args,) if isinstance(tile.args, str) else tile.args
        layout, _, order = rawmode.partition(";")
        if layout not in ("RGB", "RGBA", "RGBX") or order not in OTHER_ORDER:
            return None
        changed = f"{layout};{OTHER_ORDER[order]}"
        others.append(tile._replace(args=changed if isinstance(tile.args, str) else (changed, *rest)))
    return others


def _with_profile(pixels: Floats, profile: bytes | None, picture: Image.Image) -> Floats:
    if not profile or is_srgb(profile):
        return pixels
    colours = floats_in_srgb(pixels[..., :3], profile)
    if colours is None:
        log.warning("The colour profile of a picture of 16 bits has tables, through which it comes in 8 bits a channel")
        picture = ImageOps.exif_transpose(picture)
        picture.info[PROFILE] = profile
        colours = np.asarray(in_srgb(picture).convert("RGB")).astype(np.float32) / 255
    return np.concatenate([colours, pixels[..., 3:]], axis=-1)


def _read_exr(path: Path, check_size: CheckSize) -> Floats:
    """An OpenEXR file: light from 0 to 1 (what is brighter is white), not multiplied by its opacity."""
    import OpenEXR  # Few pictures are of this kind.

    with OpenEXR.File(str(path), header_only=True) as head:
        header = dict(head.header())  # The file empties its own when it is closed.
        (left, top), (right, bottom) = header["dataWindow"]
        check_size(int(right - left) + 1, int(bottom - top) + 1)
    if header.get("type") in (OpenEXR.deepscanline, OpenEXR.deeptile):
        raise DeepPictureError(f"{path.name} holds deep pixels. Flatten it in the program that made it.")
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = {name: channel.pixels.astype(np.float32) for name, channel in file.channels().items()}
    colours, opacity = _colours(channels, path), channels.get("A")
    linear = np.nan_to_num(colours, nan=0.0, posinf=1e6, neginf=0.0)
    if opacity is not None:
        linear = linear / np.where(opacity > 0, opacity, 1)[..., None]
    chromaticities = tuple(float(number) for number in header.get("chromaticities", REC709))
    if not np.allclose(chromaticities, REC709, atol=2e-3):
        linear = linear @ to_srgb_matrix(chromaticities).T
    encoded = encode_srgb(linear)
    return encoded if opacity is None else np.concatenate([encoded, np.clip(opacity, 0, 1)[..., None]], axis=-1)


def _colours(channels: dict[str, Floats], path: Path) -> Floats:
    if {"R", "G", "B"} <= channels.keys():
        return np.stack([channels[name] for name in "RGB"], axis=-1)
    grey = next((channels[name] for name in GREY_NAMES if name in channels), None)
    if grey is None:
        raise DeepPictureError(f"{path.name} has the channels {', '.join(sorted(channels))}, but none of R, G, B or Y.")
    return np.stack([grey] * 3, axis=-1)
