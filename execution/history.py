"""The history, and lists of prompts in any state: what has become of them, found by state, time and words."""

# ruff: noqa: S608 - the texts put into statements are this module's own lists of columns

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from execution.queue_order import waiting_rows
from execution.schema import THERE, matcher

STATES = ("pending", "running", "done")
LARGEST_PAGE = 10_000
# Whoever finds more than this looks for something narrower, not for the last page.
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class HistoryEntry:
    """A finished prompt with everything that is known of it; JSON texts as in `NewPrompt` and `Result`."""

    prompt_id: str
    number: float
    client_id: str | None
    created: int
    started: int | None
    finished: int
    status: str
    outputs: str
    meta: str
    messages: str
    graph: str
    extra_data: str
    targets: str


@dataclass(frozen=True)
class JobRow:
    """What lists show of a prompt in any state; `status` is None until it has ended."""

    prompt_id: str
    number: float
    state: str
    status: str | None
    created: int
    started: int | None
    finished: int | None
    summary: str | None


@dataclass(frozen=True)
class JobPage:
    """A part of a list of jobs, newest first, and how many there are in all."""

    jobs: tuple[JobRow, ...]
    total: int


@dataclass(frozen=True)
class Search:
    """Which prompts are wanted: in any of these pairs of state and status, queued between two times (ms).

    With a text only those that have ended are found: the ones with all its words, or words that begin like them, in
    their inputs, in what they made or in the error that they ended with.
    """

    states: Sequence[tuple[str, str | None]]
    text: str = ""
    since: int | None = None
    until: int | None = None

    @property
    def times(self) -> tuple[int, int]:
        return self.since or 0, 2**62 if self.until is None else self.until

    @property
    def is_of_any_time(self) -> bool:
        return self.since is None and self.until is None


_ENTRY = (
    "prompt_id, number, client_id, created, started, finished, status, "
    "outputs, meta, messages, graph, extra_data, targets"
)
_ENTRIES = f"SELECT {_ENTRY} FROM prompts JOIN bodies USING (row)"
_JOB = "prompt_id, number, state, status, created, started, finished, summary"
_NEWEST_FIRST = "ORDER BY created DESC, row DESC"


def list_history(
    connection: sqlite3.Connection, most: int | None = None, offset: int | None = None
) -> list[HistoryEntry]:
    """Finished prompts, oldest first: `most` of them from `offset` on, or the newest when there is no offset."""
    limit = LARGEST_PAGE if most is None else max(0, min(most, LARGEST_PAGE))
    select = f"{_ENTRIES} WHERE state = 'done' ORDER BY finished_row"
    if offset is None:
        rows = connection.execute(f"{select} DESC LIMIT ?", (limit,)).fetchall()[::-1]
    else:
        rows = connection.execute(f"{select} LIMIT ? OFFSET ?", (limit, max(0, offset))).fetchall()
    return [HistoryEntry(*row) for row in rows]


def search_history(connection: sqlite3.Connection, search: Search, limit: int, offset: int = 0) -> list[HistoryEntry]:
    """The newest finished prompts that are found, oldest of them first; `offset` leaves out so many of the newest."""
    rows, values = _rows(search, limit, offset)
    select = f"{_ENTRIES} WHERE row IN ({rows}) AND state = 'done' ORDER BY finished_row"
    return [HistoryEntry(*row) for row in connection.execute(select, values)]


def find_history(connection: sqlite3.Connection, prompt_id: str) -> HistoryEntry | None:
    """A finished prompt."""
    row = connection.execute(f"{_ENTRIES} WHERE prompt_id = ? AND state = 'done'", (prompt_id,)).fetchone()
    return HistoryEntry(*row) if row else None


def list_jobs(connection: sqlite3.Connection, search: Search, limit: int, offset: int = 0) -> JobPage:
    """Prompts that are found, newest first."""
    if not search.states:
        return JobPage((), 0)
    rows, values = _rows(search, limit, offset)
    select = f"SELECT {_JOB} FROM prompts WHERE row IN ({rows}) {_NEWEST_FIRST}"
    jobs = tuple(JobRow(*row) for row in connection.execute(select, values))
    return JobPage(jobs, _count(connection, search))


def list_ended(connection: sqlite3.Connection, search: Search, limit: int, offset: int = 0) -> JobPage:
    """Ended prompts that are found, the one that ended last first; by words, the one that was queued last."""
    if search.text or not search.states:
        return list_jobs(connection, search, limit, offset)
    statuses = [status for _, status in search.states]
    marks = ", ".join("?" * len(statuses))
    times, bound = ("", ()) if search.is_of_any_time else (" AND created BETWEEN ? AND ?", search.times)
    # The plus keeps the statuses' index out: rows are wanted in the order of their ends, and most are of some status.
    select = f"SELECT {_JOB} FROM prompts WHERE state = 'done' AND +status IN ({marks}){times}"
    page = f"{select} ORDER BY finished_row DESC LIMIT ? OFFSET ?"
    jobs = tuple(JobRow(*row) for row in connection.execute(page, (*statuses, *bound, limit, offset)))
    return JobPage(jobs, _count(connection, search))


