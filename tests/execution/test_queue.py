"""The statements of the queue."""

import sqlite3
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution import history, queue
from execution.errors import QueueError
from execution.queue import NewPrompt, Result
from execution.schema import MIGRATIONS, prepare

DONE = Result("success", '{"9":{"images":[]}}', "{}", "[]", "{}")
FAILED = Result("error", "{}", "{}", "[]", "{}")


def make_connection() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    prepare(connection)
    for script in MIGRATIONS:
        connection.executescript(script)
    return connection


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = make_connection()
    yield connection
    connection.close()


def new(prompt_id: str, **changes: object) -> NewPrompt:
    return NewPrompt(prompt_id, '{"1":{}}', "{}", '["1"]', **changes)  # type: ignore[arg-type]


def add(connection: sqlite3.Connection, *prompt_ids: str) -> None:
    for prompt_id in prompt_ids:
        queue.add(connection, new(prompt_id))


def pending(connection: sqlite3.Connection) -> list[str]:
    return [item.prompt_id for item in queue.list_pending(connection)]


def ended(connection: sqlite3.Connection, *args: int | None) -> list[str]:
    return [entry.prompt_id for entry in history.list_history(connection, *args)]


def test_prompts_come_out_in_the_order_they_went_in(connection: sqlite3.Connection) -> None:
    add(connection, "a", "b", "c")
    claimed = [queue.claim(connection) for _ in range(4)]
    assert [item and item.prompt_id for item in claimed] == ["a", "b", "c", None]


def test_a_prompt_in_front_comes_first_and_the_last_of_those_before_the_others(connection: sqlite3.Connection) -> None:
    add(connection, "a")
    queue.add(connection, new("b", front=True))
    queue.add(connection, new("c", front=True))
    assert pending(connection) == ["c", "b", "a"]


def test_a_number_given_decides_the_place(connection: sqlite3.Connection) -> None:
    queue.add(connection, new("late", number=7.5))
    queue.add(connection, new("early", number=-2))
    add(connection, "a")
    assert pending(connection) == ["early", "a", "late"]


def test_numbers_grow_also_after_everything_was_deleted(connection: sqlite3.Connection) -> None:
    first = queue.add(connection, new("a"))
    queue.clear_pending(connection)
    assert queue.add(connection, new("a")).number > first.number


def test_a_prompt_in_front_comes_before_any_number(connection: sqlite3.Connection) -> None:
    queue.add(connection, new("early", number=-1e6))
    queue.add(connection, new("front", front=True))
    assert pending(connection) == ["front", "early"]


def claim_all(connection: sqlite3.Connection) -> list[str]:
    claimed = []
    while item := queue.claim(connection):
        claimed.append(item.prompt_id)
    return claimed


def test_users_take_turns_and_each_ones_numbers_order_his_own_prompts(connection: sqlite3.Connection) -> None:
    for prompt_id in ("a1", "a2", "a3", "b1"):
        queue.add(connection, new(prompt_id, user=prompt_id[0]))
    queue.add(connection, new("b0", user="b", front=True))
    assert claim_all(connection) == ["a1", "b0", "a2", "b1", "a3"]


def test_what_was_cleared_is_gone_at_once_though_its_rows_are_removed_later(connection: sqlite3.Connection) -> None:
    add(connection, "running", *"abc")
    queue.claim(connection)
    assert queue.clear_pending(connection) == 3
    assert (pending(connection), queue.count_remaining(connection), queue.clear_pending(connection)) == ([], 1, 0)
    assert queue.find_item(connection, "a") is None
    assert history.find_job(connection, "a") is None
    states = [("pending", None), ("running", None)]
    assert history.list_jobs(connection, history.Search(states), 9).total == 1
    assert history.list_waiting(connection, 9).total == 0
    assert not queue.finish_pending(connection, "a", DONE)
    assert queue.remove_pending(connection, ["a"]) == 0
    add(connection, "b", "d")
    assert pending(connection) == ["b", "d"]
    while queue.sweep(connection):
        pass
    assert pending(connection) == ["b", "d"]
    assert [row[0] for row in connection.execute("SELECT count(*) FROM bodies")] == [3]
    queue.finish(connection, "running", DONE)
    assert claim_all(connection) == ["b", "d"]


