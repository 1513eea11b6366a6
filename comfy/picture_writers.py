"""Writing pictures band by band, in 8 or 16 bits: PNG and TIFF, for pictures too large to be in memory whole."""

import struct
import zlib
from collections.abc import Mapping
from typing import BinaryIO, Protocol

import numpy as np
from torch import Tensor

COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
CHUNK = 1 << 20


class BandWriter(Protocol):
    """Takes a picture from the top down."""

    def write(self, band: Tensor) -> None:
        """The next rows, [rows, W, C] from 0 to 1."""

    def finish(self) -> None:
        """Called after the last row."""


def to_integers(band: Tensor, bits: int) -> np.ndarray:
    """Numbers 0–1 as unsigned integers: 8 bits are truncated, as pictures are saved elsewhere, 16 rounded."""
    pixels = band.detach().float().cpu().clamp(0, 1).numpy()
    return (pixels * 255).astype(np.uint8) if bits == 8 else (pixels * 65535 + 0.5).astype(np.uint16)


class PngWriter:
    """A PNG of 8 or 16 bits a channel (PNG specification, third edition)."""

    def __init__(
        self,
        file: BinaryIO,
        width: int,
        height: int,
        channels: int,
        bits: int,
        texts: Mapping[str, str],
        level: int = 4,
    ) -> None:
        self._file, self._bits, self._packer = file, bits, zlib.compressobj(level)
        file.write(b"\x89PNG\r\n\x1a\n")
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, COLOUR_TYPES[channels], 0, 0, 0))
        for name, text in texts.items():
            self._text(name, text)

    def write(self, band: Tensor) -> None:
        values = to_integers(band, self._bits)
        rows = np.ascontiguousarray(values, dtype=">u2").view(np.uint8) if self._bits == 16 else values
        rows = rows.reshape(len(values), -1)
        # Filter "sub": each byte less the one a pixel before, which packs photographs best for its cost.
        step = values.shape[2] * self._bits // 8
        filtered = np.ones((len(rows), rows.shape[1] + 1), np.uint8)
        filtered[:, 1 : 1 + step] = rows[:, :step]
        filtered[:, 1 + step :] = rows[:, step:] - rows[:, :-step]
        self._data(self._packer.compress(filtered.tobytes()))

    def finish(self) -> None:
        self._data(self._packer.flush())
        self._chunk(b"IEND", b"")

    def _data(self, packed: bytes) -> None:
        for start in range(0, len(packed), CHUNK):
            self._chunk(b"IDAT", packed[start : start + CHUNK])

    def _text(self, name: str, text: str) -> None:
        key = name.encode("latin-1", errors="replace")
        if text.isascii():
            self._chunk(b"tEXt", key + b"\0" + text.encode("ascii"))
        else:
            self._chunk(b"iTXt", key + b"\0\0\0\0\0" + text.encode("utf-8"))

    def _chunk(self, kind: bytes, data: bytes) -> None:
        self._file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


class TiffWriter:
    """A TIFF of 8 or 16 bits a channel, each band packed by Deflate (TIFF 6.0; Adobe's technical notes 2002)."""

    def __init__(
        self,
        file: BinaryIO,
        width: int,
        height: int,
        channels: int,
        bits: int,
        description: str = "",
        xmp: bytes = b"",
    ) -> None:
        self._file, self._bits = file, bits
        self._width, self._height, self._channels = width, height, channels
        self._description, self._xmp = description.encode("utf-8") + b"\0", xmp
        self._strips: list[tuple[int, int]] = []
        file.write(struct.pack("<2sHI", b"II", 42, 0))

    def write(self, band: Tensor) -> None:
        # All strips but the last must be of one height, so each is a row.
        for row in to_integers(band, self._bits):
            packed = zlib.compress(row.tobytes(), 4)
            self._strips.append((self._file.tell(), len(packed)))
            self._file.write(packed)

    def finish(self) -> None:
        values = {
            270: (2, self._description),
            258: (3, struct.pack(f"<{self._channels}H", *[self._bits] * self._channels)),
            273: (4, struct.pack(f"<{len(self._strips)}I", *(place for place, _ in self._strips))),
            279: (4, struct.pack(f"<{len(self._strips)}I", *(length for _, length in self._strips))),
        }
        if self._xmp:
            values[700] = (1, self._xmp)
        sizes = {1: 1, 2: 1, 3: 2, 4: 4}
        entries = {256: (4, 1, self._width), 257: (4, 1, self._height), 259: (3, 1, 8), 262: (3, 1, self._photometric)}
        entries |= {277: (3, 1, self._channels), 278: (4, 1, 1)}
        if self._channels == 4:
            entries[338] = (3, 1, 2)
        for tag, (kind, data) in values.items():
            entries[tag] = (kind, len(data) // sizes[kind], self._place(data))
        start = self._file.tell() + self._file.tell() % 2
        self._file.seek(start)
        rows = b"".join(struct.pack("<HHII", tag, *entries[tag]) for tag in sorted(entries))
        self._file.write(struct.pack("<H", len(entries)) + rows + struct.pack("<I", 0))
        self._file.seek(4)
        self._file.write(struct.pack("<I", start))

    @property
    def _photometric(self) -> int:
        return 1 if self._channels == 1 else 2

    def _place(self, data: bytes) -> int:
        """Where a value lies: in the entry itself where it is short, else written behind the picture."""
        if len(data) <= 4:
            return int.from_bytes(data.ljust(4, b"\0"), "little")
        place = self._file.tell() + self._file.tell() % 2
        self._file.seek(place)
        self._file.write(data)
        return place
