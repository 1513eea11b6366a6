"""The history, and lists of jobs."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from execution import history, queue
from execution.history import Search, list_jobs, search_history
from execution.queue import NewPrompt, Result
from tests.execution.test_queue import DONE, FAILED, add, ended, make_connection, pending

ENDED = (("done", "success"), ("done", "error"), ("done", "cancelled"))


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = make_connection()
    yield connection
    connection.close()


def test_history_is_in_the_order_of_ends_and_paged_from_either_end(connection: sqlite3.Connection) -> None:
    add(connection, *"abcde")
    for prompt_id in "bacde":
        queue.finish(connection, prompt_id, DONE)
    assert ended(connection) == list("bacde")
    assert ended(connection, 2) == ["d", "e"]
    assert ended(connection, 2, 0) == ["b", "a"]
    assert ended(connection, 2, 4) == ["e"]
    assert ended(connection, None, 3) == ["d", "e"]
    assert ended(connection, 0) == []


def test_only_ended_prompts_are_removed_from_the_ended(connection: sqlite3.Connection) -> None:
    add(connection, "a", "b", "c")
    queue.finish(connection, "a", DONE)
    queue.finish(connection, "b", DONE)
    history.remove_history(connection, ["a", "c"])
    assert ended(connection) == ["b"]
    assert history.clear_history(connection, history.last_finished(connection), most=5) == 1
    assert history.last_finished(connection) == 0
    assert (ended(connection), pending(connection)) == ([], ["c"])


def test_jobs_are_listed_newest_first_by_state(connection: sqlite3.Connection) -> None:
    add(connection, *"abcd")
    queue.claim(connection)
    queue.finish(connection, "b", DONE)
    queue.finish(connection, "c", FAILED)
    states = [("pending", None), ("running", None), ("done", "success")]
    page = list_jobs(connection, Search(states), limit=2)
    assert ([job.prompt_id for job in page.jobs], page.total) == (["d", "b"], 3)
    assert [job.prompt_id for job in list_jobs(connection, Search(states), limit=2, offset=2).jobs] == ["a"]
    assert [job.prompt_id for job in list_jobs(connection, Search([("done", "error")]), limit=9).jobs] == ["c"]


def test_ended_jobs_are_listed_by_their_ends(connection: sqlite3.Connection) -> None:
    add(connection, *"abcde")
    for prompt_id, result in (("c", DONE), ("a", FAILED), ("d", DONE), ("b", DONE)):
        queue.finish(connection, prompt_id, result)

    def listed(search: Search, limit: int, offset: int = 0) -> tuple[list[str], int]:
        page = history.list_ended(connection, search, limit, offset)
        return [job.prompt_id for job in page.jobs], page.total

    assert listed(Search(ENDED), 3) == (["b", "d", "a"], 4)
    assert listed(Search(ENDED), 3, 3) == (["c"], 4)
    assert listed(Search([("done", "success")]), 9) == (["b", "d", "c"], 3)
    assert listed(Search(ENDED, since=0, until=1), 9) == ([], 0)
    assert listed(Search([]), 9) == ([], 0)
    assert listed(Search(ENDED, "nothing like it"), 9) == ([], 0)


def test_an_unused_job_list_is_empty(connection: sqlite3.Connection) -> None:
    assert list_jobs(connection, Search([]), limit=5).total == 0


def paint(connection: sqlite3.Connection, prompt_id: str, text: str, result: Result = DONE) -> None:
    nodes = {"1": {"class_type": "Encode", "inputs": {"text": text, "clip": ["loader", 1]}, "_meta": {"title": "Ask"}}}
    queue.add(connection, NewPrompt(prompt_id, json.dumps(nodes), "{}", '["1"]'))
    queue.claim(connection)
    queue.finish(connection, prompt_id, result)


def found(connection: sqlite3.Connection, text: str, *states: tuple[str, str | None], **times: Any) -> list[str]:
    search = Search(states or ENDED, text, **times)
    while queue.read_words(connection):
        pass
    page = list_jobs(connection, search, limit=99)
    assert page.total == len(page.jobs)
    assert sorted(each.prompt_id for each in search_history(connection, search, 99)) == sorted(
        job.prompt_id for job in page.jobs
    )
    return [job.prompt_id for job in page.jobs]


def test_ended_prompts_are_found_by_their_words(connection: sqlite3.Connection) -> None:
    paint(connection, "cat", "A red cat, on a (table:1.2)")
    paint(connection, "dog", 'a Red dög "asleep"')
    paint(connection, "chinese", "一只红色的猫")
    paint(connection, "file", "x", Result("success", '{"1":{"images":[{"filename":"cat_00017_.png"}]}}', "", "", "{}"))
    assert found(connection, "red") == ["dog", "cat"]
    assert found(connection, "CAT red") == ["cat"]
    assert found(connection, "tab") == ["cat"]
    assert found(connection, "dog") == ["dog"]
    assert found(connection, "红色") == ["chinese"]
    assert found(connection, "色红") == []
    assert found(connection, "cat_00017_.png") == ["file"]
    assert found(connection, "encode ask asleep") == ["dog"]
    assert found(connection, "loader") == []
    assert found(connection, "red OR asleep") == []


def test_words_are_read_of_some_prompts_at_a_time(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "READ_AT_ONCE", 3)
    monkeypatch.setattr(queue, "LONG_READING", 10_000)
    assert not queue.has_unread(connection)
    for prompt_id, text in (("a", "cat"), ("b", "fish " * 2_500), ("c", "cat"), ("d", "cat"), ("e", "cat")):
        paint(connection, prompt_id, text)
    history.remove_history(connection, ["d"])

    def count_read() -> int:
        assert queue.has_unread(connection)
        assert queue.read_words(connection)
        return connection.execute("SELECT count(*) FROM words").fetchone()[0]

    assert [count_read(), count_read(), count_read()] == [1, 2, 4]
    assert not queue.read_words(connection)
    assert found(connection, "cat") == ["e", "c", "a"]
    history.remove_history(connection, ["a"])
    assert found(connection, "cat") == ["e", "c"]


def test_failed_prompts_are_found_by_the_words_of_their_error(connection: sqlite3.Connection) -> None:
    error = {"node_id": "1", "node_type": "VAEDecode", "exception_type": "OutOfMemory", "exception_message": "no room"}
    summary = json.dumps({"outputs_count": 0, "execution_error": {**error, "traceback": ["in secret.py"]}})
    paint(connection, "bad", "cat", Result("error", "{}", "{}", "[]", summary))
    paint(connection, "odd", "cat", Result("error", "{}", "{}", "[]", '{"execution_error":null}'))
    assert found(connection, "room vaedecode outofmem cat") == ["bad"]
    assert found(connection, "secret") == []


@pytest.mark.parametrize(
    "text", ['"', "(", "a AND", "*", "NEAR(", "col:umn", "-", "'", "\0", "a\0b", "^a", "{}", "😀", "\ud800"]
)
def test_no_text_breaks_the_search(connection: sqlite3.Connection, text: str) -> None:
    paint(connection, "cat", text)
    found(connection, text)


def test_words_and_states_are_wanted_together(connection: sqlite3.Connection) -> None:
    paint(connection, "good", "a cat")
    paint(connection, "bad", "a cat", FAILED)
    assert found(connection, "cat", ("done", "error")) == ["bad"]
    assert found(connection, "cat", ("pending", None)) == []


def test_prompts_are_found_by_the_time_of_their_queuing(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for time, prompt_id in enumerate("abcd"):
        monkeypatch.setattr(queue, "_now", lambda time=time: 1000 + time)
        paint(connection, prompt_id, "cat", FAILED if prompt_id == "c" else DONE)
    for text in ("", "cat"):
        assert found(connection, text, since=1002) == ["d", "c"]
        assert found(connection, text, until=1001) == ["b", "a"]
        assert found(connection, text, ("done", "error"), since=1001, until=1003) == ["c"]


def test_what_is_found_is_paged(connection: sqlite3.Connection) -> None:
    for index in range(7):
        paint(connection, str(index), "cat")
    queue.read_words(connection)
    search = Search(ENDED, "cat")
    assert [job.prompt_id for job in list_jobs(connection, search, 2, 2).jobs] == ["4", "3"]
    assert list_jobs(connection, search, 2, 2).total == 7
    assert [entry.prompt_id for entry in search_history(connection, search, 2, 2)] == ["3", "4"]


def test_what_is_forgotten_is_not_found(connection: sqlite3.Connection) -> None:
    paint(connection, "a", "cat")
    history.remove_history(connection, ["a"])
    assert found(connection, "cat") == []
    assert connection.execute("SELECT count(*) FROM bodies").fetchone()[0] == 0


def test_the_kept_count_of_what_has_ended_stays_that_of_the_rows(connection: sqlite3.Connection) -> None:
    def check(*expected: int) -> None:
        rows = "SELECT count(*) FROM prompts WHERE state = 'done' AND status = ?"
        kept = [list_jobs(connection, Search([pair]), limit=1).total for pair in ENDED]
        assert kept == [*expected] == [connection.execute(rows, (status,)).fetchone()[0] for _, status in ENDED]
        assert list_jobs(connection, Search(ENDED, since=0), limit=1).total == sum(expected)

    check(0, 0, 0)
    add(connection, *"abcdef")
    queue.claim(connection)
    queue.finish(connection, "a", DONE)
    queue.finish(connection, "b", FAILED)
    queue.finish_pending(connection, "c", Result("cancelled", "{}", "{}", "[]", "{}"))
    queue.finish(connection, "d", DONE)
    check(2, 1, 1)
    queue.finish(connection, "d", FAILED)
    queue.remove_pending(connection, ["e", "a"])
    queue.claim(connection)
    queue.return_running(connection)
    history.remove_history(connection, ["a", "f", "b", "b"])
    check(1, 0, 1)
    connection.execute("BEGIN")
    queue.finish(connection, "f", FAILED)
    connection.execute("ROLLBACK")
    check(1, 0, 1)
    queue.clear_pending(connection)
    history.clear_history(connection, history.last_finished(connection), most=9)
    check(0, 0, 0)


def plan_of(connection: sqlite3.Connection, statement: str) -> str:
    rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", [None] * statement.count("?"))
    return " ".join(row["detail"] for row in rows)


def test_lists_stay_quick_to_ask_for_by_using_an_index(connection: sqlite3.Connection) -> None:
    first = "ORDER BY created DESC, row DESC LIMIT 9"
    statements = {
        "SELECT count(*) FROM prompts WHERE state = 'pending'": "prompts_waiting",
        "SELECT count(*) FROM prompts WHERE state = 'running'": "prompts_running",
        "SELECT row FROM prompts WHERE state = 'pending' ORDER BY number, row LIMIT 1": "prompts_waiting",
        "SELECT row FROM prompts WHERE state = 'pending' AND user = ? ORDER BY number, row": "prompts_waiting_of",
        "SELECT prompt_id FROM prompts WHERE state = 'done' ORDER BY finished_row DESC LIMIT 9": "prompts_in_history",
        f"SELECT row, created FROM prompts WHERE state = 'done' AND status = ? {first}": "prompts_ended",
        f"SELECT row FROM prompts WHERE state = 'done' AND status = ? AND created BETWEEN ? AND ? {first}":
            "prompts_ended",
        "SELECT count(*) FROM prompts WHERE state = 'done' AND status = ? AND created BETWEEN ? AND ?": "prompts_ended",
        "SELECT max(finished_row) FROM prompts WHERE state = 'done'": "prompts_in_history",
    }  # fmt: skip
    for statement, index in statements.items():
        plan = plan_of(connection, statement)
        assert index in plan, statement
        assert "TEMP B-TREE" not in plan, statement
