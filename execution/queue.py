"""The queue: what is stored of a prompt that waits or runs, and one function for each thing that is done with it."""

# ruff: noqa: S608 - the texts put into statements are this module's own lists of columns

import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from execution.errors import QueueError
from execution.queue_order import count_ever, waiting_rows
from execution.schema import THERE

MOST_DEATHS = 2
MOST_STARTS = 10
SWEPT_AT_ONCE = 500
# So many prompts' words are read in one go, or of so many characters.
READ_AT_ONCE = 100
LONG_READING = 100_000


@dataclass(frozen=True)
class NewPrompt:
    """A validated prompt about to be queued. `graph`, `extra_data`, `targets`, `summary` (for lists) are JSON texts."""

    prompt_id: str
    graph: str
    extra_data: str
    targets: str
    client_id: str | None = None
    number: float | None = None
    front: bool = False
    user: str = "default"
    summary: str | None = None


@dataclass(frozen=True)
class QueueItem:
    """A prompt that waits or runs. `starts` counts runs begun, `deaths` the workers that died of it."""

    prompt_id: str
    number: float
    state: str
    client_id: str | None
    created: int
    started: int | None
    starts: int
    deaths: int
    graph: str
    extra_data: str
    targets: str
    user: str = "default"


@dataclass(frozen=True)
class Result:
    """How a prompt ended: `status` is success, error or cancelled, the rest JSON texts."""

    status: str
    outputs: str
    meta: str
    messages: str
    summary: str


_ITEM = "prompt_id, number, state, client_id, created, started, starts, deaths, graph, extra_data, targets, user"
_ITEMS = f"SELECT {_ITEM} FROM prompts JOIN bodies USING (row)"


def add(connection: sqlite3.Connection, new: NewPrompt) -> QueueItem:
    """Put a prompt into the queue; raises `QueueError` when its id is taken."""
    if _state_of(connection, new.prompt_id) is not None:
        raise QueueError(f"The prompt_id {new.prompt_id!r} is already in the queue or history; send another, or none.")
    number = new.number if new.number is not None else _front(connection) if new.front else count_ever(connection) + 1
    number, created = float(number), _now()
    connection.execute("DELETE FROM prompts WHERE prompt_id = ?", (new.prompt_id,))  # Cleared, but not yet removed.
    (row,) = connection.execute(
        "INSERT INTO prompts (prompt_id, user, number, state, client_id, created, summary) "
        "VALUES (?, ?, ?, 'pending', ?, ?, ?) RETURNING row",
        (new.prompt_id, new.user, number, new.client_id, created, new.summary),
    ).fetchone()
    body = (row, new.graph, new.extra_data, new.targets)
    connection.execute("INSERT INTO bodies (row, graph, extra_data, targets) VALUES (?, ?, ?, ?)", body)
    connection.execute("INSERT OR IGNORE INTO turns VALUES (?, 0)", (new.user,))
    return QueueItem(
        prompt_id=new.prompt_id,
        number=number,
        state="pending",
        client_id=new.client_id,
        created=created,
        started=None,
        starts=0,
        deaths=0,
        graph=new.graph,
        extra_data=new.extra_data,
        targets=new.targets,
        user=new.user,
    )


def add_all(connection: sqlite3.Connection, new: Iterable[NewPrompt]) -> list[QueueItem]:
    """Put prompts into the queue, all of them or, with a `QueueError`, none."""
    return [add(connection, one) for one in new]


def claim(connection: sqlite3.Connection) -> QueueItem | None:
    """Take the next prompt to run it; None when none waits or the queue is paused.

    It is the next in order of the user whose last turn is longest ago.
    """
    user = None if is_paused(connection) else _next_user(connection)
    if user is None:
        return None
    connection.execute("UPDATE turns SET last_turn = (SELECT max(last_turn) + 1 FROM turns) WHERE user = ?", (user,))
    (row,) = connection.execute(
        "UPDATE prompts SET state = 'running', started = ?, starts = starts + 1 WHERE row = "
        "(SELECT row FROM waiting WHERE user = ? ORDER BY number, row LIMIT 1) RETURNING row",
        (_now(), user),
    ).fetchone()
    return _items(connection, "WHERE row = ?", (row,))[0]


def pause(connection: sqlite3.Connection) -> None:
    """Let no more prompts begin, until `resume`."""
    connection.execute("INSERT OR IGNORE INTO flags VALUES ('paused')")


def resume(connection: sqlite3.Connection) -> None:
    """Let prompts begin again."""
    connection.execute("DELETE FROM flags WHERE name = 'paused'")


def is_paused(connection: sqlite3.Connection) -> bool:
    """Whether prompts wait although a worker may be free."""
    return connection.execute("SELECT 1 FROM flags WHERE name = 'paused'").fetchone() is not None


