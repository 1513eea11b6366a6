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
        schedule.want([node])
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
        schedule.want([node])
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
        schedule.want([node])
    assert run_all(schedule) == ["b", "a", "c"]


def test_a_node_may_wait_once_more_for_nodes_that_are_new() -> None:
    graph: Graph = {"loop": [], "after": ["loop"], "new": ["newer"], "newer": []}
    schedule = Schedule(graph.__getitem__)
    schedule.want(["after"])
    assert schedule.take() == "loop"
    schedule.put_back("loop", ["new"])
    assert run_all(schedule) == ["newer", "new", "loop", "after"]


def test_a_result_that_is_gone_is_made_again() -> None:
    graph: Graph = {"a": [], "b": []}
    schedule = Schedule(graph.__getitem__)
    schedule.want(["a"])
    schedule.want(["b"])
    assert [schedule.take(), schedule.take()] == ["a", "b"]
    schedule.finish("a")
    schedule.forget("a")
    schedule.put_back("b", ["a"])
    assert run_all(schedule) == ["a", "b"]


def test_giving_up_a_node_takes_what_waits_for_it_and_what_only_that_wanted() -> None:
    graph: Graph = {"bad": [], "b": ["bad", "only"], "only": ["deep"], "deep": [], "c": ["b"]}
    graph |= {"good": ["shared"], "shared": [], "d": ["bad", "shared"], "wanted": [], "e": ["bad", "wanted"]}
    schedule = Schedule(graph.__getitem__)
    schedule.want(["c", "d", "e", "good", "wanted"])
    assert schedule.take() == "bad"
    given_up = schedule.give_up("bad")
    assert (sorted(given_up.lost), sorted(given_up.unwanted)) == (["b", "bad", "c", "d", "e"], ["deep", "only"])
    assert sorted(run_all(schedule)) == ["good", "shared", "wanted"]
    assert schedule.is_empty


def test_a_node_given_up_may_be_asked_for_again() -> None:
    graph: Graph = {"bad": [], "a": ["bad"], "later": [], "lazy": []}
    schedule = Schedule(graph.__getitem__)
    schedule.want(["a", "lazy"])
    assert schedule.take() == "bad"
    schedule.give_up("bad")
    assert schedule.take() == "lazy"
    schedule.put_back("lazy", ["bad"])
    assert schedule.take() == "bad"
    assert schedule.give_up("bad").lost == ["bad", "lazy"]
    assert schedule.is_empty


@given(graphs(), st.data())
def test_after_failures_exactly_what_does_not_depend_on_them_is_done(graph: Graph, data: st.DataObject) -> None:
    failing = data.draw(st.sets(st.sampled_from(sorted(graph))))
    wanted = data.draw(st.lists(st.sampled_from(sorted(graph)), min_size=1))
    schedule = Schedule(graph.__getitem__)
    schedule.want(wanted)
    spoilt = set(failing)
    for node in sorted(graph, key=int):
        if spoilt & set(graph[node]):
            spoilt.add(node)
    done = set()
    while (node := schedule.take()) is not None:
        assert set(graph[node]) <= done
        if node in failing:
            schedule.give_up(node)
        else:
            done.add(node)
            schedule.finish(node)
    assert schedule.is_empty
    assert set(wanted) - spoilt <= done
    assert not done & spoilt


def test_light_nodes_go_before_all_others_and_may_be_taken_alone() -> None:
    graph: Graph = {"a": [], "b": [], "light": [], "later": ["light"]}
    schedule = Schedule(graph.__getitem__, is_light=lambda node: node.startswith("l"))
    schedule.want(["a", "b", "later"])
    assert schedule.take() == "light"
    assert schedule.take_light() is None
    assert schedule.take() == "a"
    schedule.finish("light")
    assert [schedule.take_light(), schedule.take_light(), schedule.take()] == ["later", None, "b"]


def test_a_circle_is_named() -> None:
    graph: Graph = {"start": [], "a": ["c", "start"], "b": ["a"], "c": ["b"], "d": ["c"]}
    schedule = Schedule(graph.__getitem__)
    schedule.want(["d"])
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
    schedule.want(["99999"])
    assert run_all(schedule) == [str(node) for node in range(100_000)]
