"""What node classes may do besides returning a tuple: lists, lazy inputs, new graphs, waiting, blocking."""

import asyncio
import threading
from typing import Any

import pytest

from execution.call import ExecutionBlocker
from execution.executor import Outcome
from execution.progress import CancelToken
from execution.prompt import Prompt
from tests.execution.runs import Bench, Ran
from tests.execution.toys import node, prompt

Members = dict[str, Any]


def make(
    name: str, run: Any, returns: tuple[str, ...] = ("INT",), inputs: Members | None = None, **members: Any
) -> type:
    declared = {"required": inputs if inputs is not None else {"a": ("INT",)}}
    shape = {"RETURN_TYPES": returns, "FUNCTION": "run", "INPUT_TYPES": classmethod(lambda cls: declared), "run": run}
    return type(name, (), {**shape, **members})


Split = make("Split", lambda self, a: (list(range(a)),), OUTPUT_IS_LIST=(True,))
Gather = make("Gather", lambda self, a: (sum(a),), INPUT_IS_LIST=True)
Pair = make("Pair", lambda self, a, b: (f"{a}{b}",), ("STRING",), {"a": ("INT",), "b": ("INT",)})
Collect = make(
    "Collect", lambda self, value: {"ui": {"shown": value}}, (), {"value": ("*",)}, INPUT_IS_LIST=True, OUTPUT_NODE=True
)
LISTS = {cls.__name__: cls for cls in (Split, Gather, Pair, Collect)}


def run(nodes: dict[str, type], *outputs: str, **graph: Any) -> Ran:
    return Bench(nodes).run(prompt(**graph), *outputs)


def test_a_list_output_makes_the_next_node_run_for_each_element() -> None:
    ran = run(LISTS, s=node("Split", a=3), d=node("Add", a=["s", 0], b=10), show=node("Collect", value=["d", 0]))
    assert ran.shown("show") == [10, 11, 12]
    assert ran.started == ["s", "d", "show"]


def test_a_shorter_list_repeats_its_last_element() -> None:
    ran = run(
        LISTS,
        s=node("Split", a=3),
        t=node("Split", a=2),
        p=node("Pair", a=["s", 0], b=["t", 0]),
        show=node("Collect", value=["p", 0]),
    )
    assert ran.shown("show") == ["00", "11", "21"]


def test_a_node_may_take_the_whole_list() -> None:
    ran = run(LISTS, s=node("Split", a=4), g=node("Gather", a=["s", 0]), show=node("Show", value=["g", 0]))
    assert ran.shown("show") == [6]


def test_an_empty_list_leaves_nothing_to_do() -> None:
    ran = run(LISTS, s=node("Split", a=0), d=node("Add", a=["s", 0]), show=node("Collect", value=["d", 0]))
    assert (ran.outcome.status, ran.shown("show")) == ("success", [])


def test_a_result_may_come_with_ui() -> None:
    both = make("Both", lambda self, a: {"ui": {"shown": [a]}, "result": (a + 1,)})
    ran = run({"Both": both}, b=node("Both", a=1), show=node("Show", value=["b", 0]))
    assert (ran.shown("b"), ran.shown("show")) == ([1], [2])


class Choose:
    """Needs only one of two inputs."""

    RETURN_TYPES, FUNCTION = ("INT",), "run"

    @classmethod
    def INPUT_TYPES(cls) -> Members:
        lazy = ("INT", {"lazy": True})
        return {"required": {"first": ("BOOLEAN",), "a": lazy, "b": lazy}}

    def check_lazy_status(self, first: bool, a: Any, b: Any) -> list[str]:
        return ["a" if first else "b"]

    def run(self, first: bool, a: Any, b: Any) -> tuple[Any]:
        return (a if first else b,)


class ChooseLater(Choose):
    async def check_lazy_status(self, first: bool, a: Any, b: Any) -> list[str]:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().check_lazy_status(first, a, b)


@pytest.mark.parametrize("chooser", [Choose, ChooseLater])
def test_a_lazy_input_is_not_run(chooser: type) -> None:
    graph = {"x": node("Number", value=1), "y": node("Raises", a=2), "show": node("Show", value=["c", 0])}
    ran = run({"Choose": chooser}, c=node("Choose", first=True, a=["x", 0], b=["y", 0]), **graph)
    assert (ran.shown("show"), ran.started) == ([1], ["x", "c", "show"])
    ran = run({"Choose": chooser}, c=node("Choose", first=False, a=["x", 0], b=["y", 0]), **graph)
    assert ran.outcome.error is not None
    assert ran.outcome.error.node_id == "y"


def test_a_lazy_input_may_be_a_result_that_was_there_already() -> None:
    ran = run(
        {"Choose": Choose},
        x=node("Number", value=1),
        d=node("Add", a=["x", 0], b=1),
        other=node("Show", value=["x", 0]),
        c=node("Choose", first=True, a=["x", 0], b=["d", 0]),
        show=node("Show", value=["c", 0]),
    )
    assert ran.shown("show") == [1]


