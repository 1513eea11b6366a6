"""Learns from how a worker's processes end: where each was, what it held, and which packs it did not survive."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from execution.black_box import BlackBox, Whereabouts
from execution.vitals import Vitals, read_vitals
from execution.worker_process import describe_exit

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
# Once may be an accident, such as a process that somebody ended by hand.
MOST_DEATHS_BY_PACK = 2


def last_line(text: str) -> str:
    """What a traceback ends with: the error itself."""
    return text.strip().rpartition("\n")[2]


class Inquest:
    """What is known of one worker's present and last process."""

    def __init__(self) -> None:
        self.place = Whereabouts()
        self.vitals: Vitals | None = None
        self.load_error: str | None = None
        self.failed_starts = 0
        self._box: BlackBox | None = None
        self._is_loading = True
        self._deaths_by: Counter[str] = Counter()
        self._fates: dict[str, str] = {}

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

    async def look_after(self, pid: int | None) -> None:
        """Look from time to time how much memory the process holds."""
        while pid is not None:
            self.vitals = read_vitals(pid) or self.vitals
            await asyncio.sleep(LOOK_SECONDS)

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
        if self._is_loading and self._box is not None and (pack := self._box.read().pack):
            return f"It is importing the pack {pack}. Should that never end, take the pack away and reload the packs."
        if self.load_error:
            return f"Its last start failed: {last_line(self.load_error).rstrip('.')}. The log says more."
        return ""

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
        if pack:
            self._deaths_by[pack] += 1
            self._fates[pack] = fate
        fate = f"{fate} while it loaded {f'the pack {pack}' if pack else 'its nodes'}"
        self.load_error = f"The worker {fate}"
        if pack in self.left_out:
            log.error("The worker %s, again. The pack is left out from now on.", fate)
        return fate
