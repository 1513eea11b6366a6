"""Moving prompts that wait to another place in the queue: they get numbers between those of their new neighbours."""

# ruff: noqa: S608 - the texts put into statements are this module's own

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise

from execution.errors import QueueError

WAITING = "SELECT row, number FROM waiting WHERE true"
_BY_NUMBER = "SELECT row FROM waiting ORDER BY number, row"
# The first of each user in the order of their last turns, then the second of each, and so on.
_IN_TURNS = """
    SELECT row FROM (
        SELECT row, user, row_number() OVER (PARTITION BY user ORDER BY number, row) AS round
        FROM waiting
    ) JOIN turns USING (user) ORDER BY round, last_turn, turns.rowid
"""


@dataclass(frozen=True)
class Place:
    """Where prompts go: before or after a prompt that waits, to the front, or to the back where neither is named."""

    before: str | None = None
    after: str | None = None
    is_front: bool = False


def move(connection: sqlite3.Connection, prompt_ids: Iterable[str], place: Place) -> int:
    """Put prompts that wait beside each other at a place, in the order given; answers how many were moved.

    Raises `QueueError` when the prompt they should stand beside does not wait or is one of them.
    """
    moved = _rows_of(connection, prompt_ids)
    if not moved:
        return 0
    numbers = _numbers_between(*_gap(connection, moved, place), len(moved))
    if numbers is None:
        # Neighbours have come so close that no number lies between them.
        _spread(connection)
        numbers = _numbers_between(*_gap(connection, moved, place), len(moved))
        assert numbers is not None
    connection.executemany("UPDATE prompts SET number = ? WHERE row = ?", zip(numbers, moved, strict=True))
    return len(moved)


def renumber(connection: sqlite3.Connection, prompt_ids: Iterable[str], number: float) -> int:
    """Give prompts that wait a number; answers how many there were."""
    moved = _rows_of(connection, prompt_ids)
    connection.executemany("UPDATE prompts SET number = ? WHERE row = ?", [(number, row) for row in moved])
    return len(moved)


def waiting_rows(connection: sqlite3.Connection) -> str:
    """The statement for the rows of all that wait, in the order in which they will run if nothing more comes.

    Where several users wait they take turns, and each user's own are in order.
    """
    waiting = "SELECT 1 FROM waiting WHERE waiting.user = turns.user"
    users = connection.execute(f"SELECT 1 FROM turns WHERE EXISTS ({waiting}) LIMIT 2").fetchall()
    return _IN_TURNS if len(users) > 1 else _BY_NUMBER


def count_ever(connection: sqlite3.Connection) -> int:
    """How many prompts there have ever been; the next one's number is one more."""
    last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'prompts'").fetchone()
    return last["seq"] if last else 0


def _rows_of(connection: sqlite3.Connection, prompt_ids: Iterable[str]) -> list[int]:
    rows = []
    for prompt_id in dict.fromkeys(prompt_ids):
        select = "SELECT row FROM waiting WHERE prompt_id = ?"
        if found := connection.execute(select, (prompt_id,)).fetchone():
            rows.append(found["row"])
    return rows


def _gap(connection: sqlite3.Connection, moved: Collection[int], place: Place) -> tuple[float | None, float | None]:
    """The numbers of the two prompts between which there is to be room; None beyond the first and the last."""
    staying = set(moved)
    if place.before is not None:
        row, number = _anchor(connection, place.before, staying)
        return _neighbour(connection, "<", (number, row), staying), number
    if place.after is not None:
        row, number = _anchor(connection, place.after, staying)
        return number, _neighbour(connection, ">", (number, row), staying)
    if place.is_front:
        return None, _end(connection, "ASC", staying)
    # What is queued after this comes after it.
    low, following = _end(connection, "DESC", staying), count_ever(connection) + 1.0
    return low, following if low is None or low < following else None


def _anchor(connection: sqlite3.Connection, prompt_id: str, moved: Collection[int]) -> tuple[int, float]:
    found = connection.execute(f"{WAITING} AND prompt_id = ?", (prompt_id,)).fetchone()
    if found is None or found["row"] in moved:
        raise QueueError(f"The prompt {prompt_id!r} beside which others should go does not wait, or goes with them.")
    return found["row"], found["number"]


def _neighbour(
    connection: sqlite3.Connection, side: str, anchor: tuple[float, int], moved: Collection[int]
) -> float | None:
    order = "number DESC, row DESC" if side == "<" else "number, row"
    found = connection.execute(f"{WAITING} AND (number, row) {side} (?, ?) ORDER BY {order}", anchor)
    return next((row["number"] for row in found if row["row"] not in moved), None)


def _end(connection: sqlite3.Connection, direction: str, moved: Collection[int]) -> float | None:
    found = connection.execute(f"{WAITING} ORDER BY number {direction}, row {direction}")
    return next((row["number"] for row in found if row["row"] not in moved), None)


def _numbers_between(low: float | None, high: float | None, count: int) -> list[float] | None:
    """So many numbers in rising order inside a gap; None when there are not so many."""
    if low is None and high is None:
        return [float(index) for index in range(count)]
    if low is None:
        assert high is not None
        numbers = [high - count + index for index in range(count)]
    elif high is None:
        numbers = [low + 1 + index for index in range(count)]
    else:
        numbers = [low + (high - low) * (index + 1) / (count + 1) for index in range(count)]
    fenced = [*([] if low is None else [low]), *numbers, *([] if high is None else [high])]
    is_rising = all(first < second for first, second in pairwise(fenced))
    return numbers if is_rising else None


def _spread(connection: sqlite3.Connection) -> None:
    """Give all that wait new numbers in their order, below those of prompts still to come."""
    rows = [row["row"] for row in connection.execute(f"{WAITING} ORDER BY number, row")]
    first = count_ever(connection) - len(rows) + 1
    numbered = [(first + index, row) for index, row in enumerate(rows)]
    connection.executemany("UPDATE prompts SET number = ? WHERE row = ?", numbered)
