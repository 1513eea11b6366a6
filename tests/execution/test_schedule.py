"""The schedule hands out every node once, after all that it waits for."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.errors import DependencyCycle
from execution.schedule import Schedule

Graph = dict[str, list[str]]


def run_all(schedule: Schedule) -> list[str]:
    taken = []
    while (node := schedule.take()) is not None:
        taken.append(node)
        schedule.finish(node)
    return taken


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 25))
    return {
        str(node): [str(other) for other in draw(st.sets(st.integers(0, node - 1), max_size=4))] if node else []
        for node in range(count)
    }


@given(graphs(), st.data())
def test_each_node_comes_once_and_after_its_inputs(graph: Graph, data: st.DataObject) -> None:
    wanted = data.draw(st.lists(st.sampled_from(sorted(graph)), min_size=1))
    schedule = Schedule(graph.__getitem__)
    for node in wanted:
        schedule.add(node)
    taken = run_all(schedule)
    assert len(taken) == len(set(taken))
    assert all(taken.index(other) < taken.index(node) for node in taken for other in graph[node])
    upstream = set(wanted)
    for node in sorted(graph, key=int, reverse=True):
        if node in upstream:
            upstream.update(graph[node])
    assert set(taken) == upstream
    assert schedule.is_empty


@given(graphs())
def test_several_nodes_may_run_at_once(graph: Graph) -> None:
    schedule = Schedule(graph.__getitem__)
    for node in graph:
        schedule.add(node)
    done: list[str] = []
    while not schedule.is_empty:
        running = []
        while (node := schedule.take()) is not None:
            assert set(graph[node]) <= set(done)
            running.append(node)
        for node in reversed(running):
            schedule.finish(node)
            done.append(node)
    assert sorted(done) == sorted(graph)


def test_the_lowest_rank_goes_first() -> None:
    schedule = Schedule(lambda node: [], rank={"a": 1, "b": 0, "c": 1}.__getitem__)
    for node in "abc":
        schedule.add(node)
    assert run_all(schedule) == ["b", "a", "c"]


def test_a_node_may_wait_once_more_for_nodes_that_are_new() -> None:
    graph: Graph = {"loop": [], "after": ["loop"], "new": ["newer"], "newer": []}
    schedule = Schedule(graph.__getitem__)
    schedule.add("after")
    assert schedule.take() == "loop"
    schedule.put_back("loop", ["new"])
    assert run_all(schedule) == ["newer", "new", "loop", "after"]


def test_a_result_that_is_gone_is_made_again() -> None:
    graph: Graph = {"a": [], "b": []}
    schedule = Schedule(graph.__getitem__)
    schedule.add("a")
    schedule.add("b")
    assert [schedule.take(), schedule.take()] == ["a", "b"]
    schedule.finish("a")
    schedule.forget("a")
    schedule.put_back("b", ["a"])
    assert run_all(schedule) == ["a", "b"]


def test_a_circle_is_named() -> None:
    graph: Graph = {"start": [], "a": ["c", "start"], "b": ["a"], "c": ["b"], "d": ["c"]}
    schedule = Schedule(graph.__getitem__)
    schedule.add("d")
    assert schedule.take() == "start"
    schedule.finish("start")
    with pytest.raises(DependencyCycle) as caught:
        schedule.take()
    circle = caught.value.node_ids
    assert circle[0] == circle[-1]
    assert set(circle) == {"a", "b", "c"}
    assert all(first in graph[second] for first, second in pairwise(circle))


def test_a_chain_of_a_hundred_thousand_nodes_needs_no_recursion() -> None:
    schedule = Schedule(lambda node: [str(int(node) - 1)] if node != "0" else [])
    schedule.add("99999")
    assert run_all(schedule) == [str(node) for node in range(100_000)]
