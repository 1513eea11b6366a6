"""SHA-256 of model files, computed once and kept in a small database for as long as a file's size and time stay.

Sites that collect models know a file by the first ten digits, called AutoV2.
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

AUTO_V2 = 10
FILE_NAME = "model_hashes.db"
_CHUNK = 1 << 20
_TABLE = """CREATE TABLE IF NOT EXISTS hashes (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID"""
_FIND = "SELECT sha256 FROM hashes WHERE path = ? AND size = ? AND modified = ?"
_KEEP = "INSERT OR REPLACE INTO hashes (path, size, modified, sha256) VALUES (?, ?, ?, ?)"


def sha256_of(path: Path, told: Callable[[int], None] | None = None) -> str:
    """The hash of a file's content, in hexadecimal; `told` hears how many bytes were read, and may raise to end it."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            if told is not None:
                told(done)
    return digest.hexdigest()


class ModelHashes:
    """What is known of files' hashes, shared by all processes that use one folder.

    Where the folder cannot be written to, a hash is computed again each time; that is no error.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME

    def known(self, path: Path) -> str | None:
        """The hash, if it was computed since the file last changed; raises `OSError` where there is no such file."""
        key = _key(path)
        if not self._file.is_file():
            return None
        with suppress(sqlite3.Error), self._open() as database:
            row = database.execute(_FIND, key).fetchone()
            return str(row[0]) if row else None
        return None

    def of(self, path: Path, told: Callable[[int], None] | None = None) -> str:
        """The hash, computed where it is not known; raises `OSError` where the file cannot be read."""
        found = self.known(path)
        if found is not None:
            return found
        key, digest = _key(path), sha256_of(path, told)
        if key == _key(path):  # It was not written to meanwhile.
            self._keep((*key, digest))
        return digest

    def _keep(self, row: tuple[str, int, int, str]) -> None:
        with suppress(sqlite3.Error, OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._open() as database:
                database.execute(_TABLE)
                database.execute(_KEEP, row)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=10)) as database, database:
            yield database


def _key(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return os.path.normcase(path.absolute()), status.st_size, status.st_mtime_ns