def test_async_nodes_run_together() -> None:
    barrier: list[asyncio.Event] = []
    running = []

    async def wait(self: Any, a: int) -> tuple[int]:
        running.append(a)
        if len(running) == 3:
            for event in barrier:
                event.set()
        else:
            barrier.append(event := asyncio.Event())
            await asyncio.wait_for(event.wait(), 10)
        return (a,)

    waits = make("Waits", wait)
    graph = {f"w{n}": node("Waits", a=n) for n in range(3)}
    graph |= {f"s{n}": node("Show", value=[f"w{n}", 0]) for n in range(3)}
    ran = Bench({"Waits": waits}).run(Prompt.parse(graph), "s0", "s1", "s2")
    assert ran.outcome.status == "success"
    assert [ran.shown(f"s{n}") for n in range(3)] == [[0], [1], [2]]


def test_async_nodes_run_beside_the_compute_thread() -> None:
    computed = threading.Event()

    async def wait(self: Any, a: int) -> tuple[int]:
        assert await asyncio.to_thread(computed.wait, 10)
        return (a,)

    def compute(self: Any, a: int) -> tuple[int]:
        computed.set()
        return (a,)

    nodes = {"Waits": make("Waits", wait), "Computes": make("Computes", compute)}
    ran = run(
        nodes,
        w=node("Waits", a=1),
        c=node("Computes", a=2),
        d=node("Add", a=["w", 0], b=["c", 0]),
        show=node("Show", value=["d", 0]),
    )
    assert ran.shown("show") == [3]


def test_what_waits_for_async_nodes_only_goes_on_while_a_node_computes() -> None:
    """First → second, both async, second in an expansion of its own; the compute thread waits for the second."""
    started, done = threading.Event(), threading.Event()

    async def first(self: Any, a: int) -> tuple[int]:
        assert await asyncio.to_thread(started.wait, 30)
        return (a + 1,)

    async def between(self: Any, a: int) -> Any:
        return {"result": (["second", 0],), "expand": {"second": node("Second", a=a)}}

    async def second(self: Any, a: int) -> tuple[int]:
        done.set()
        return (a + 1,)

    def compute(self: Any, a: int) -> tuple[int]:
        started.set()
        assert done.wait(30)
        return (a,)

    nodes = {"First": make("First", first), "Between": make("Between", between), "Second": make("Second", second)}
    ran = run(
        nodes | {"Computes": make("Computes", compute)},
        c=node("Computes", a=10),
        f=node("First", a=1),
        b=node("Between", a=["f", 0]),
        d=node("Add", a=["b", 0], b=["c", 0]),
        show=node("Show", value=["d", 0]),
    )
    assert ran.outcome.status == "success"
    assert ran.shown("show") == [13]


def test_an_async_node_that_only_a_failed_one_wanted_is_stopped() -> None:
    begun, ended = threading.Event(), threading.Event()

    async def wait(self: Any, a: int) -> tuple[int]:
        begun.set()
        try:
            await asyncio.sleep(600)
        finally:
            ended.set()
        return (a,)

    def fail(self: Any, a: int) -> None:
        assert begun.wait(30)
        raise ValueError("no 1")

    ran = run(
        {"Waits": make("Waits", wait), "Fails": make("Fails", fail)},
        w=node("Waits", a=1),
        f=node("Fails", a=1),
        d=node("Add", a=["w", 0], b=["f", 0]),
        show=node("Show", value=["d", 0]),
    )
    assert ran.outcome.error is not None
    assert ran.outcome.error.exception_message == "no 1"
    assert ended.wait(30)


def test_a_lazy_input_that_failed_before_is_not_run_again() -> None:
    class Late(Choose):
        def check_lazy_status(self, first: bool, a: Any, b: Any) -> list[str]:
            return ["a"] if a is None else ["b"]

    ran = Bench({"Late": Late}).run(
        prompt(
            f=node("Raises", a=1),
            bad=node("Show", value=["f", 0]),
            x=node("Number", value=1),
            c=node("Late", first=True, a=["x", 0], b=["f", 0]),
            show=node("Show", value=["c", 0]),
        ),
        "bad",
        "show",
    )
    assert ran.started.count("f") == 1
    assert len(ran.of("execution_error")) == 1
    assert ran.outcome.outputs == {}


def test_a_failure_inside_an_expansion_is_told_of_the_node_that_clients_know() -> None:
    nodes = expands("Outer", lambda a, me: {"result": (["in", 0],), "expand": {"in": node("Inner", a=a)}})
    nodes |= expands("Inner", lambda a, me: {"result": (["inmost", 0],), "expand": {"inmost": node("Raises", a=a)}})
    error = run(nodes, o=node("Outer", a=7), show=node("Show", value=["o", 0])).outcome.error
    assert error is not None
    assert (error.node_id, error.node_type, error.current_inputs) == ("o", "Outer", {"a": [7]})
    assert error.exception_message == "no 7 (in the Raises that it expanded into)"


