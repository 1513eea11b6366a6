"""A table in a JSON file that the command line and a running server both change."""

import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from execution.errors import SkeinError
from execution.plain import to_json
from execution.writing import atomic_write

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 10.0

Stamp = tuple[int, int, int]


class TableUnreadable(SkeinError):
    """A file that is no JSON object; it is left as it is for whoever wants to mend it."""


class KeptTable:
    """A JSON object in a file. What another process writes is seen at the next look."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = Lock()
        self._stamp: Stamp | None = None
        self._values: dict[str, Any] = {}

    @property
    def exists(self) -> bool:
        """Whether anything was ever stored."""
        return self._file.exists()

    def read(self) -> Mapping[str, Any]:
        """The table as it is now; empty when it cannot be read, so that nothing is allowed by mistake."""
        stamp = self._look()
        if stamp != self._stamp:
            try:
                self._values = _load(self._file) if stamp else {}
            except TableUnreadable as error:
                log.error("%s", error)
                self._values = {}
            self._stamp = stamp
        return self._values

    @contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        """The table to be changed, stored when the block ends without an error; nobody else changes it meanwhile.

        Raises `TableUnreadable` rather than lose what a broken file holds, and `OSError`.
        """
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._lock, _alone(self._file):
            values = _load(self._file) if self._file.exists() else {}
            yield values
            with atomic_write(self._file) as target:
                target.write(to_json(values).encode())

    def _look(self) -> Stamp | None:
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


def _load(file: Path) -> dict[str, Any]:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableUnreadable(f"{file} cannot be read: {error}. Mend it or move it away.") from error
    if not isinstance(values, dict):
        raise TableUnreadable(f"{file} is no JSON object. Mend it or move it away.")
    return values


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Hold what only one process can hold; the system lets go of it however the process ends."""
    lock = sqlite3.connect(file.with_name(f".{file.name}.lock"), timeout=PATIENCE_SECONDS, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
        yield
    except sqlite3.OperationalError as error:
        raise OSError(f"{file} is being changed by another program: {error}") from error
    finally:
        lock.close()
