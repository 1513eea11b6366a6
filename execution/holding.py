"""Files that only one process can hold; the system lets go of them however the process ends."""

import sqlite3
from pathlib import Path

from execution.errors import SkeinError

PATIENCE_SECONDS = 0.5


class HeldElsewhere(SkeinError):
    """Somebody else holds the file."""


def hold(path: Path) -> sqlite3.Connection:
    """Hold a file until the answer is closed; raises `HeldElsewhere`, or `sqlite3.OperationalError` where none can be.

    SQLite's lock is one that every system has.
    """
    lock: sqlite3.Connection | None = None
    try:
        lock = sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if lock is not None:
            lock.close()
        if "locked" not in str(error):
            raise
        raise HeldElsewhere(f"{path} is held by another process.") from error
    return lock