def test_an_async_node_runs_for_each_element_of_a_list_and_may_fail() -> None:
    async def double(self: Any, a: int) -> tuple[int]:
        if a == 3:
            raise ValueError("three")
        return (2 * a,)

    nodes = {**LISTS, "Double": make("Double", double)}
    graph = {"d": node("Double", a=["s", 0]), "show": node("Collect", value=["d", 0])}
    assert run(nodes, s=node("Split", a=3), **graph).shown("show") == [0, 2, 4]
    failed = run(nodes, s=node("Split", a=4), **graph).outcome
    assert failed.error is not None
    assert (failed.error.node_id, failed.error.exception_message) == ("d", "three")
    assert failed.error.current_inputs == {"a": [0, 1, 2, 3]}


def test_when_one_call_of_an_async_node_fails_the_others_end_too() -> None:
    ended = threading.Event()

    async def wait(self: Any, a: int) -> tuple[int]:
        if a == 1:
            raise ValueError("one")
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return (a,)

    nodes = {**LISTS, "Waits": make("Waits", wait)}
    ran = run(nodes, s=node("Split", a=2), w=node("Waits", a=["s", 0]), show=node("Show", value=["w", 0]))
    assert ran.outcome.status == "error"
    assert ended.wait(10)


def test_cancel_ends_an_async_node() -> None:
    cancel = CancelToken()
    ended = threading.Event()

    async def wait(self: Any, a: int) -> tuple[int]:
        cancel.cancel()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return (a,)

    graph = prompt(w=node("Waits", a=1), show=node("Show", value=["w", 0]))
    ran = Bench({"Waits": make("Waits", wait)}).run(graph, cancel=cancel)
    assert ran.events[-1].wire()["node_id"] == "w"
    assert ran.outcome.status == "cancelled"
    assert ended.wait(10)


def test_an_input_that_cannot_be_shown_does_not_hide_the_failure() -> None:
    class Shy:
        def __str__(self) -> str:
            raise RuntimeError("shy")

    def fail(self: Any, a: Any) -> None:
        raise ValueError("real fault")

    nodes = {"Gives": make("Gives", lambda self: (Shy(),), inputs={}), "Fails": make("Fails", fail)}
    error = run(nodes, g=node("Gives"), f=node("Fails", a=["g", 0]), show=node("Show", value=["f", 0])).outcome.error
    assert error is not None
    assert error.exception_message == "real fault"
    assert "Shy" in error.current_inputs["a"][0]


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


def blocks(message: str | None) -> dict[str, type]:
    return {"Blocks": make("Blocks", lambda self, a: (ExecutionBlocker(message) if a > 1 else a,))}


def test_a_silent_blocker_stops_what_depends_on_it_and_nothing_else() -> None:
    ran = Bench(blocks(None)).run(
        prompt(
            b=node("Blocks", a=5),
            d=node("Add", a=["b", 0]),
            show=node("Show", value=["d", 0]),
            other=node("Show", value=2),
        ),
        "show",
        "other",
    )
    assert ran.outcome.status == "success"
    assert ran.outcome.outputs == {"other": {"shown": [2]}}
    assert "execution_error" not in ran.types


def test_a_blocker_with_a_message_is_told_once() -> None:
    ran = run(blocks("not today"), b=node("Blocks", a=5), d=node("Add", a=["b", 0]), show=node("Show", value=["d", 0]))
    [error] = ran.of("execution_error")
    assert error["exception_type"] == "ExecutionBlocked"
    assert error["exception_message"] == "Execution Blocked: not today"
    assert error["node_id"] == "d"
    assert ran.outcome.status == "success"


def test_a_blocker_among_others_in_a_list_blocks_its_own_call() -> None:
    nodes = {**LISTS, **blocks(None)}
    ran = run(nodes, s=node("Split", a=3), b=node("Blocks", a=["s", 0]), show=node("Show", value=["b", 0]))
    assert ran.shown("show") == [0, 1]


def test_an_input_may_ask_for_the_link_itself() -> None:
    raw = make("Raw", lambda self, a: (str(a),), ("STRING",), {"a": ("INT", {"rawLink": True})})
    ran = run({"Raw": raw}, f=node("Raises", a=1), r=node("Raw", a=["f", 0]), show=node("Show", value=["r", 0]))
    assert ran.shown("show") == ["['f', 0]"]


def test_a_list_that_is_a_value_is_given_as_one() -> None:
    takes = make("Takes", lambda self, a: (len(a),), inputs={"a": ("*",)})
    given = Prompt.parse({"t": node("Takes", a={"__value__": ["x", 0, 1]}), "show": node("Show", value=["t", 0])})
    bench = Bench({"Takes": takes})
    assert bench.run(Prompt.parse(given.to_json())).shown("show") == [3]
