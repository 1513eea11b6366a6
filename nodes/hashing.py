"""SHA-256 of files: whole for fingerprints, short for the names by which sites that collect models know them."""

import hashlib
from functools import lru_cache
from pathlib import Path

from execution import paths

_CHUNK = 1 << 20

# Hashing takes about a second a gigabyte, and a picture waits for it.
LARGEST_MODEL_HASHED = 512 * 2**20


def sha256_of(path: Path) -> str:
    """The hash of a file's content, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def short_model_hash(name: str | None) -> str | None:
    """The first ten digits of a checkpoint's hash; None when it is not there or too large to hash in passing."""
    try:
        path = paths.current().full_path("checkpoints", name or "")
        status = path.stat()
    except (paths.PathError, OSError):
        return None
    if status.st_size > LARGEST_MODEL_HASHED:
        return None
    return _cached_hash(path, status.st_size, status.st_mtime_ns)[:10]


@lru_cache(maxsize=256)
def _cached_hash(path: Path, _size: int, _modified: int) -> str:
    return sha256_of(path)
