"""Colour profiles that picture files carry: their pictures in sRGB, which is what every node takes numbers for."""

import io
import logging
import struct
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

from comfy.colour_spaces import Floats, encode_srgb, srgb_from_d50

log = logging.getLogger(__name__)

PROFILE = "icc_profile"
# How many numbers a parametric curve of each type has (ICC.1:2022, table 68).
PARAMETERS = (1, 3, 4, 5, 7)
COLORANTS, CURVES = (b"rXYZ", b"gXYZ", b"bXYZ"), (b"rTRC", b"gTRC", b"bTRC")


def in_srgb(frame: Image.Image) -> Image.Image:
    """The frame in sRGB by its profile; itself where it has none, has sRGB's, or one that cannot be used."""
    profile = frame.info.get(PROFILE)
    if not profile or is_srgb(profile):
        return frame
    if frame.mode in ("P", "PA"):
        frame = frame.convert("RGBA" if frame.has_transparency_data else "RGB")
    opacity = frame.getchannel("A") if frame.mode in ("RGBA", "LA") else None
    colours = frame.convert(frame.mode[:-1]) if opacity is not None else frame
    try:
        converted = _transform(profile, colours.mode).apply(colours)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        log.warning("The colour profile of a picture cannot be used (%s): its numbers are taken for sRGB", error)
        return frame
    if opacity is not None:
        converted.putalpha(opacity)
    return converted


@lru_cache(maxsize=16)
def is_srgb(profile: bytes) -> bool:
    """Whether a profile calls itself sRGB: then the numbers stay bit for bit as they are."""
    try:
        return "srgb" in ImageCms.getProfileDescription(io.BytesIO(profile)).lower()
    except (ImageCms.PyCMSError, OSError):
        return False


def floats_in_srgb(pixels: Floats, profile: bytes) -> Floats | None:
    """Numbers from 0 to 1, [H, W, 3], in sRGB by a profile of curves and a matrix, more exactly than bytes can.

    None where the profile is of another kind, such as one of tables.
    """
    try:
        tags = _tags(profile)
        matrix = np.stack([_xyz(tags[name]) for name in COLORANTS], axis=1)
        linear = np.stack([_linear(pixels[..., at], tags[name]) for at, name in enumerate(CURVES)], axis=-1)
    except (KeyError, IndexError, ValueError, struct.error):
        return None
    return encode_srgb(linear @ (srgb_from_d50() @ matrix).T)


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.ImageCmsTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """What a profile holds, by name (ICC.1:2022, 7.3)."""
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = (struct.unpack_from(">4sII", profile, 132 + 12 * at) for at in range(min(count, 1000)))
    return {name: profile[start : start + size] for name, start, size in entries}


def _xyz(tag: bytes) -> Floats:
    if tag[:4] != b"XYZ ":
        raise ValueError("a colorant is no XYZ")
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _linear(values: Floats, tag: bytes) -> Floats:
    """What a curve makes of numbers from 0 to 1: a power, a table, or a formula (ICC.1:2022, 10.6 and 10.18)."""
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return values
        table = np.frombuffer(tag, ">u2", count, 12)
        return values ** (table[0] / 256) if count == 1 else _looked_up(values, table / 65535)
    if tag[:4] != b"para":
        raise ValueError("a curve of a kind that is not known")
    (kind,) = struct.unpack_from(">H", tag, 8)
    numbers = np.array(struct.unpack_from(f">{PARAMETERS[kind]}i", tag, 12)) / 65536
    return _formula(values, kind, numbers)


def _formula(values: Floats, kind: int, numbers: Floats) -> Floats:
    if kind == 0:
        return values ** numbers[0]
    g, a, b, *rest = numbers
    if kind in (1, 2):
        offset = rest[0] if rest else 0.0
        return np.where(values >= -b / a, np.maximum(a * values + b, 0) ** g + offset, offset)
    c, d, *offsets = rest
    e, f = offsets or (0.0, 0.0)
    return np.where(values >= d, np.maximum(a * values + b, 0) ** g + e, c * values + f)


def _looked_up(values: Floats, table: Floats) -> Floats:
    return np.interp(values, np.linspace(0, 1, len(table)), table)
