"""Notes at which line a pack's import is, from a thread beside it, so that one that hangs can be told of."""

import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

LOOK_SECONDS = 1.0
PACKS = "custom_nodes."


class PlaceWatch(AbstractContextManager[None]):
    """Inside, tells again and again where in a pack's code the thread that entered is; nothing while it is in none."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._ended = threading.Event()

    def __enter__(self) -> None:
        watched = threading.get_ident()
        threading.Thread(target=self._look, args=(watched,), name="import place", daemon=True).start()

    def __exit__(self, *error: object) -> None:
        self._ended.set()

    def _look(self, watched: int) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            if place := find_place(watched):
                self._note(place)


def find_place(thread_id: int) -> str:
    """The innermost line of a pack's code in which a thread is, as `folder/file.py, line 3`; empty for none."""
    frame = sys._current_frames().get(thread_id)
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith(PACKS):
            return f"{'/'.join(Path(frame.f_code.co_filename).parts[-2:])}, line {frame.f_lineno}"
        frame = frame.f_back
    return ""