@pytest.mark.parametrize("is_swept", [False, True])
@pytest.mark.parametrize("back", [lambda c: queue.settle_death(c, "old", FAILED), lambda c: queue.put_back(c, "old"),
                                  queue.return_running, queue.put_back_running])  # fmt: skip
def test_a_prompt_that_ran_while_the_queue_was_cleared_may_wait_again(
    connection: sqlite3.Connection, back: Callable[[sqlite3.Connection], object], is_swept: bool
) -> None:
    add(connection, "old", "gone", "gone too")
    queue.claim(connection)
    queue.clear_pending(connection)
    while is_swept and queue.sweep(connection):
        pass
    back(connection)
    assert pending(connection) == ["old"]
    assert claim_all(connection) == ["old"]


@pytest.mark.parametrize("users", ["aaaa", "aabbb", "abcabc", "cbbbaac", "aaab"])
def test_lists_show_the_order_in_which_users_will_take_their_turns(connection: sqlite3.Connection, users: str) -> None:
    for place, user in enumerate("ba" + users):
        queue.add(connection, new(f"{user}{place}", user=user))
    queue.add(connection, new("a front", user="a", front=True))
    queue.claim(connection)
    shown = [item.prompt_id for item in queue.list_pending(connection)]
    assert [job.prompt_id for job in history.list_waiting(connection, 3, 2).jobs] == shown[2:5]
    assert shown == claim_all(connection)


def test_the_user_who_was_served_longest_ago_comes_next(connection: sqlite3.Connection) -> None:
    for prompt_id in ("a1", "b1"):
        queue.add(connection, new(prompt_id, user=prompt_id[0]))
    claim_all(connection)
    for prompt_id in ("b2", "a2", "c1"):
        queue.add(connection, new(prompt_id, user=prompt_id[0]))
    assert claim_all(connection) == ["c1", "a2", "b2"]


def test_nothing_begins_while_the_queue_is_paused(connection: sqlite3.Connection) -> None:
    add(connection, "a")
    for _ in range(2):
        queue.pause(connection)
    assert queue.is_paused(connection)
    assert (queue.claim(connection), pending(connection)) == (None, ["a"])
    queue.resume(connection)
    assert claim_all(connection) == ["a"]


def test_an_id_is_taken_once(connection: sqlite3.Connection) -> None:
    add(connection, "a")
    with pytest.raises(QueueError, match="already"):
        add(connection, "a")
    queue.claim(connection)
    queue.finish(connection, "a", DONE)
    with pytest.raises(QueueError, match="already"):
        add(connection, "a")


def test_a_prompt_is_finished_once(connection: sqlite3.Connection) -> None:
    add(connection, "a")
    queue.claim(connection)
    assert queue.finish(connection, "a", DONE)
    assert not queue.finish(connection, "a", FAILED)
    entry = history.find_history(connection, "a")
    assert entry is not None
    assert (entry.status, entry.outputs) == ("success", DONE.outputs)


def test_only_a_waiting_prompt_is_finished_without_a_run(connection: sqlite3.Connection) -> None:
    add(connection, "a", "b")
    queue.claim(connection)
    assert not queue.finish_pending(connection, "a", FAILED)
    assert queue.finish_pending(connection, "b", FAILED)
    assert not queue.finish_pending(connection, "missing", FAILED)


def test_a_prompt_goes_back_to_its_place_when_its_worker_dies_and_fails_the_second_time(
    connection: sqlite3.Connection,
) -> None:
    add(connection, "a", "b")
    queue.claim(connection)
    assert not queue.settle_death(connection, "a", FAILED)
    assert pending(connection) == ["a", "b"]
    queue.claim(connection)
    assert queue.settle_death(connection, "a", FAILED)
    assert (pending(connection), ended(connection)) == (["b"], ["a"])


