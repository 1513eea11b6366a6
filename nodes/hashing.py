"""Hashes of files as nodes need them: of pictures for fingerprints, of models for the settings line of a picture."""

import logging
import threading
from contextlib import suppress
from pathlib import Path

from execution import paths
from execution.model_hashes import AUTO_V2, ModelHashes
from execution.model_hashes import sha256_of as sha256_of

log = logging.getLogger(__name__)

# Hashing takes a second or more a gigabyte: a picture waits for a small file, and larger ones are hashed beside.
LARGEST_WAITED_FOR = 512 * 2**20

_lock = threading.Lock()
_running: set[Path] = set()


def short_model_hash(name: str | None) -> str | None:
    """The first ten digits of a checkpoint's hash; None when it is not there, or large and not hashed yet."""
    try:
        path = paths.current().full_path("checkpoints", name or "")
        if path.stat().st_size > LARGEST_WAITED_FOR:
            return hash_beside(path)
        return _hashes().of(path)[:AUTO_V2]
    except (paths.PathError, OSError):
        return None


def prepare_hash(path: Path) -> None:
    """Begin to hash a large model beside other work, so that it is known when a picture of it is saved."""
    with suppress(OSError):
        if path.stat().st_size > LARGEST_WAITED_FOR:
            hash_beside(path)


def hash_beside(path: Path) -> str | None:
    """The first ten digits of a file's hash if it is known; if not, None, and a thread begins to compute it."""
    found = _hashes().known(path)
    if found is not None:
        return found[:AUTO_V2]
    with _lock:
        if path in _running:
            return None
        _running.add(path)
    threading.Thread(target=_hash, args=(_hashes(), path), name="model hash", daemon=True).start()
    return None


def _hash(hashes: ModelHashes, path: Path) -> None:
    try:
        log.info("%s has the hash %s", path.name, hashes.of(path)[:AUTO_V2])
    except OSError as error:
        log.warning("%s could not be hashed: %s", path.name, error)
    finally:
        with _lock:
            _running.discard(path)


def _hashes() -> ModelHashes:
    return ModelHashes(paths.current().user)
