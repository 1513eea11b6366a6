"""What packs read of `PromptServer.instance.prompt_queue`: the stored queue and history, as they are now."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from execution import history, paths, queue
from web.server.wire import history_text, queue_tuple

T = TypeVar("T")

FILE = "skein.sqlite3"
# Where a pack asks for all of the history; it is read into memory.
MOST_ENTRIES = 1000


class PackQueue:
    """The queue belongs to the server's process; here it is read from its file."""

    @property
    def currently_running(self) -> dict[int, tuple[Any, ...]]:
        """The prompts that run, by a number."""
        return dict(enumerate(self.get_current_queue()[0]))

    @property
    def history(self) -> dict[str, Any]:
        """The newest finished prompts by id."""
        return self.get_history()

    def get_tasks_remaining(self) -> int:
        """How many prompts wait or run."""
        return self._read(queue.count_remaining, 0)

    def get_current_queue(self) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """What runs and what waits, as tuples of number, id, graph, extra data, output nodes."""
        nothing: list[queue.QueueItem] = []
        running, pending = self._read(queue.list_running, nothing), self._read(queue.list_pending, nothing)
        return [_as_tuple(item) for item in running], [_as_tuple(item) for item in pending]

    get_current_queue_volatile = get_current_queue

    def get_history(
        self, prompt_id: str | None = None, max_items: int | None = None, offset: int = -1, **_: Any
    ) -> dict[str, Any]:
        """Finished prompts by id: one, or the newest, or those from an offset on."""
        if prompt_id is not None:
            entry = self._read(lambda connection: history.find_history(connection, prompt_id), None)
            entries = [entry] if entry is not None else []
        else:
            most, start = max_items or MOST_ENTRIES, None if offset < 0 else offset
            entries = self._read(lambda connection: history.list_history(connection, most, start), [])
        found: dict[str, Any] = json.loads(history_text(entries))
        return found

    def _read(self, statement: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        """What a statement reads; `nothing` where there is no server and so no queue."""
        file = paths.current().user / FILE
        if not file.exists():
            return nothing
        connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
        try:
            connection.row_factory = sqlite3.Row
            return statement(connection)
        finally:
            connection.close()


def _as_tuple(item: queue.QueueItem) -> tuple[Any, ...]:
    return tuple(json.loads(queue_tuple(item)))
