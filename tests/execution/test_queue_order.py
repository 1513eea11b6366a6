"""Moving prompts that wait to other places."""

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution import queue
from execution.errors import QueueError
from execution.queue_order import Place, move, renumber
from tests.execution.test_queue import add, make_connection, new, pending


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = make_connection()
    add(connection, *"abcde")
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("moved", "place", "order"),
    [
        ("d", Place(before="b"), "adbce"),
        ("a", Place(after="c"), "bcade"),
        ("ce", Place(is_front=True), "ceabd"),
        ("ec", Place(is_front=True), "ecabd"),
        ("ab", Place(), "cdeab"),
        ("edcba", Place(), "edcba"),
        ("edcba", Place(is_front=True), "edcba"),
        ("b", Place(before="c"), "abcde"),
        ("", Place(before="c"), "abcde"),
    ],
)
def test_prompts_go_where_they_are_put(connection: sqlite3.Connection, moved: str, place: Place, order: str) -> None:
    assert move(connection, moved, place) == len(moved)
    assert pending(connection) == list(order)
    add(connection, "f")
    queue.add(connection, new("0", front=True))
    assert pending(connection) == ["0", *order, "f"]


def test_prompts_that_do_not_wait_stay_where_they_are(connection: sqlite3.Connection) -> None:
    queue.claim(connection)
    assert move(connection, ["a", "nobody", "c", "c"], Place(is_front=True)) == 1
    assert pending(connection) == ["c", "b", "d", "e"]


@pytest.mark.parametrize("other", ["a", "nobody", "c"])
def test_the_neighbour_to_be_must_wait_and_stay(connection: sqlite3.Connection, other: str) -> None:
    queue.claim(connection)
    with pytest.raises(QueueError, match="does not wait"):
        move(connection, ["c"], Place(before=other))


def test_a_number_decides_the_place(connection: sqlite3.Connection) -> None:
    assert renumber(connection, ["e", "nobody"], 1.5) == 1
    assert pending(connection) == list("aebcd")


@settings(deadline=None)
@given(
    st.lists(st.floats(-2.0, 2.0), min_size=2, max_size=6),
    st.lists(
        st.tuples(st.permutations(range(6)), st.integers(1, 4), st.sampled_from(("before", "after", "front", "back"))),
        max_size=80,
    ),
)
def test_any_moves_leave_the_order_that_a_list_would_have(
    numbers: list[float], moves: list[tuple[list[int], int, str]]
) -> None:
    connection = make_connection()
    for index, number in enumerate(numbers):
        queue.add(connection, new(str(index), number=number))
    expected = pending(connection)
    for shuffled, count, where in moves:
        names = [str(index) for index in shuffled if index < len(numbers)]
        moved, other = names[: min(count, len(names) - 1)], names[-1]
        left = [name for name in expected if name not in moved]
        at = {"before": left.index(other), "after": left.index(other) + 1, "front": 0, "back": len(left)}[where]
        beside = {where: other} if where in ("before", "after") else {}
        move(connection, moved, Place(**beside, is_front=where == "front"))  # type: ignore[arg-type]
        expected = [*left[:at], *moved, *left[at:]]
        assert pending(connection) == expected
    connection.close()


def test_neighbours_that_come_ever_closer_are_parted_again(connection: sqlite3.Connection) -> None:
    for index in range(200):
        move(connection, "de"[index % 2], Place(after="a"))
        assert pending(connection) == ["a", "de"[index % 2], "de"[1 - index % 2], "b", "c"] or index == 0
