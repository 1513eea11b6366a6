"""Nodes that answer with a graph, which then runs in their place."""

from typing import Any

import pytest

from execution.executor import Outcome
from tests.execution.runs import Bench, run
from tests.execution.toys import LISTS, make, node, prompt


def expands(name: str, answer: Any, **members: Any) -> dict[str, type]:
    return {
        name: make(
            name,
            lambda self, a, me: answer(a, me),
            INPUT_TYPES=classmethod(lambda cls: {"required": {"a": ("INT",)}, "hidden": {"me": "UNIQUE_ID"}}),
            **members,
        )
    }


def count_down(a: int, me: str) -> Any:
    """A loop: expands into itself until nothing is left."""
    if a == 0:
        return (0,)
    graph = {f"{me}.next": node("CountDown", a=a - 1), f"{me}.add": node("Add", a=[f"{me}.next", 0], b=1)}
    return {"result": ([f"{me}.add", 0],), "expand": graph}


def test_a_node_may_expand_into_a_graph() -> None:
    nodes = expands("Twice", lambda a, me: {"result": (["new", 0], a), "expand": {"new": node("Add", a=a, b=a)}})
    nodes["Twice"].RETURN_TYPES = ("INT", "INT")  # type: ignore[attr-defined]
    bench = Bench(nodes)
    graph = prompt(t=node("Twice", a=4), d=node("Add", a=["t", 0], b=["t", 1]), show=node("Show", value=["d", 0]))
    ran = bench.run(graph)
    assert ran.shown("show") == [12]
    assert ran.started == ["t", "new", "d", "show"]
    inner = ran.of("executing")[1]
    assert (inner["node"], inner["display_node"]) == ("new", "t")
    states = {key: state for event in ran.of("progress_state") for key, state in event["nodes"].items()}
    assert (states["new"]["parent_node_id"], states["new"]["real_node_id"]) == ("t", "t")
    assert bench.run(graph).started == []


def test_an_expanded_graph_may_use_nodes_outside_and_show_things() -> None:
    nodes = expands(
        "Shows",
        lambda a, me: {"result": (a,), "expand": {"inner": node("Show", value=["n", 0]), "s2": node("Show", value=7)}},
    )
    ran = run(nodes, n=node("Number", value=5), x=node("Shows", a=["n", 0]), show=node("Show", value=["x", 0]))
    assert ran.outcome.outputs == {"inner": {"shown": [5]}, "s2": {"shown": [7]}, "show": {"shown": [5]}}
    assert ran.outcome.meta["inner"] == {
        "node_id": "inner",
        "display_node": "x",
        "parent_node": "x",
        "real_node_id": "x",
    }


def test_loops_are_built_from_expansion_and_may_be_long() -> None:
    ran = run(expands("CountDown", count_down), c=node("CountDown", a=300), show=node("Show", value=["c", 0]))
    assert ran.shown("show") == [300]


def test_expansion_happens_for_each_element_of_a_list() -> None:
    nodes = {
        **LISTS,
        **expands(
            "Maybe",
            lambda a, me: (
                (a,)
                if a == 1
                else {"result": ([f"{me}.{a}", 0],), "expand": {f"{me}.{a}": node("Number", value=a * 10)}}
            ),
        ),
    }
    ran = run(nodes, s=node("Split", a=3), m=node("Maybe", a=["s", 0]), show=node("Collect", value=["m", 0]))
    assert ran.shown("show") == [0, 1, 20]


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        ({"new": {"class_type": "Nowhere"}}, "not installed"),
        ({"show": {"class_type": "Number", "inputs": {"value": 1}}}, "taken"),
        ({"new": "x"}, "no graph"),
        ({"new": {"class_type": "Add", "inputs": {"a": ["newer", 0]}}}, "not in the prompt"),
    ],
)
def test_an_expansion_that_cannot_run_is_the_nodes_failure(graph: Any, message: str) -> None:
    nodes = expands("Bad", lambda a, me: {"result": (["new", 0],), "expand": graph})
    error = run(nodes, b=node("Bad", a=1), show=node("Show", value=["b", 0])).outcome.error
    assert error is not None
    assert message in error.exception_message
    assert error.node_id == "b"


def test_a_result_that_comes_from_a_node_that_is_not_there_is_said() -> None:
    nodes = expands("Bad", lambda a, me: {"result": (["zz", 0],), "expand": {"new": node("Number", value=1)}})
    error = run(nodes, b=node("Bad", a=1), show=node("Show", value=["b", 0])).outcome.error
    assert error is not None
    assert "without the node 'zz'" in error.exception_message
    assert error.node_id == "b"


@pytest.mark.parametrize(
    "graph",
    [
        {"new": node("Add", a=["newer", 0]), "newer": node("Add", a=["new", 0])},
        {"new": node("Add", a=["b", 0])},
        {"new": node("Add", a=["show2", 0]), "show2": node("Add", a=["new", 0])},
    ],
)
def test_a_circle_made_while_running_is_reported(graph: Any) -> None:
    nodes = expands("Bad", lambda a, me: {"result": (["new", 0],), "expand": graph})
    outcome: Outcome = run(nodes, b=node("Bad", a=1), show=node("Show", value=["b", 0])).outcome
    assert outcome.status == "error"
    assert outcome.error is not None
    assert outcome.error.exception_type.endswith("DependencyCycle")
    assert "wait for each other" in outcome.error.exception_message


def test_a_failure_inside_an_expansion_is_told_of_the_node_that_clients_know() -> None:
    nodes = expands("Outer", lambda a, me: {"result": (["in", 0],), "expand": {"in": node("Inner", a=a)}})
    nodes |= expands("Inner", lambda a, me: {"result": (["inmost", 0],), "expand": {"inmost": node("Raises", a=a)}})
    error = run(nodes, o=node("Outer", a=7), show=node("Show", value=["o", 0])).outcome.error
    assert error is not None
    assert (error.node_id, error.node_type, error.current_inputs) == ("o", "Outer", {"a": [7]})
    assert error.exception_message == "no 7 (in the Raises that it expanded into)"
