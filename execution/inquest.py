"""Learns from how a worker's processes end: where each was, what it held, and which packs it did not survive."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from execution.black_box import BlackBox, Whereabouts
from execution.import_watch import ImportWatch
from execution.vitals import Vitals, read_activity, read_vitals
from execution.worker_process import describe_exit

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
# Once may be an accident, such as a process that somebody ended by hand.
MOST_DEATHS_BY_PACK = 2


def last_line(text: str) -> str:
    """What a traceback ends with: the error itself."""
    return text.strip().rpartition("\n")[2]


class Inquest:
    """What is known of one worker's present and last process.

    A pack whose import makes no progress for `import_grace` seconds is given up; with 0 it never is.
    """

    def __init__(self, import_grace: float = 0.0) -> None:
        self.place = Whereabouts()
        self.vitals: Vitals | None = None
        self.load_error: str | None = None
        self.failed_starts = 0
        self._box: BlackBox | None = None
        self._is_loading = True
        self._deaths_by: Counter[str] = Counter()
        self._fates: dict[str, str] = {}
        self._import_grace = import_grace
        self._watch = ImportWatch(import_grace)

    def begin(self, folder: Path) -> Path | None:
        """A process is about to start: the file in which it is to note where it is, or None where none can be made."""
        self.place, self.vitals, self._is_loading = Whereabouts(), None, True
        try:
            self._box = BlackBox.create(folder)
        except OSError as error:
            log.warning("Should the worker die, nobody will know where it was: %s", error)
            self._box = None
        return self._box.path if self._box else None

    @property
    def left_out(self) -> Mapping[str, str]:
        """The packs that are not to be loaded again, each with what became of the processes that tried."""
        return {name: self._fates[name] for name, deaths in self._deaths_by.items() if deaths >= MOST_DEATHS_BY_PACK}

    def forgive(self) -> None:
        """Let every pack be tried again."""
        self._deaths_by.clear()

    async def look_after(self, pid: int | None, end: Callable[[], None]) -> None:
        """Look from time to time how much memory the process holds, and `end` it when the import of a pack hangs."""
        while pid is not None:
            self.vitals = read_vitals(pid) or self.vitals
            place = self._import_now()
            if why := self._watch.look(place.pack, partial(read_activity, pid), time.monotonic()):
                line = f"last at {place.line}; " if place.line else ""
                self._fates[place.pack] = f"{why} ({line}--import-grace gives more time)"
                self._deaths_by[place.pack] = MOST_DEATHS_BY_PACK
                end()
                return
            await asyncio.sleep(LOOK_SECONDS)

    def _import_now(self) -> Whereabouts:
        """Which pack the process is importing; empty for none, or where that is not known."""
        return self._box.read() if self._is_loading and self._box is not None else Whereabouts()

    def note_load_error(self, reason: str) -> None:
        """The process says itself why it cannot load its nodes."""
        self.load_error, self._is_loading = reason, False
        self.failed_starts += 1

    def note_ready(self) -> None:
        """The process has loaded its nodes."""
        self.load_error, self._is_loading = None, False
        self.failed_starts = 0

    @property
    def hindrance(self) -> str:
        """What keeps the worker from becoming ready, and what helps; empty where nothing is known."""
        place = self._import_now()
        if place.pack:
            line = f" ({place.line})" if place.line else ""
            return f"It is importing the pack {place.pack}{line}. {self._outlook}"
        if self.load_error:
            return f"Its last start failed: {last_line(self.load_error).rstrip('.')}. The log says more."
        return ""

    @property
    def _outlook(self) -> str:
        if self._import_grace:
            return f"Should that make no progress for {self._import_grace:g} seconds, the pack is left out."
        return "Should that never end, take the pack away and reload the packs."

    def end(self, exit_code: int | None) -> str:
        """The process has ended: how, in words that follow "the worker"."""
        fate = describe_exit(exit_code)
        if self._box is not None:
            self.place = self._box.read()
            self._box.remove()
            self._box = None
        if not self._is_loading:
            return fate
        self._is_loading = False
        self.failed_starts += 1
        pack = self.place.pack
        if pack in self.left_out:
            fate = self._fates[pack]  # It did not end by itself.
        elif pack:
            self._deaths_by[pack] += 1
            self._fates[pack] = fate
        fate = f"{fate} while it loaded {f'the pack {pack}' if pack else 'its nodes'}"
        self.load_error = f"The worker {fate}"
        if pack in self.left_out:
            log.error("The worker %s. The pack is left out from now on.", fate)
        return fate
