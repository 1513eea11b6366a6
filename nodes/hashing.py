"""SHA-256 of files: whole for fingerprints, short for the names by which sites that collect models know them."""

import hashlib
import json
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

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
def _cached_hash(path: Path, size: int, modified: int) -> str:
    """The hash of a file, computed once and kept in the user folder for as long as its size and time stay."""
    kept, key, stamp = _kept_hashes(), str(path), f"{size} {modified}"
    if isinstance(found := kept.get(key), list) and len(found) == 2 and found[0] == stamp:
        return str(found[1])
    digest = sha256_of(path)
    # Read anew: another process may have added some meanwhile.
    kept = _kept_hashes() | {key: [stamp, digest]}
    with suppress(OSError), paths.atomic_write(_hash_file()) as file:
        file.write(json.dumps(kept, indent=1).encode())
    return digest


def _hash_file() -> Path:
    return paths.current().user / "model_hashes.json"


def _kept_hashes() -> dict[str, Any]:
    try:
        kept = json.loads(_hash_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
