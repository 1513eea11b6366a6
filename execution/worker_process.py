"""One life of a worker process, seen from the server: its start, its pipe and its end."""

import asyncio
import logging
import queue
import signal
import threading
from collections.abc import Callable
from typing import Any

from execution.messages import WorkerOptions

log = logging.getLogger(__name__)
DRAIN_SECONDS = 2.0


class WorkerProcess:
    """Starts a worker and passes messages to and from the event loop until the process has ended.

    Threads do the waiting, so that a worker that does not read cannot hold up the server.
    """

    def __init__(self, options: WorkerOptions, loop: asyncio.AbstractEventLoop, receive: Callable[[Any], None]) -> None:
        self._options = options
        self._loop = loop
        self._receive = receive
        self._down: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.ended: asyncio.Future[int | None] = loop.create_future()

    async def start(self) -> None:
        """Spawn the process; raises `OSError` when the system refuses."""
        await asyncio.to_thread(self._spawn)

    def send(self, message: Any) -> None:
        """Pass a message down; returns at once."""
        self._down.put(message)

    def kill(self) -> None:
        """End the process wherever it is."""
        self._process.kill()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def _spawn(self) -> None:
        # Imported late: the port answers before this is needed.
        from multiprocessing import get_context

        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_enter, args=(theirs, self._options), name="worker")
        self._process.start()
        theirs.close()
        self._reader = self._begin(self._read)
        self._begin(self._write)
        self._begin(self._watch)

    def _begin(self, target: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=target, name=f"worker {target.__name__}", daemon=True)
        thread.start()
        return thread

    def _read(self) -> None:
        while True:
            try:
                message = self._connection.recv()
            except (EOFError, OSError):
                return
            except Exception:
                # Half a message, or one of a class that is not here: the pipe cannot be trusted any more.
                log.exception("A worker's message cannot be read; it is replaced")
                self.kill()
                return
            self._tell(self._receive, message)

    def _write(self) -> None:
        while (message := self._down.get()) is not None:
            try:
                self._connection.send(message)
            except (OSError, ValueError):
                return  # The watcher will tell.

    def _watch(self) -> None:
        # Waits for the process rather than for the end of the pipe, which a child of the worker might hold open.
        self._process.join()
        self._reader.join(DRAIN_SECONDS)
        self._down.put(None)
        self._connection.close()
        self._tell(self._settle, self._process.exitcode)

    def _settle(self, exit_code: int | None) -> None:
        if not self.ended.done():
            self.ended.set_result(exit_code)

    def _tell(self, function: Callable[[Any], None], value: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(function, value)
        except RuntimeError:
            return  # The server's loop has ended.


def _enter(connection: Any, options: WorkerOptions) -> None:
    """The first thing a worker does; everything heavy is imported on that side only."""
    from execution.worker import main

    main(connection, options)


def describe_exit(exit_code: int | None) -> str:
    """How a process ended, in words; the system's own way to end a process that takes too much memory is named."""
    if exit_code is None:
        return "ended in an unknown way"
    if exit_code >= 0:
        return f"ended with status {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    hint = "; often the system ends a process so when memory runs out" if name == "SIGKILL" else ""
    return f"was ended by {name} (signal {-exit_code}{hint})"
