"""What a cached run leaves out and an edit makes anew, for any graph; and what each cache policy keeps."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.cache import Cache
from execution.prompt import Prompt
from tests.execution.runs import Bench
from tests.execution.toys import node

Graph = dict[str, dict[str, Any]]


class Join:
    """Sums its inputs and its own number, by which each node of a graph differs from all others."""

    RETURN_TYPES, FUNCTION = ("INT",), "run"
    INPUT_TYPES = staticmethod(
        lambda: {
            "required": {"own": ("INT",)},
            "optional": dict.fromkeys("abc", ("INT",)),
        }
    )

    def run(self, own: int, a: int = 0, b: int = 0, c: int = 0) -> tuple[int]:
        return (own + a + b + c,)


@st.composite
def dags(draw: st.DrawFn) -> Graph:
    """Any acyclic graph of nodes that all differ, with an output behind every one of them."""
    graph: Graph = {}
    for index in range(draw(st.integers(1, 14))):
        sources = draw(st.lists(st.integers(0, index - 1), max_size=3, unique=True)) if index else []
        links = {name: [str(source), 0] for name, source in zip("abc", sources, strict=False)}
        graph[str(index)] = node("Join", own=index * 1000, **links)
    return graph | {f"s{node_id}": node("Show", value=[node_id, 0]) for node_id in graph}


def descendants(graph: Graph, edited: str) -> set[str]:
    found = {edited}
    for node_id, part in graph.items():
        if any(isinstance(value, list) and value[0] in found for value in part["inputs"].values()):
            found.add(node_id)
    return found


def outputs_of(graph: Graph) -> list[str]:
    return [node_id for node_id in graph if node_id.startswith("s")]


@settings(max_examples=60, deadline=None)
@given(dags(), st.data())
def test_an_edit_makes_anew_exactly_what_depends_on_it(graph: Graph, data: st.DataObject) -> None:
    bench, outputs = Bench({"Join": Join}), outputs_of(graph)
    first = bench.run(Prompt.parse(graph), *outputs)
    assert sorted(first.started) == sorted(graph)
    again = bench.run(Prompt.parse(graph), *outputs)
    assert again.started == []
    assert again.outcome.outputs == first.outcome.outputs
    assert {event["node"] for event in again.of("executed")} == set(outputs)
    edited = data.draw(st.sampled_from([node_id for node_id in graph if node_id not in outputs]))
    graph[edited] = node("Join", **{**graph[edited]["inputs"], "own": graph[edited]["inputs"]["own"] + 1})
    changed = bench.run(Prompt.parse(graph), *outputs)
    assert sorted(changed.started) == sorted(descendants(graph, edited))
    assert set(changed.cached) == set(graph) - descendants(graph, edited)
    fresh = Bench({"Join": Join}).run(Prompt.parse(graph), *outputs)
    assert changed.outcome.outputs == fresh.outcome.outputs


@settings(max_examples=40, deadline=None)
@given(dags())
def test_a_graph_in_any_order_under_any_ids_is_the_same_graph(graph: Graph) -> None:
    bench = Bench({"Join": Join})
    bench.run(Prompt.parse(graph), *outputs_of(graph))
    renamed = {
        f"new {node_id}": node(
            part["class_type"],
            **{
                name: [f"new {value[0]}", value[1]] if isinstance(value, list) else value
                for name, value in reversed(part["inputs"].items())
            },
        )
        for node_id, part in reversed(graph.items())
    }
    assert bench.run(Prompt.parse(renamed), *(f"new {node_id}" for node_id in outputs_of(graph))).started == []


def row(number: int) -> Graph:
    return {
        "n": node("Number", value=number),
        "a": node("Add", a=["n", 0], b=1),
        "show": node("Show", value=["a", 0]),
    }


@pytest.mark.parametrize(
    ("cache", "started"),
    [
        (lambda: Cache(10**8, "ram"), [3, 3, 0, 0]),
        (lambda: Cache(10**8, "classic"), [3, 3, 3, 0]),
        (lambda: Cache(10**8, "lru", 3), [3, 3, 3, 0]),
        (lambda: Cache(10**8, "lru", 6), [3, 3, 0, 0]),
        (lambda: Cache(10**8, "none"), [3, 3, 3, 3]),
    ],
    ids=["ram", "classic", "lru of one prompt", "lru of two prompts", "none"],
)
def test_what_each_policy_keeps_over_the_prompts_one_two_one_one(cache: Any, started: list[int]) -> None:
    bench = Bench(cache=cache())
    runs = [bench.run(Prompt.parse(row(number))) for number in (1, 2, 1, 1)]
    assert [len(ran.started) for ran in runs] == started
    assert [ran.shown("show") for ran in runs] == [[2], [3], [2], [2]]