def test_the_death_of_a_worker_does_not_undo_an_end(connection: sqlite3.Connection) -> None:
    add(connection, "a")
    queue.claim(connection)
    queue.finish(connection, "a", DONE)
    assert not queue.settle_death(connection, "a", FAILED)
    assert pending(connection) == []


def test_what_waits_is_listed_in_pages(connection: sqlite3.Connection) -> None:
    add(connection, *"abcde")
    queue.claim(connection)

    def page(*asked: int) -> list[str]:
        return [item.prompt_id for item in queue.list_pending(connection, *asked)]

    assert page() == list("bcde")
    assert (page(2), page(2, 1), page(9, 3), page(0), page(2, 9)) == (["b", "c"], ["c", "d"], ["e"], [], [])
    assert page(-1, 2) == ["d", "e"]


def test_what_ran_when_the_server_ended_waits_again(connection: sqlite3.Connection) -> None:
    add(connection, "a", "b")
    queue.claim(connection)
    queue.return_running(connection)
    assert pending(connection) == ["a", "b"]
    assert queue.list_exhausted(connection) == []


def test_a_prompt_begun_too_often_is_known(connection: sqlite3.Connection) -> None:
    add(connection, "a")
    for _ in range(queue.MOST_STARTS):
        queue.claim(connection)
        queue.return_running(connection)
    assert [item.prompt_id for item in queue.list_exhausted(connection)] == ["a"]


def test_what_prompts_leave_that_are_taken_out_is_swept_up_in_pieces(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "SWEPT_AT_ONCE", 2)
    add(connection, *"abcdefgh")
    queue.claim(connection)
    queue.remove_pending(connection, ["c", "g"])
    assert queue.sweep(connection)
    queue.clear_pending(connection)
    add(connection, "i")
    while queue.sweep(connection):
        pass
    assert [item.prompt_id for item in (*queue.list_running(connection), *queue.list_pending(connection))] == ["a", "i"]
    assert connection.execute("SELECT count(*) FROM bodies").fetchone()[0] == 2


def test_only_waiting_prompts_are_removed_from_the_queue(connection: sqlite3.Connection) -> None:
    add(connection, "a", "b", "c")
    queue.claim(connection)
    assert queue.remove_pending(connection, ["a", "b", "nobody"]) == 1
    assert queue.clear_pending(connection) == 1
    assert [item.prompt_id for item in queue.list_running(connection)] == ["a"]


STEPS = st.lists(
    st.tuples(st.sampled_from(("add", "claim", "finish", "death", "restart", "cancel", "remove")), st.integers(0, 5)),
    max_size=40,
)


@settings(deadline=None)
@given(STEPS)
def test_an_accepted_prompt_is_always_in_exactly_one_place_and_ends_once(steps: list[tuple[str, int]]) -> None:
    connection = make_connection()
    accepted: set[str] = set()
    endings: dict[str, str] = {}
    for action, index in steps:
        prompt_id = f"p{index}"
        if action == "add" and prompt_id not in accepted:
            add(connection, prompt_id)
            accepted.add(prompt_id)
        elif action == "claim":
            queue.claim(connection)
        elif action == "finish" and any(item.prompt_id == prompt_id for item in queue.list_running(connection)):
            queue.finish(connection, prompt_id, DONE)
        elif action == "death":
            queue.settle_death(connection, prompt_id, FAILED)
        elif action == "restart":
            queue.return_running(connection)
        elif action == "cancel":
            queue.finish_pending(connection, prompt_id, FAILED)
        elif action == "remove" and queue.remove_pending(connection, [prompt_id]):
            accepted.discard(prompt_id)
        running = [item.prompt_id for item in queue.list_running(connection)]
        places = [*pending(connection), *running, *ended(connection)]
        assert sorted(places) == sorted(accepted)
        assert queue.count_remaining(connection) == len(places) - len(ended(connection))
        now = {entry.prompt_id: entry.status for entry in history.list_history(connection)}
        assert {prompt_id: now.get(prompt_id) for prompt_id in endings} == endings
        endings = now
    connection.close()
