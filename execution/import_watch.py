"""Tells whether a pack's import still gets on, by what its process does meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass

# Doing the same for ever, such as asking again and again for what is not there, is no progress either.
LONGEST_BY_GRACE = 10


@dataclass
class _Import:
    pack: str
    began: float
    moved: float
    activity: float | None


class ImportWatch:
    """Looks at one import after the other. `grace` are seconds; with 0 it waits for ever."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._now: _Import | None = None

    def look(self, pack: str, read_activity: Callable[[], float | None], now: float) -> str:
        """Why the import of a pack is to be given up, in words that follow "the worker"; empty while it is not.

        `pack` is empty while none is imported; `read_activity` gives any number that changes while something is done.
        """
        known = self._now
        if not pack or self._grace == 0:
            self._now = None
        elif known is None or known.pack != pack:
            # How busy it is needs no answer before it has taken some time.
            self._now = _Import(pack, now, now, None)
        elif (activity := read_activity()) != known.activity:
            known.activity, known.moved = activity, now
            longest = self._grace * LONGEST_BY_GRACE
            if now - known.began >= longest:
                return f"had to be ended, since it came to no end within {longest:g} seconds"
        elif now - known.moved >= self._grace:
            return f"had to be ended, since it made no progress for {self._grace:g} seconds"
        return ""
