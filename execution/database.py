"""The SQLite file that holds queue and history: one thread that writes, and connections that read."""

import asyncio
import queue
import shutil
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from execution.disk_sync import DiskSync, settle, take_waiting
from execution.errors import QueueError
from execution.holding import HeldElsewhere, hold
from execution.schema import MIGRATIONS, prepare

T = TypeVar("T")
Statement = Callable[[sqlite3.Connection], T]

BUSY_SECONDS = 10.0
LITTLE_SPACE = 2**20
LOG_MODE = "WAL"  # Some network drives cannot keep one; SQLite goes on without.
_FREE_SPACE = "Its disk is full: free some space there."


class StorageError(QueueError):
    """The queue's file cannot be read or written."""


@dataclass(frozen=True)
class _Write:
    statement: Statement[Any]
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"


class Database:
    """One SQLite file: one thread writes, any thread reads, and one server at a time has it.

    Writes that wait together share a commit. What is committed survives the end of every process; a loss of power it
    survives for sure once `sync` has returned.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._local = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _take(path.with_name(path.name + ".lock"))
        try:
            self._connection = _connect(path)
            _migrate(self._connection, path)
            self._sync = _sync_of(self._connection, path)
        except QueueError:
            self._lock.close()
            raise
        except sqlite3.Error as error:
            self._lock.close()
            remedy = _FREE_SPACE if _is_full(path) else "Move the file away to begin anew."
            raise StorageError(f"The queue in {path} cannot be opened: {error}. {remedy}") from error
        self._writer = threading.Thread(target=self._write_all, name="queue writer", daemon=True)
        self._writer.start()

    async def write(self, statement: Statement[T]) -> T:
        """Run a statement in a transaction on the writer thread; raises `StorageError` when it cannot be stored."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._writes.put(_Write(statement, loop, answer))
        return await answer

    async def sync(self) -> None:
        """Return once the disk itself has all that was written before; raises `StorageError`."""
        if self._sync is None:
            return
        try:
            await self._sync.wait()
        except OSError as error:
            raise self._failure(error) from error

    def read(self, statement: Statement[T]) -> T:
        """Run a statement on this thread's own connection."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = _connect(self._path)
            connection.execute("PRAGMA query_only = ON")
        return statement(connection)

    def read_together(self, statement: Statement[T]) -> T:
        """Run a statement of several steps so that all of them see the same moment."""

        def read(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN")
            try:
                return statement(connection)
            finally:
                connection.execute("ROLLBACK")

        return self.read(read)

    def close(self) -> None:
        """Finish the writes that wait, and let go of the file."""
        self._writes.put(None)
        self._writer.join()
        if self._sync is not None:
            self._sync.close()
        self._connection.close()
        if getattr(self._local, "connection", None) is not None:
            self._local.connection.close()
        self._lock.close()

    def _write_all(self) -> None:
        is_last = False
        while not is_last:
            batch, is_last = take_waiting(self._writes)
            if batch:
                self._commit(batch)

    def _commit(self, batch: Sequence[_Write]) -> None:
        answers: list[tuple[_Write, Any, Exception | None]] = []
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            answers = [(write, *self._try(write, is_alone=len(batch) == 1)) for write in batch]
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if len(batch) > 1:
                # What one of them lacks must not be the others' loss.
                for write in batch:
                    self._commit([write])
                return
            answers = [(write, None, self._failure(error)) for write in batch]
        for write, value, failure in answers:
            settle(write.loop, write.answer, value, failure)

    def _failure(self, error: Exception) -> StorageError:
        remedy = _FREE_SPACE if _is_full(self._path) else "Look after the disk that it is on."
        return StorageError(f"The queue in {self._path} cannot be written: {error}. {remedy}")

    def _try(self, write: _Write, is_alone: bool) -> tuple[Any, Exception | None]:
        """A statement that fails takes back its own changes only, not those of its neighbours."""
        execute = self._connection.execute
        if not is_alone:
            execute("SAVEPOINT one")
        try:
            value = write.statement(self._connection)
        except Exception as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            execute("ROLLBACK" if is_alone else "ROLLBACK TO one")
            execute("BEGIN IMMEDIATE" if is_alone else "RELEASE one")
            return None, error
        if not is_alone:
            execute("RELEASE one")
        return value, None


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < LITTLE_SPACE
    except OSError:
        return False


def _sync_of(connection: sqlite3.Connection, path: Path) -> DiskSync | None:
    """What brings commits onto the disk; None where SQLite has to wait for that in each commit itself.

    Commits go to the write-ahead log alone. With `synchronous = NORMAL` SQLite waits for the disk only before it moves
    them from there into the database, so whoever wants more has the log synced (https://www.sqlite.org/wal.html).
    """
    log = path.with_name(f"{path.name}-wal")
    has_log = connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal" and log.exists()
    connection.execute(f"PRAGMA synchronous = {'NORMAL' if has_log else 'FULL'}")
    return DiskSync(log) if has_log else None


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    prepare(connection)
    connection.execute(f"PRAGMA journal_mode = {LOG_MODE}")
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise QueueError(
            f"The queue in {path} was written by a newer Skein (schema {version}, known here {len(MIGRATIONS)}). "
            "Update Skein, or choose another --user-directory."
        )
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")


def _take(path: Path) -> sqlite3.Connection:
    """Hold the file that says whose the queue is."""
    try:
        return hold(path)
    except sqlite3.OperationalError as error:
        remedy = "Make it writable, or choose another --user-directory."
        raise StorageError(f"Nothing can be written in {path.parent}: {error}. {remedy}") from error
    except HeldElsewhere as error:
        raise QueueError(
            f"Another Skein is using {path.parent}. Stop it, or start this one with another --user-directory."
        ) from error
