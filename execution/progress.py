"""How a running node reports progress and learns that it was cancelled, without knowing the engine."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from execution.errors import Interrupted

PreviewSource = bytes | Callable[[], bytes | None]


class CancelToken:
    """Set once, from any thread, to stop one prompt."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def is_cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        self._event.set()

    def check(self) -> None:
        """Raise `Interrupted` once the prompt is cancelled."""
        if self._event.is_set():
            raise Interrupted("The prompt was cancelled.")


class StoppedByHand(KeyboardInterrupt):
    """A person pressed Ctrl+C, where a plain KeyboardInterrupt may be raised by any pack's code."""


_running: set[CancelToken] = set()


@contextmanager
def running(token: CancelToken) -> Iterator[None]:
    """Let `cancel_running` reach what runs inside."""
    _running.add(token)
    try:
        yield
    finally:
        _running.discard(token)


def cancel_running() -> None:
    """Cancel every prompt that runs in this process."""
    for token in list(_running):
        token.cancel()


class Reporter:
    """What a node may tell while it runs. This base is silent, for nodes called outside a prompt."""

    node_id: str | None = None
    """Which node of the prompt is running."""

    call_index: int = 0
    """Which call of it this is, where its inputs are lists."""

    def added_nodes(self) -> Mapping[str, Any] | None:
        """All nodes of the running prompt, each with `to_json`; None while no node has put others in its place."""
        return None

    def update(self, value: float, total: float, preview: PreviewSource | None = None) -> None:
        """Report `value` of `total` steps, with a JPEG or PNG, or a callable that makes one when it will be shown.

        Raises `Interrupted` when the prompt was cancelled.
        """

    def check_cancelled(self) -> None:
        """Raise `Interrupted` when the prompt was cancelled."""

    def wants_preview(self) -> bool:
        """Whether a preview made now would be shown; asks to skip the work when not."""
        return False

    def begin_pack(self, name: str) -> str | None:
        """Tell which pack is about to be imported, empty for none any more.

        Answers what became of the processes that tried before, where it is not to be tried again.
        """
        return None

    def defer(self, work: Callable[[], Any]) -> None:
        """Do work off the compute thread, such as writing a file; the prompt succeeds only after it has."""
        work()


_SILENT = Reporter()
_current: ContextVar[Reporter] = ContextVar("reporter", default=_SILENT)


def current() -> Reporter:
    """The reporter of the node that is running here."""
    return _current.get()


@contextmanager
def reporting(reporter: Reporter) -> Iterator[None]:
    """Make `reporter` the current one for the code inside."""
    token = _current.set(reporter)
    try:
        yield
    finally:
        _current.reset(token)
