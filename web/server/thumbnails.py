"""Smaller forms of pictures, kept on disk within a bound so that each is made once."""

import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore, Lock

from execution.writing import atomic_write

LIMIT_BYTES = 256 * 2**20
# Decoding takes memory: a page that asks for a hundred pictures must not have them all open at once.
MADE_AT_ONCE = 2


class Thumbnails:
    """A folder of pictures made from others; what was asked for longest ago goes first when it grows too large."""

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._held: int | None = None
        self._counting = Lock()
        self._making = BoundedSemaphore(MADE_AT_ONCE)

    def find(self, source: Path, form: str, ending: str, make: Callable[[], bytes]) -> Path | bytes:
        """The file with one form of a picture as it is now, made where there is none; bytes where none can be kept.

        `form` names the form among all that can be made of a picture. Raises what `make` raises, and `OSError` where
        the source cannot be looked at.
        """
        kept = self._folder / f"{_key(source, form)}{ending}"
        if _touch(kept):
            return kept
        with self._making:
            if _touch(kept):
                return kept
            content = make()
        try:
            with atomic_write(kept, is_kept=False) as target:
                target.write(content)
        except OSError:
            return content
        self._count(len(content))
        return kept

    def _count(self, size: int) -> None:
        with self._counting:
            self._held = self._held + size if self._held is not None else sum(size for _, size, _ in self._entries())
            if self._held > self._limit_bytes:
                self._held = self._shrink()

    def _shrink(self) -> int:
        """Remove what was asked for longest ago, with room for more to come; answers the bytes that are left."""
        entries = sorted(self._entries())
        held = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if held <= self._limit_bytes * 3 // 4:
                break
            with suppress(OSError):
                path.unlink()
                held -= size
        return held

    def _entries(self) -> list[tuple[int, int, Path]]:
        """When each was asked for last, its bytes, its path."""
        found = []
        for path in self._folder.iterdir():
            with suppress(OSError):
                stat = path.stat()
                found.append((stat.st_atime_ns, stat.st_size, path))
        return found


def _key(source: Path, form: str) -> str:
    stat = source.stat()
    identity = f"{os.path.realpath(source)}\0{stat.st_mtime_ns}\0{stat.st_size}\0{form}"
    return hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()


def _touch(kept: Path) -> bool:
    """Note that it was asked for, which is told apart from when it was made; False when it is not there."""
    try:
        os.utime(kept, ns=(time.time_ns(), kept.stat().st_mtime_ns))
    except OSError:
        return False
    return True
