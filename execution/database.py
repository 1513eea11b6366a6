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

from execution.errors import QueueError
from execution.holding import HeldElsewhere, hold
from execution.schema import MIGRATIONS, prepare

T = TypeVar("T")
Statement = Callable[[sqlite3.Connection], T]

BUSY_SECONDS = 10.0
LITTLE_SPACE = 2**20
_FREE_SPACE = "Its disk is full: free some space there."


class StorageError(QueueError):
    """The queue's file cannot be read or written."""


@dataclass(frozen=True)
class _Write:
    statement: Statement[Any]
    durable: bool
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"


class Database:
    """One SQLite file: one thread writes, any thread reads, and one server at a time has it.

    Writes that wait together share a commit. A durable one has reached the disk itself when it is answered; the
    others survive the end of this process, but not a loss of power.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._local = threading.local()
        self._is_durable: bool | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _take(path.with_name(path.name + ".lock"))
        try:
            self._connection = _connect(path)
            _migrate(self._connection, path)
        except QueueError:
            self._lock.close()
            raise
        except sqlite3.Error as error:
            self._lock.close()
            remedy = _FREE_SPACE if _is_full(path) else "Move the file away to begin anew."
            raise StorageError(f"The queue in {path} cannot be opened: {error}. {remedy}") from error
        self._writer = threading.Thread(target=self._write_all, name="queue writer", daemon=True)
        self._writer.start()

    async def write(self, statement: Statement[T], durable: bool = False) -> T:
        """Run a statement in a transaction on the writer thread; raises `StorageError` when it cannot be stored."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._writes.put(_Write(statement, durable, loop, answer))
        return await answer

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
        self._connection.close()
        if getattr(self._local, "connection", None) is not None:
            self._local.connection.close()
        self._lock.close()

    def _write_all(self) -> None:
        while (first := self._writes.get()) is not None:
            batch, is_last = self._take_waiting(first)
            self._commit(batch)
            if is_last:
                return

    def _take_waiting(self, first: _Write) -> tuple[list[_Write], bool]:
        batch = [first]
        while not self._writes.empty():
            following = self._writes.get()
            if following is None:
                return batch, True
            batch.append(following)
        return batch, False

    def _commit(self, batch: Sequence[_Write]) -> None:
        is_durable = any(write.durable for write in batch)
        answers: list[tuple[_Write, Any, Exception | None]] = []
        try:
            self._set_durable(is_durable)
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
            remedy = _FREE_SPACE if _is_full(self._path) else "Look after the disk that it is on."
            failure = StorageError(f"The queue in {self._path} cannot be written: {error}. {remedy}")
            answers = [(write, None, failure) for write in batch]
        for write, value, failure_of_one in answers:
            _answer(write, value, failure_of_one)

    def _set_durable(self, is_durable: bool) -> None:
        if is_durable is not self._is_durable:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if is_durable else 'NORMAL'}")
            self._is_durable = is_durable

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


def _answer(write: _Write, value: Any, failure: Exception | None) -> None:
    def settle() -> None:
        if write.answer.done():
            return
        if failure is None:
            write.answer.set_result(value)
        else:
            write.answer.set_exception(failure)

    try:
        write.loop.call_soon_threadsafe(settle)
    except RuntimeError:
        return  # The loop is closed: nobody waits any more.


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    prepare(connection)
    connection.execute("PRAGMA journal_mode = WAL")
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
