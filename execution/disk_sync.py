"""Waiting until the disk itself has what was written: the end of a process loses less than a power cut does."""

import asyncio
import os
import queue
import threading
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
Asked = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]

# Where the system can, without the file's times, which nobody reads.
_sync = getattr(os, "fdatasync", os.fsync)


class DiskSync:
    """Brings one file onto its disk, from a thread of its own; whoever asks while it is at it shares the next turn."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b")
        self._asked: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._sync_all, name="disk sync", daemon=True)
        self._thread.start()

    async def wait(self) -> None:
        """Return once all that was written to the file before is on the disk; raises `OSError`."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[None] = loop.create_future()
        self._asked.put((loop, answer))
        await answer

    def close(self) -> None:
        """Answer who waits, and let go of the file."""
        self._asked.put(None)
        self._thread.join()
        self._file.close()

    def _sync_all(self) -> None:
        is_last = False
        while not is_last:
            waiting, is_last = take_waiting(self._asked)
            failure: OSError | None = None
            if waiting:
                try:
                    _sync(self._file.fileno())
                except OSError as error:
                    failure = error
            for loop, answer in waiting:
                settle(loop, answer, None, failure)


def take_waiting(waiting: "queue.SimpleQueue[T | None]") -> tuple[list[T], bool]:
    """Wait for the first of a queue and take all that is there by then, and whether a None has ended it."""
    taken: list[T] = []
    while not taken or not waiting.empty():
        following = waiting.get()
        if following is None:
            return taken, True
        taken.append(following)
    return taken, False


def settle(loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[T]", value: T, failure: Exception | None) -> None:
    """Answer somebody who waits on an event loop, from any thread."""

    def tell() -> None:
        if answer.done():
            return
        if failure is None:
            answer.set_result(value)
        else:
            answer.set_exception(failure)

    try:
        loop.call_soon_threadsafe(tell)
    except RuntimeError:
        return  # The loop is closed: nobody waits any more.
