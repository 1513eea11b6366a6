"""One life of a worker process, seen from the server: its start, its pipe and its end."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any

from execution.messages import WorkerOptions
from execution.pipe import ServerEnd, make_pair

DRAIN_SECONDS = 2.0


class WorkerProcess:
    """Starts a worker and passes messages to and from the event loop until the process has ended."""

    def __init__(self, options: WorkerOptions, receive: Callable[[Any], None]) -> None:
        self._options = options
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._exited: asyncio.Future[int | None] = self._loop.create_future()
        self._drained = asyncio.Event()

    async def start(self) -> None:
        """Spawn the process; raises `OSError` when the system refuses."""
        ours, theirs = make_pair()
        try:
            await asyncio.to_thread(self._spawn, theirs)
            self._pipe = await ServerEnd.open(ours, self._receive, self._drained.set)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        threading.Thread(target=self._watch, name="worker watch", daemon=True).start()

    def send(self, message: Any) -> None:
        """Pass a message down; returns at once."""
        self._pipe.send(message)

    def kill(self) -> None:
        """End the process wherever it is."""
        self._process.kill()

    async def wait(self) -> int | None:
        """The exit status, once the process has ended and its last message has been read."""
        exit_code = await asyncio.shield(self._exited)
        try:
            # A child of the worker might hold the pipe open, so its end is not waited for without limit.
            await asyncio.wait_for(self._drained.wait(), DRAIN_SECONDS)
        except asyncio.TimeoutError:
            self._pipe.close()
        return exit_code

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def _spawn(self, theirs: socket.socket) -> None:
        # Imported late: the port answers before this is needed.
        from multiprocessing import get_context

        self._process = get_context("spawn").Process(target=_enter, args=(theirs, self._options), name="worker")
        self._process.start()

    def _watch(self) -> None:
        self._process.join()
        try:
            self._loop.call_soon_threadsafe(self._settle, self._process.exitcode)
        except RuntimeError:
            return  # The server's loop has ended.

    def _settle(self, exit_code: int | None) -> None:
        if not self._exited.done():
            self._exited.set_result(exit_code)


def _enter(connection: socket.socket, options: WorkerOptions) -> None:
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
