"""sRGB's curve, and the matrices that lead from other primaries to sRGB's."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]

BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
D50 = np.array([0.9642, 1.0, 0.8249])
"""The white of ICC's connection space (ICC.1:2022, 7.2.16)."""

REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
"""The chromaticities of sRGB: x and y of red, green, blue and white (IEC 61966-2-1)."""


def encode_srgb(linear: Floats) -> Floats:
    """Light from 0 to 1 as sRGB's numbers from 0 to 1 (IEC 61966-2-1)."""
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055).astype(np.float32)


def to_xyz(chromaticities: tuple[float, ...]) -> Floats:
    """The 3×3 matrix from linear RGB of these primaries and white to XYZ (SMPTE RP 177)."""
    red, green, blue, white = (np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in _pairs(chromaticities))
    primaries = np.stack([red, green, blue], axis=1)
    return primaries * np.linalg.solve(primaries, white)


def adapted(white: Floats, to: Floats) -> Floats:
    """The matrix that takes XYZ under one white to what looks the same under another (Bradford, Lam 1985)."""
    return np.linalg.inv(BRADFORD) @ np.diag((BRADFORD @ to) / (BRADFORD @ white)) @ BRADFORD


def to_srgb_matrix(chromaticities: tuple[float, ...]) -> Floats:
    """The matrix from linear RGB of these primaries and white to linear sRGB."""
    given, wanted = to_xyz(chromaticities), to_xyz(REC709)
    return np.linalg.inv(wanted) @ adapted(given.sum(axis=1), wanted.sum(axis=1)) @ given


def srgb_from_d50() -> Floats:
    """The matrix from XYZ under D50, ICC's connection space, to linear sRGB."""
    xyz = to_xyz(REC709)
    return np.linalg.inv(adapted(xyz.sum(axis=1), D50) @ xyz)


def _pairs(chromaticities: tuple[float, ...]) -> list[tuple[float, float]]:
    return list(zip(chromaticities[::2], chromaticities[1::2], strict=True))
