"""Work beside the compute thread: coroutines of async nodes, writing of files, encoding of previews."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

_log = logging.getLogger(__name__)

WRITERS = 4
HELPERS = 2
# Each waiting write holds the picture it will write.
MOST_WAITING_WRITES = 16

Around = Callable[[], AbstractContextManager[Any]]


class Background:
    """Threads that outlive a prompt, started when first needed."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writers: ThreadPoolExecutor | None = None
        self._helpers: ThreadPoolExecutor | None = None
        self._previewer: ThreadPoolExecutor | None = None
        self._waiting = threading.BoundedSemaphore(MOST_WAITING_WRITES)
        self._preview_slot = threading.Semaphore(1)

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> "Future[Any]":
        """Run a coroutine beside others, in a copy of the caller's context."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._run_loop, args=(self._loop,), name="async nodes", daemon=True).start()
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def soon(self, work: Callable[[], Any]) -> None:
        """Run `work`, which is short, on a thread that neither computes nor serves coroutines."""
        if self._helpers is None:
            self._helpers = ThreadPoolExecutor(HELPERS, thread_name_prefix="helper")
        self._helpers.submit(work)

    def write(self, work: Callable[[], Any]) -> "Future[Any]":
        """Run `work` on a writer thread; waits while too many writes wait already."""
        if self._writers is None:
            self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")
        self._waiting.acquire()
        future = self._writers.submit(work)
        future.add_done_callback(lambda _: self._waiting.release())
        return future

    @property
    def is_previewing(self) -> bool:
        """Whether a preview is being made, so that another one would be skipped."""
        return self._preview_slot._value == 0

    def preview(self, work: Callable[[], Any]) -> None:
        """Run `work` unless the preview before it is still being made: only the newest is worth showing."""
        if not self._preview_slot.acquire(blocking=False):
            return
        if self._previewer is None:
            self._previewer = ThreadPoolExecutor(1, thread_name_prefix="previews")
        self._previewer.submit(work).add_done_callback(lambda _: self._preview_slot.release())

    def close(self) -> None:
        """End the threads once their work is done."""
        for pool in (self._writers, self._helpers, self._previewer):
            if pool is not None:
                pool.shutdown(wait=True)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)

    def _run_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        with self._around():
            run_unbroken(loop)
        loop.close()


def run_unbroken(loop: asyncio.AbstractEventLoop) -> None:
    """Run a loop until it is stopped, though code of packs may raise there what ends the loop of others.

    Whoever awaits such code is given what it raised.
    """
    while True:
        try:
            loop.run_forever()
        except (KeyboardInterrupt, SystemExit):
            _log.exception("The code of a pack wanted to end the program; it goes on")
        else:
            return
