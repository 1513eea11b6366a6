"""Prompts run in order, tell what happens in the order clients expect, and reuse what they can."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution import progress
from execution.cache import Cache
from execution.errors import Interrupted
from execution.events import Event, Executed
from execution.executor import Executor, Run
from execution.progress import CancelToken
from execution.prompt import Prompt
from execution.validate import validate
from tests.execution.runs import Bench
from tests.execution.toys import TOYS, chain, node, prompt, toy


def simple(value: int = 2) -> Prompt:
    return prompt(
        n=node("Number", value=value), a=node("Add", a=["n", 0], b=["n", 0]), show=node("Show", value=["a", 0])
    )


def test_events_come_in_the_order_that_clients_expect() -> None:
    bench = Bench()
    ran = bench.run(prompt(n=node("Number", value=1), show=node("Show", value=["n", 0])))
    assert ran.types == [
        "execution_start",
        "execution_cached",
        "progress_state",
        "executing",
        "progress_state",
        "progress_state",
        "executing",
        "executed",
        "progress_state",
        "execution_success",
    ]
    assert ran.of("executed") == [{"prompt_id": "p", "node": "show", "display_node": "show", "output": {"shown": [1]}}]
    state = ran.of("progress_state")[-1]["nodes"]["show"]
    assert state == {
        "value": 1,
        "max": 1,
        "state": "finished",
        "node_id": "show",
        "prompt_id": "p",
        "display_node_id": "show",
        "parent_node_id": None,
        "real_node_id": "show",
    }
    again = bench.run(prompt(n=node("Number", value=1), show=node("Show", value=["n", 0])))
    assert again.types == ["execution_start", "execution_cached", "executed", "progress_state", "execution_success"]
    assert set(again.cached) == {"n", "show"}
    assert again.outcome == ran.outcome


def test_an_outcome_tells_where_outputs_belong() -> None:
    outcome = Bench().run(simple()).outcome
    assert outcome.status == "success"
    assert outcome.outputs == {"show": {"shown": [4]}}
    assert outcome.meta == {
        "show": {"node_id": "show", "display_node": "show", "parent_node": None, "real_node_id": "show"}
    }


def test_results_are_reused_whatever_the_nodes_are_called() -> None:
    bench = Bench()
    bench.run(simple())
    renamed = prompt(x=node("Number", value=2), y=node("Add", b=["x", 0], a=["x", 0]), z=node("Show", value=["y", 0]))
    assert bench.run(renamed, "z").started == []


def test_only_what_changed_runs_again() -> None:
    bench = Bench()
    graph = {"n": node("Number", value=1), "m": node("Number", value=2), "a": node("Add", a=["n", 0], b=["m", 0])}
    graph["show"] = node("Show", value=["a", 0])
    bench.run(Prompt.parse(graph))
    graph["m"] = node("Number", value=3)
    again = bench.run(Prompt.parse(graph))
    assert again.started == ["m", "a", "show"]
    assert again.cached == ["n"]
    assert again.shown("show") == [4]


def test_equal_nodes_of_one_prompt_run_once() -> None:
    ran = Bench().run(
        prompt(
            a=node("Number", value=1),
            b=node("Number", value=1),
            c=node("Add", a=["a", 0], b=["b", 0]),
            show=node("Show", value=["c", 0]),
        )
    )
    assert ran.shown("show") == [2]
    assert len(ran.started) == 3


def test_without_a_cache_everything_runs_and_still_comes_out_right() -> None:
    bench = Bench(cache=Cache(10**6, "none"))
    for _ in range(2):
        ran = bench.run(simple())
        assert ran.started == ["n", "a", "show"]
        assert ran.shown("show") == [4]


def test_a_node_is_run_again_when_its_fingerprint_changes() -> None:
    answers = iter([1, 1, 2, float("nan"), float("nan")])
    changing = toy(lambda self: (5,), {}, IS_CHANGED=classmethod(lambda cls: next(answers)))
    bench = Bench({"Changing": changing})
    graph = prompt(c=node("Changing"), show=node("Show", value=["c", 0]))
    assert [bool(bench.run(graph).started) for _ in range(5)] == [True, False, True, True, True]


def test_a_fingerprint_that_fails_means_run_again() -> None:
    bench = Bench({"Broken": toy(lambda self: (5,), {}, IS_CHANGED=classmethod(lambda cls: 1 / 0))})
    graph = prompt(c=node("Broken"), show=node("Show", value=["c", 0]))
    assert [bool(bench.run(graph).started) for _ in range(2)] == [True, True]


def test_a_node_that_knows_its_id_is_not_reused_under_another() -> None:
    class Named:
        RETURN_TYPES, FUNCTION = ("STRING",), "run"
        INPUT_TYPES = staticmethod(lambda: {"hidden": {"me": "UNIQUE_ID"}})

        def run(self, me: str) -> tuple[str]:
            return (me,)

    bench = Bench({"Named": Named})
    assert bench.run(prompt(x=node("Named"), show=node("Show", value=["x", 0]))).shown("show") == ["x"]
    assert bench.run(prompt(y=node("Named"), show=node("Show", value=["y", 0]))).shown("show") == ["y"]


def test_hidden_inputs_are_given() -> None:
    class Hidden:
        RETURN_TYPES, FUNCTION, OUTPUT_NODE = (), "run", True
        INPUT_TYPES = staticmethod(
            lambda: {"hidden": {"p": "PROMPT", "x": "EXTRA_PNGINFO", "d": "DYNPROMPT", "u": "UNIQUE_ID"}}
        )

        def run(self, p: Any, x: Any, d: Any, u: str) -> Any:
            return {"ui": {"shown": [p, x, d.get_node(u)["class_type"], u]}}

    ran = Bench({"Hidden": Hidden}).run(prompt(h=node("Hidden")), "h", extra_pnginfo={"workflow": {"a": 1}})
    assert ran.shown("h") == [{"h": {"class_type": "Hidden", "inputs": {}}}, {"workflow": {"a": 1}}, "Hidden", "h"]


class Hiding:
    """Declares as hidden what the engine gives, what prompts may give, and a list of choices."""

    RETURN_TYPES, FUNCTION, OUTPUT_NODE = (), "run", True
    HIDDEN = {"initial_value0": ("*",), "tile": "INT", "names": (["a.pt"],), "me": "UNIQUE_ID"}  # noqa: RUF012
    INPUT_TYPES = classmethod(lambda cls: {"required": {"a": ("INT",)}, "hidden": cls.HIDDEN})
    IS_CHANGED = classmethod(lambda cls, **inputs: None)

    def run(self, a: int, **given: Any) -> Any:
        return {"ui": {"shown": [given]}}


def test_a_prompt_may_give_hidden_inputs_but_none_that_the_engine_gives() -> None:
    graph = prompt(n=node("Number", value=3), h=node("Hiding", a=1, initial_value0=5, tile=["n", 0], me="x", no=1))
    validated = validate(graph, TOYS | {"Hiding": Hiding}).prompt
    for each in (graph, validated):
        assert Bench({"Hiding": Hiding}).run(each, "h").shown("h") == [{"initial_value0": 5, "tile": 3, "me": "h"}]
    (shown,) = Bench({"Hiding": Hiding}).run(prompt(h=node("Hiding", a=1)), "h").shown("h")
    assert shown == {"me": "h"}


def test_unknown_inputs_are_left_out() -> None:
    ran = Bench().run(
        prompt(
            n=node("Number", value=1, upload="image", other=["m", 0]),
            m=node("Number", value=2),
            show=node("Show", value=["n", 0]),
        )
    )
    assert ran.shown("show") == [1]


def test_cancel_takes_effect_at_the_next_node() -> None:
    cancel = CancelToken()
    cancels = toy(lambda self, a: (cancel.cancel(), (a,))[1])
    ran = Bench({"Cancels": cancels}).run(
        prompt(c=node("Cancels", a=1), d=node("Add", a=["c", 0]), show=node("Show", value=["d", 0])), cancel=cancel
    )
    assert ran.started == ["c"]
    assert ran.events[-1].wire()["node_id"] == "d"


def test_cancel_takes_effect_at_a_progress_update() -> None:
    cancel = CancelToken()
    seen = []

    def work(self: Any, a: int) -> tuple[int]:
        for step in range(10):
            progress.current().update(step + 1, 10)
            seen.append(step)
            if step == 3:
                cancel.cancel()
        return (a,)

    ran = Bench({"Works": toy(work)}).run(
        prompt(w=node("Works", a=1), show=node("Show", value=["w", 0])), cancel=cancel
    )
    assert ran.outcome.status == "cancelled"
    assert seen == [0, 1, 2, 3]


def test_progress_and_previews_are_told() -> None:
    def work(self: Any, a: int) -> tuple[int]:
        for step in range(3):
            progress.current().update(step + 1, 3, b"\xff\xd8picture")
        return (a,)

    ran = Bench({"Works": toy(work)}).run(prompt(w=node("Works", a=1), show=node("Show", value=["w", 0])))
    assert ran.of("progress") == [{"prompt_id": "p", "node": "w", "value": step, "max": 3} for step in (1, 2, 3)]
    assert [event["image_type"] for event in ran.of("preview")] == ["image/jpeg"] * 3
    first = ran.types.index("executing") + 1
    assert ran.types[first : first + 3] == ["progress_state", "preview", "progress"]


def test_a_preview_may_be_made_beside_the_work_and_none_comes_late() -> None:
    ready = threading.Event()
    finished = threading.Event()

    def slow_preview() -> bytes:
        ready.wait(5)
        finished.set()
        return b"late"

    def work(self: Any, a: int) -> tuple[int]:
        progress.current().update(1, 2, slow_preview)
        assert not progress.current().wants_preview()
        progress.current().update(2, 2, lambda: pytest.fail("skipped while another is made"))
        return (a,)

    ran = Bench({"Works": toy(work)}).run(prompt(w=node("Works", a=1), show=node("Show", value=["w", 0])))
    ready.set()
    assert finished.wait(5)
    assert ran.outcome.status == "success"
    assert ran.of("preview") == []


def test_success_waits_for_files_and_outputs_are_told_when_they_are_there(tmp_path: Path) -> None:
    def save(self: Any, a: int) -> Any:
        def write() -> None:
            time.sleep(0.05)
            (tmp_path / "file").write_text(str(a))

        progress.current().defer(write)
        return {"ui": {"files": ["file"]}}

    seen = []
    bench = Bench({"Saves": toy(save, returns=(), OUTPUT_NODE=True)})
    graph = prompt(s=node("Saves", a=1), show=node("Show", value=2))
    ran = bench.run(graph, "s", "show")
    assert ran.outcome.outputs["s"] == {"files": ["file"]}
    seen = [(event["node"]) for event in ran.of("executed")]
    assert seen == ["show", "s"]
    assert (tmp_path / "file").read_text() == "1"
    assert bench.run(graph, "s", "show").started == []


def test_a_finished_file_is_told_while_another_node_still_computes() -> None:
    told = threading.Event()

    def save(self: Any, a: int) -> Any:
        progress.current().defer(lambda: None)
        progress.current().defer(lambda: time.sleep(0.02))
        return {"ui": {"files": ["file"]}}

    def compute(self: Any, a: int) -> tuple[int]:
        assert told.wait(10)
        return (a,)

    def emit(event: Event) -> None:
        if isinstance(event, Executed) and event.node == "s":
            told.set()

    saves, computes = toy(save, returns=(), OUTPUT_NODE=True), toy(compute)
    executor = Executor(TOYS | {"Saves": saves, "Computes": computes}, Cache(10**6))
    graph = prompt(s=node("Saves", a=1), c=node("Computes", a=1), show=node("Show", value=["c", 0]))
    assert executor.run(Run("p", graph, ("s", "show")), emit, CancelToken()).status == "success"


def test_the_last_write_of_a_prompt_needs_no_other_thread() -> None:
    threads = []

    def save(self: Any, a: int) -> Any:
        for _ in range(2):
            progress.current().defer(lambda: threads.append(threading.current_thread()))
        return {"ui": {"files": ["file"]}}

    Bench({"Saves": toy(save, returns=(), OUTPUT_NODE=True)}).run(prompt(s=node("Saves", a=1)), "s")
    assert len(threads) == 2
    assert threads.count(threading.current_thread()) == 1


def test_ui_becomes_plain_json() -> None:
    class Scalar:
        shape: tuple[int, ...] = ()

        def item(self) -> float:
            return 2.5

    node_class = toy(lambda self, a: {"ui": {"x": (float("nan"), Scalar(), object)}}, returns=(), OUTPUT_NODE=True)
    ran = Bench({"Odd": node_class}).run(prompt(o=node("Odd", a=1)), "o")
    assert ran.outcome.outputs["o"]["x"][:2] == [None, 2.5]
    assert isinstance(ran.outcome.outputs["o"]["x"][2], str)


def test_node_objects_live_on_between_prompts() -> None:
    class Counts:
        RETURN_TYPES, FUNCTION, NOT_IDEMPOTENT = ("INT",), "run", True
        INPUT_TYPES = staticmethod(lambda: {"required": {"a": ("INT",)}})
        count = 0

        def run(self, a: int) -> tuple[int]:
            self.count += 1
            return (self.count,)

    bench = Bench({"Counts": Counts})
    for a in (1, 2):
        assert bench.run(prompt(c=node("Counts", a=a), show=node("Show", value=["c", 0]))).shown("show") == [a]
    bench.run(simple())
    assert bench.run(prompt(c=node("Counts", a=3), show=node("Show", value=["c", 0]))).shown("show") == [1]


def test_outputs_and_what_feeds_them_go_first() -> None:
    graph = prompt(
        far=node("Number", value=1),
        b=node("Add", a=["far", 0]),
        c=node("Add", a=["b", 0]),
        d=node("Add", a=["c", 0]),
        near=node("Number", value=9),
        last=node("Show", value=["d", 0]),
        first=node("Show", value=["near", 0]),
    )
    assert Bench().run(graph, "last", "first").started[:2] == ["near", "first"]


def test_memory_is_let_go_as_soon_as_nobody_needs_it() -> None:
    alive: set[int] = set()

    class Big:
        def __init__(self) -> None:
            alive.add(id(self))

        def __del__(self) -> None:
            alive.discard(id(self))

    most = []

    def work(self: Any, a: Any) -> tuple[Any]:
        most.append(len(alive))
        return (Big(),)

    bench = Bench({"Makes": toy(work, {"a": ("*", {})}, ("X",))}, Cache(10**6, "none"))
    graph = {"0": node("Makes", a=1)} | {str(n): node("Makes", a=[str(n - 1), 0]) for n in range(1, 30)}
    assert bench.run(Prompt.parse(graph | {"show": node("Show", value=["29", 0])})).outcome.status == "success"
    assert max(most) <= 2


def test_long_prompts_send_messages_in_proportion() -> None:
    sizes = {}
    for length in (500, 2000):
        ran = Bench().run(chain(length))
        assert ran.shown("show") == [length]
        sizes[length] = sum(len(str(event.wire())) for event in ran.events)
    assert sizes[2000] < 6 * sizes[500]


@st.composite
def dags(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    count = draw(st.integers(1, 15))
    graph = {}
    for index in range(count):
        source = (
            st.one_of(st.integers(-3, 3), st.builds(lambda n: [str(n), 0], st.integers(0, index - 1)))
            if index
            else st.integers(-3, 3)
        )
        graph[str(index)] = node("Add", a=draw(source), b=draw(source))
    return graph


def expected(graph: dict[str, Any]) -> dict[str, int]:
    values: dict[str, int] = {}
    for node_id, part in graph.items():
        values[node_id] = sum(values[v[0]] if isinstance(v, list) else v for v in part["inputs"].values())
    return values


@settings(max_examples=60, deadline=None)
@given(dags(), st.sampled_from([10**8, 2000, 600]))
def test_any_graph_gives_the_right_sums_and_runs_each_node_at_most_once(graph: dict[str, Any], limit: int) -> None:
    bench = Bench(cache=Cache(limit))
    values = expected(graph)
    shows = {f"s{node_id}": node("Show", value=[node_id, 0]) for node_id in graph}
    for _ in range(2):
        ran = bench.run(Prompt.parse(graph | shows), *shows)
        assert {node_id: ran.shown(f"s{node_id}") for node_id in graph} == {n: [v] for n, v in values.items()}
        assert len(ran.started) == len(set(ran.started))
        position = {node_id: index for index, node_id in enumerate(ran.started)}
        for node_id in graph:
            for value in graph[node_id]["inputs"].values():
                if isinstance(value, list) and node_id in position and value[0] in position:
                    assert position[value[0]] < position[node_id]


def test_a_cancelled_update_raises_where_the_node_is() -> None:
    caught = []
    cancel = CancelToken()

    def work(self: Any, a: int) -> tuple[int]:
        cancel.cancel()
        try:
            progress.current().update(1, 2)
        except Interrupted as error:
            caught.append(error)
        return (a,)

    ran = Bench({"Swallows": toy(work)}).run(
        prompt(w=node("Swallows", a=1), show=node("Show", value=["w", 0])), cancel=cancel
    )
    assert caught
    assert ran.outcome.status == "cancelled"