def list_waiting(connection: sqlite3.Connection, limit: int, offset: int = 0) -> JobPage:
    """Prompts that wait, in the order in which they will run."""
    page = connection.execute(f"{waiting_rows(connection)} LIMIT ? OFFSET ?", (limit, offset)).fetchall()
    select = f"SELECT {_JOB} FROM prompts WHERE row = ?"
    jobs = tuple(JobRow(*connection.execute(select, tuple(row)).fetchone()) for row in page)
    return JobPage(jobs, connection.execute("SELECT count(*) FROM waiting").fetchone()[0])


def find_job(connection: sqlite3.Connection, prompt_id: str) -> JobRow | None:
    """What lists show of one prompt."""
    row = connection.execute(f"SELECT {_JOB} FROM prompts WHERE prompt_id = ? AND {THERE}", (prompt_id,)).fetchone()
    return JobRow(*row) if row else None


def remove_history(connection: sqlite3.Connection, prompt_ids: Iterable[str]) -> None:
    """Forget finished prompts."""
    connection.executemany(
        "DELETE FROM prompts WHERE prompt_id = ? AND state = 'done'", [(prompt_id,) for prompt_id in prompt_ids]
    )


def last_finished(connection: sqlite3.Connection) -> int:
    """The place in the history of the prompt that ended last; 0 when none has."""
    row = connection.execute("SELECT max(finished_row) FROM prompts WHERE state = 'done'").fetchone()
    return row[0] or 0


def clear_history(connection: sqlite3.Connection, until: int, most: int) -> int:
    """Forget at most so many finished prompts up to a place in the history; answers how many there were."""
    return connection.execute(
        "DELETE FROM prompts WHERE row IN (SELECT row FROM prompts WHERE state = 'done' AND finished_row <= ? LIMIT ?)",
        (until, most),
    ).rowcount


def _rows(search: Search, limit: int, offset: int) -> tuple[str, tuple[object, ...]]:
    """A statement for one page of the rows that are found, newest first, and its values."""
    if search.text:
        found, bound = _found_by_words(search)
        return f"SELECT row FROM {found} ORDER BY words.rowid DESC LIMIT ? OFFSET ?", (*bound, limit, offset)
    parts: list[str] = []
    values: list[object] = []
    for state, status in search.states:
        # Each pair is a run of its index in the order wanted, so that a page costs no more in a long history.
        condition, bound = _in_state(state, status, search)
        parts.append(f"SELECT * FROM (SELECT row, created FROM prompts WHERE {condition} {_NEWEST_FIRST} LIMIT ?)")
        values += [*bound, limit + offset]
    return f"SELECT row FROM ({' UNION ALL '.join(parts)} {_NEWEST_FIRST} LIMIT ? OFFSET ?)", (*values, limit, offset)


def _count(connection: sqlite3.Connection, search: Search) -> int:
    """How many are found; by words at most `MOST_COUNTED`."""
    if search.text:
        found, bound = _found_by_words(search)
        counted = f"SELECT count(*) FROM (SELECT 1 FROM {found} LIMIT {MOST_COUNTED})"
        return int(connection.execute(counted, bound).fetchone()[0])
    total = 0
    for state, status in search.states:
        if state == "done" and status is not None and search.is_of_any_time:
            total += _count_ended(connection, status)
            continue
        condition, bound = _in_state(state, status, search)
        total += connection.execute(f"SELECT count(*) FROM prompts WHERE {condition}", bound).fetchone()[0]
    return total


def _count_ended(connection: sqlite3.Connection, status: str) -> int:
    """How many have ended so: the schema's triggers keep count."""
    row = connection.execute("SELECT prompts FROM ended WHERE status = ?", (status,)).fetchone()
    return int(row["prompts"]) if row else 0


def _found_by_words(search: Search) -> tuple[str, tuple[object, ...]]:
    statuses = [status for state, status in search.states if state == "done"]
    marks = ", ".join("?" * len(statuses))
    condition = f"words MATCH ? AND status IN ({marks}) AND created BETWEEN ? AND ?"
    # The cross join keeps this order of the tables: the words are far fewer rows to look at than all prompts.
    from_words = f"words CROSS JOIN prompts ON prompts.row = words.rowid WHERE {condition}"
    return from_words, (matcher(search.text) or '""', *statuses, *search.times)


def _in_state(state: str, status: str | None, search: Search) -> tuple[str, tuple[object, ...]]:
    """The state is written out rather than passed: an index of one state serves only statements that name it."""
    assert state in STATES
    condition, values = (
        (f"state = '{state}'", ()) if status is None else (f"state = '{state}' AND status = ?", (status,))
    )
    if state == "pending":
        condition = f"{condition} AND {THERE}"
    if search.is_of_any_time:
        return condition, values
    return f"{condition} AND created BETWEEN ? AND ?", (*values, *search.times)
