"""Colour profiles of curves and a matrix, built byte by byte (ICC.1:2022), as no library here makes them."""

import struct

import numpy as np

from comfy.colour_spaces import D50, adapted, to_xyz

DISPLAY_P3 = (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329)
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def matrix_profile(name: str, chromaticities: tuple[float, ...], curve: bytes) -> bytes:
    """A display profile of version 4 with one curve for all channels."""
    xyz = to_xyz(chromaticities)
    columns = (adapted(xyz.sum(axis=1), D50) @ xyz).T
    tags = {b"desc": text(name), b"cprt": text("none"), b"wtpt": xyz_tag(D50)}
    tags |= {key: xyz_tag(column) for key, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for key, value in tags.items():
        value += b"\0" * (-len(value) % 4)
        table += struct.pack(">4sII", key, start + len(body), len(value))
        body += value
    size = start + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    header = header.ljust(36, b"\0") + b"acsp"
    header = header.ljust(68, b"\0") + struct.pack(">3i", *fixed(D50))
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def formula_curve(kind: int, *numbers: float) -> bytes:
    """A parametric curve."""
    return b"para" + struct.pack(">IHH", 0, kind, 0) + struct.pack(f">{len(numbers)}i", *fixed(np.array(numbers)))


def table_curve(values: np.ndarray) -> bytes:
    """A curve of numbers from 0 to 1."""
    return b"curv" + struct.pack(">II", 0, len(values)) + (values * 65535 + 0.5).astype(">u2").tobytes()


def power_curve(power: float) -> bytes:
    """A curve that is a power."""
    return b"curv" + struct.pack(">IIH", 0, 1, round(power * 256))


def display_p3() -> bytes:
    return matrix_profile("Display P3", DISPLAY_P3, formula_curve(3, *SRGB_CURVE))


def text(words: str) -> bytes:
    encoded = words.encode("utf-16-be")
    return b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(encoded), 28) + encoded


def xyz_tag(xyz: np.ndarray) -> bytes:
    return b"XYZ " + struct.pack(">I3i", 0, *fixed(xyz))


def fixed(numbers: np.ndarray) -> list[int]:
    """Numbers as ICC keeps them, in steps of 1/65536."""
    return [round(float(number) * 65536) for number in numbers]
