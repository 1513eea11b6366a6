"""Outputs inside of expansions are told again when the node that expanded is reused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from execution import paths, progress
from execution.compat.graph_utils import GraphBuilder
from execution.prompt import Prompt
from tests.execution.runs import Bench
from tests.execution.test_lazy_inputs import Choose
from tests.execution.toys import make, node, prompt


def show_inside(self: Any, a: int) -> Any:
    """Shows its number in a node of its own, on its own card, and gives it on."""
    graph = GraphBuilder()
    graph.node("Show", value=a)
    return {"result": (graph.node("Add", a=a, b=0).out(0),), "expand": graph.finalize(), "ui": {"own": [a]}}


def count(self: Any, a: int) -> Any:
    """A loop that shows each number, on the card of the node n."""
    if a == 0:
        return (0,)
    graph = GraphBuilder()
    graph.node("Show", value=a).set_override_display_id("n")
    further = graph.node("Count", a=a - 1)
    return {"result": (graph.node("Add", a=further.out(0), b=1).out(0),), "expand": graph.finalize()}


NODES = {"Shows": make("Shows", show_inside), "Count": make("Count", count), "Choose": Choose}


def told(ran: Any) -> list[tuple[str, str, Any]]:
    return sorted((event["node"], event["display_node"], event["output"]) for event in ran.of("executed"))


@pytest.mark.parametrize("class_type", ["Shows", "Count"])
def test_what_an_expansion_showed_is_told_again_from_the_cache(class_type: str) -> None:
    bench = Bench(NODES)
    graph = prompt(n=node("Number", value=4), x=node(class_type, a=["n", 0]), show=node("Show", value=["x", 0]))
    first, again = bench.run(graph), bench.run(graph)
    assert (len(first.started) > 3, again.started) == (True, [])
    assert len(told(first)) == {"Shows": 3, "Count": 5}[class_type]
    assert told(again) == told(first)
    assert (again.outcome.outputs, again.outcome.meta) == (first.outcome.outputs, first.outcome.meta)


def test_a_long_loop_is_told_again_whole() -> None:
    bench = Bench(NODES)
    graph = prompt(n=node("Number", value=600), x=node("Count", a=["n", 0]), show=node("Show", value=["x", 0]))
    first, again = bench.run(graph), bench.run(graph)
    assert again.started == []
    assert len(told(first)) == 601
    assert told(again) == told(first)


def test_under_another_id_it_is_told_of_the_node_that_has_it_now() -> None:
    bench = Bench(NODES)
    bench.run(prompt(x=node("Shows", a=1), show=node("Show", value=["x", 0])))
    again = bench.run(prompt(y=node("Shows", a=1), show=node("Show", value=["y", 0])))
    assert again.started == []
    assert [(name, card) for name, card, _ in told(again)] == [("show", "show"), ("y", "y"), ("y.0.0.1", "y")]
    assert again.outcome.meta["y.0.0.1"]["parent_node"] == "y"


def first_of_two() -> dict[str, Any]:
    """Two branches that show something inside, of which the first is taken."""
    return {
        "x": node("Shows", a=1),
        "y": node("Shows", a=2),
        "c": node("Choose", first=True, a=["x", 0], b=["y", 0]),
        "show": node("Show", value=["c", 0]),
    }


def test_a_branch_that_is_not_taken_shows_nothing() -> None:
    bench = Bench(NODES)
    graph = first_of_two()
    bench.run(Prompt.parse(graph), "show")
    bench.run(Prompt.parse({**graph, "other": node("Show", value=["y", 0])}), "show", "other")
    again = bench.run(Prompt.parse(graph), "show")
    assert again.started == []
    assert {name.partition(".")[0] for name, _, _ in told(again)} == {"x", "show"}
    graph["c"]["inputs"]["first"] = False
    other = bench.run(Prompt.parse(graph), "show")
    assert other.started == ["c", "show"]
    assert "y.0.0.1" in {name for name, _, _ in told(other)}


def save(self: Any, a: int) -> Any:
    file = paths.current().output / f"{a}.txt"
    progress.current().defer(lambda: file.write_text("x"))
    return {"ui": {"files": [{"filename": file.name, "subfolder": "", "type": "output"}]}}


def save_inside(self: Any, a: int) -> Any:
    graph = GraphBuilder()
    graph.node("Save", a=a)
    return {"result": (a,), "expand": graph.finalize()}


SAVING = {
    "Save": make("Save", save, returns=(), OUTPUT_NODE=True),
    "Saves": make("Saves", save_inside),
}


@pytest.fixture
def output(tmp_path: Path) -> Any:
    before = paths._installed
    yield paths.configure(paths.PathOptions(base_directory=tmp_path)).output
    paths._installed = before


def test_a_lost_file_of_an_expansion_is_saved_again(output: Path) -> None:
    bench = Bench(SAVING)
    graph = prompt(s=node("Saves", a=1), show=node("Show", value=["s", 0]))
    output.mkdir(exist_ok=True)
    bench.run(graph)
    assert bench.run(graph).started == []
    (output / "1.txt").unlink()
    assert bench.run(graph).started == ["s", "s.0.0.1"]
    assert (output / "1.txt").read_text() == "x"


def test_an_expansion_whose_file_could_not_be_written_is_not_reused(output: Path) -> None:
    bench = Bench(SAVING)
    graph = prompt(s=node("Saves", a=1))
    (output / "1.txt").mkdir(parents=True)
    assert bench.run(graph, "s").outcome.status == "error"
    (output / "1.txt").rmdir()
    assert bench.run(graph, "s").started == ["s", "s.0.0.1"]
    assert (output / "1.txt").read_text() == "x"


def test_what_was_made_of_such_an_expansion_is_not_reused_either(output: Path) -> None:
    bench = Bench(SAVING)
    graph = prompt(s=node("Saves", a=1), m=node("Add", a=["s", 0], b=1), show=node("Show", value=["m", 0]))
    (output / "1.txt").mkdir(parents=True)
    assert bench.run(graph).outcome.status == "error"
    (output / "1.txt").rmdir()
    assert bench.run(graph).outcome.status == "success"
    assert (output / "1.txt").read_text() == "x"


def test_what_expansions_show_counts_among_the_bytes_held() -> None:
    bench = Bench(NODES)
    bench.run(prompt(x=node("Shows", a=1), show=node("Show", value=["x", 0])))
    result = next(kept for entry in bench.cache._entries.values() if (kept := entry.result).inside)
    before = bench.cache.held
    inside = tuple(replace(shown, ui={"texts": ["y" * 100_000]}) for shown in result.inside)
    bench.cache.put(b"other", replace(result, inside=inside))
    assert bench.cache.held - before > 100_000


def test_a_branch_that_was_there_but_not_asked_for_shows_nothing_later() -> None:
    bench = Bench(NODES)
    graph = first_of_two()
    bench.run(Prompt.parse({"y": graph["y"], "other": node("Show", value=["y", 0])}), "other")
    bench.run(Prompt.parse(graph), "show")
    again = bench.run(Prompt.parse(graph), "show")
    assert again.started == []
    assert {name.partition(".")[0] for name, _, _ in told(again)} == {"x", "show"}


def test_ids_in_a_long_loop_do_not_grow_with_it() -> None:
    graph = prompt(n=node("Number", value=200), x=node("Count", a=["n", 0]), show=node("Show", value=["x", 0]))
    ran = Bench(NODES).run(graph)
    assert ran.shown("show") == [200]
    assert len(set(ran.started)) == len(ran.started) == 3 * 200 + 3
    assert max(map(len, ran.started)) < 100