def finish(connection: sqlite3.Connection, prompt_id: str, result: Result) -> bool:
    """Move a prompt from the queue to the history; False when it was there already, or nowhere.

    It is found by its words only after `read_words`, for which whoever waits for its end need not wait.
    """
    changed = connection.execute(
        "UPDATE prompts SET state = 'done', finished = ?, status = ?, outputs = ?, meta = ?, messages = ?, "
        "summary = ?, finished_row = (SELECT coalesce(max(finished_row), 0) + 1 FROM prompts WHERE state = 'done') "
        "WHERE prompt_id = ? AND state != 'done' RETURNING row",
        (_now(), result.status, result.outputs, result.meta, result.messages, result.summary, prompt_id),
    ).fetchone()
    if changed is None:
        return False
    connection.execute("INSERT INTO unread VALUES (?)", (changed["row"],))
    return True


def finish_pending(connection: sqlite3.Connection, prompt_id: str, result: Result) -> bool:
    """Move a prompt that waits to the history without a run; False when it does not wait."""
    return _state_of(connection, prompt_id) == "pending" and finish(connection, prompt_id, result)


def note_cancel(connection: sqlite3.Connection, prompt_id: str) -> None:
    """Remember that a prompt which runs is to end as cancelled, whatever becomes of the server before it has."""
    connection.execute("UPDATE prompts SET is_cancelled = 1 WHERE prompt_id = ? AND state != 'done'", (prompt_id,))


def list_cancelled(connection: sqlite3.Connection) -> list[QueueItem]:
    """Prompts that wait again although they were cancelled while they ran."""
    return _items(connection, "WHERE row IN (SELECT row FROM waiting WHERE is_cancelled) ORDER BY number, row")


def settle_death(connection: sqlite3.Connection, prompt_id: str, result: Result) -> bool:
    """Put a prompt back whose worker died, at its old place; the second time end it with `result` and answer True."""
    _remove_cleared(connection)
    row = connection.execute(
        "UPDATE prompts SET state = 'pending', deaths = deaths + 1 WHERE prompt_id = ? AND state = 'running' "
        "RETURNING deaths",
        (prompt_id,),
    ).fetchone()
    return row is not None and row["deaths"] >= MOST_DEATHS and finish(connection, prompt_id, result)


def return_running(connection: sqlite3.Connection) -> None:
    """Put back what ran when the last server ended."""
    _remove_cleared(connection)
    connection.execute("UPDATE prompts SET state = 'pending' WHERE state = 'running'")


def put_back_running(connection: sqlite3.Connection) -> None:
    """Put back what runs because the server ends on purpose; such a start does not count against a prompt."""
    _remove_cleared(connection)
    connection.execute("UPDATE prompts SET state = 'pending', starts = starts - 1 WHERE state = 'running'")


def put_back(connection: sqlite3.Connection, prompt_id: str) -> None:
    """Put back a prompt that was claimed for a worker which has ended before it began."""
    _remove_cleared(connection)
    connection.execute(
        "UPDATE prompts SET state = 'pending', starts = starts - 1 WHERE prompt_id = ? AND state = 'running'",
        (prompt_id,),
    )


def list_exhausted(connection: sqlite3.Connection) -> list[QueueItem]:
    """Prompts that wait although they were begun so often that they may be what ends the server."""
    return _items(
        connection,
        "WHERE row IN (SELECT row FROM waiting WHERE starts >= ? OR deaths >= ?) ORDER BY number, row",
        (MOST_STARTS, MOST_DEATHS),
    )


def count_remaining(connection: sqlite3.Connection) -> int:
    """How many prompts wait or run."""
    # Each count has an index of its own.
    (count,) = connection.execute(
        "SELECT (SELECT count(*) FROM waiting) + (SELECT count(*) FROM prompts WHERE state = 'running')"
    ).fetchone()
    return int(count)


def list_running(connection: sqlite3.Connection) -> list[QueueItem]:
    return _items(connection, "WHERE state = 'running' ORDER BY number, row")


def list_pending(connection: sqlite3.Connection, limit: int = -1, offset: int = 0) -> list[QueueItem]:
    """What waits, in the order in which it will run: at most `limit`, where that is not negative, from `offset` on."""
    page = f"{waiting_rows(connection)} LIMIT ? OFFSET ?"
    order = {row["row"]: place for place, row in enumerate(connection.execute(page, (limit, offset)))}
    if limit >= 0:
        return [item for row in order for item in _items(connection, "WHERE row = ?", (row,))]
    items = connection.execute(f"SELECT row, {_ITEM} FROM waiting JOIN bodies USING (row)").fetchall()
    rest = (item for item in items if item["row"] in order)
    return [QueueItem(*item[1:]) for item in sorted(rest, key=lambda item: order[item["row"]])]


def find_item(connection: sqlite3.Connection, prompt_id: str) -> QueueItem | None:
    """A prompt in any state, as it was queued."""
    items = _items(connection, f"WHERE prompt_id = ? AND {THERE}", (prompt_id,))
    return items[0] if items else None


