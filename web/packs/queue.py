"""What packs know as `PromptServer.instance.prompt_queue`: what is stored, to be read, and wishes to the server."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from execution import history, paths, queue
from execution.compat.stage import STAGE
from execution.messages import QueueWish
from execution.plain import to_json
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
        nothing: tuple[list[queue.QueueItem], list[queue.QueueItem]] = ([], [])
        running, pending = self._read(_list_queue, nothing)
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

    def put(self, item: Sequence[Any]) -> None:
        """Queue a prompt: number (a negative one is before all others), id, graph, extra data, output nodes."""
        number, prompt_id, graph, extra_data, targets = item[:5]
        is_first = number < 0
        STAGE.send(
            QueueWish(
                "add",
                (str(prompt_id),),
                to_json(graph),
                to_json(extra_data or {}),
                to_json(list(targets)),
                None if is_first else float(number),
                is_first,
            )
        )

    def delete_queue_item(self, is_wanted: Callable[[tuple[Any, ...]], bool]) -> bool:
        """Take the first prompt that waits, and that a function answers True for, out of the queue."""
        for item in self.get_current_queue()[1]:
            if is_wanted(item):
                STAGE.send(QueueWish("remove", (item[1],)))
                return True
        return False

    def wipe_queue(self) -> None:
        """Take all prompts that wait out of the queue."""
        waiting = self.get_current_queue()[1]
        STAGE.send(QueueWish("remove", tuple(item[1] for item in waiting)))

    def set_flag(self, name: str, data: Any) -> None:
        """Let go of memory between prompts: `unload_models`, or `free_memory` for cached results too."""
        forget = name == "free_memory"
        if data and (forget or name == "unload_models"):
            STAGE.send(QueueWish("free", unload_models=True, forget_results=forget))

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


def _list_queue(connection: sqlite3.Connection) -> tuple[list[queue.QueueItem], list[queue.QueueItem]]:
    connection.execute("BEGIN")  # So that a prompt that moves from one list to the other is seen in just one.
    return queue.list_running(connection), queue.list_pending(connection)


def _as_tuple(item: queue.QueueItem) -> tuple[Any, ...]:
    return tuple(json.loads(queue_tuple(item)))