def remove_pending(connection: sqlite3.Connection, prompt_ids: Iterable[str]) -> int:
    """Forget prompts that wait; answers how many did. `sweep` has to follow."""
    prompt_ids = list(prompt_ids)
    _leave(connection, [row for prompt_id in prompt_ids if (row := _row_of(connection, prompt_id)) is not None])
    deleted = connection.executemany(
        f"DELETE FROM prompts WHERE prompt_id = ? AND state = 'pending' AND {THERE}",
        [(prompt_id,) for prompt_id in prompt_ids],
    )
    return max(deleted.rowcount, 0)


def clear_pending(connection: sqlite3.Connection) -> int:
    """Forget every prompt that waits; answers how many did. `sweep` has to follow."""
    first, last, count = connection.execute("SELECT min(row), max(row), count(*) FROM waiting").fetchone()
    if count:
        _leave(connection, [first, last])
        connection.execute("UPDATE cleared SET up_to = ?", (last,))
    return int(count)


def sweep(connection: sqlite3.Connection) -> bool:
    """Do some of what nobody need wait for; False when nothing was left to do.

    That is reading the words of prompts that have ended, and removing what prompts that were taken out have left.
    """
    if read_words(connection):
        return True
    if _remove_cleared(connection, SWEPT_AT_ONCE):
        return True
    left = connection.execute("SELECT rowid, first, last FROM leftovers LIMIT 1").fetchone()
    if left is None:
        return False
    piece = (left["first"], min(left["last"], left["first"] + SWEPT_AT_ONCE - 1))
    connection.execute(
        "DELETE FROM bodies WHERE row BETWEEN ? AND ? "
        "AND row NOT IN (SELECT row FROM prompts WHERE row BETWEEN ? AND ?)",
        (*piece, *piece),
    )
    connection.execute("UPDATE leftovers SET first = ? WHERE rowid = ?", (piece[1] + 1, left["rowid"]))
    connection.execute("DELETE FROM leftovers WHERE first > last")
    return True


def has_unread(connection: sqlite3.Connection) -> bool:
    """Whether some ended prompt is not yet found by its words."""
    return connection.execute("SELECT 1 FROM unread LIMIT 1").fetchone() is not None


def read_words(connection: sqlite3.Connection) -> bool:
    """Have some ended prompts found by their words; False when all are."""
    rows: list[tuple[int]] = []
    length = 0
    sizes = "SELECT row, coalesce(length(graph), 0) FROM unread LEFT JOIN bodies USING (row) ORDER BY row LIMIT ?"
    for row, characters in connection.execute(sizes, (READ_AT_ONCE,)).fetchall():
        length += characters
        if rows and length > LONG_READING:
            break
        rows.append((row,))
    connection.executemany(
        "INSERT INTO words (rowid, text) SELECT row, words_in(error_in(summary), graph, outputs) "
        "FROM prompts JOIN bodies USING (row) WHERE row = ? AND state = 'done'",
        rows,
    )
    connection.executemany("DELETE FROM unread WHERE row = ?", rows)
    return bool(rows)


def _remove_cleared(connection: sqlite3.Connection, most: int = -1) -> int:
    """Remove prompts that were cleared, or some of them; answers how many. All must be gone before an older prompt may
    wait again, or it would count as cleared too."""
    cleared = "SELECT row FROM prompts WHERE state = 'pending' AND +row <= (SELECT up_to FROM cleared) LIMIT ?"
    removed = connection.execute(f"DELETE FROM prompts WHERE row IN ({cleared})", (most,)).rowcount
    if not removed or most < 0:
        connection.execute("UPDATE cleared SET up_to = 0 WHERE up_to > 0")
    return removed


def _leave(connection: sqlite3.Connection, rows: Sequence[int]) -> None:
    if rows:
        connection.execute("INSERT INTO leftovers VALUES (?, ?)", (min(rows), max(rows)))


def _row_of(connection: sqlite3.Connection, prompt_id: str) -> int | None:
    row = connection.execute("SELECT row FROM prompts WHERE prompt_id = ?", (prompt_id,)).fetchone()
    return row["row"] if row else None


def _items(connection: sqlite3.Connection, where: str, values: Sequence[object] = ()) -> list[QueueItem]:
    return [QueueItem(*row) for row in connection.execute(f"{_ITEMS} {where}", values)]


def _next_user(connection: sqlite3.Connection) -> str | None:
    row = connection.execute(
        "SELECT user FROM turns WHERE EXISTS (SELECT 1 FROM waiting WHERE waiting.user = turns.user) "
        "ORDER BY last_turn, rowid LIMIT 1"
    ).fetchone()
    return row["user"] if row else None


def _front(connection: sqlite3.Connection) -> float:
    """A number before all that wait."""
    first = connection.execute("SELECT min(number) FROM waiting").fetchone()[0]
    number = -count_ever(connection) - 1
    return number if first is None else min(number, first - 1)


def _state_of(connection: sqlite3.Connection, prompt_id: str) -> str | None:
    row = connection.execute(f"SELECT state FROM prompts WHERE prompt_id = ? AND {THERE}", (prompt_id,)).fetchone()
    return row["state"] if row else None


def _now() -> int:
    return int(time.time() * 1000)
