"""What node classes may do besides returning a tuple: lists, lazy inputs, new graphs, waiting, blocking."""

import asyncio
import threading
from typing import Any

import pytest

from execution.call import ExecutionBlocker
from execution.progress import CancelToken
from execution.prompt import Prompt
from execution.validate import validate
from tests.execution.runs import Bench, run
from tests.execution.toys import LISTS, TOYS, make, node, prompt


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


UNTAKEN = {
    "to_a_node_that_fails": node("Number", value=1, other=["f", 0]),
    "to_nowhere": node("Number", value=1, other=["nowhere", 0]),
    "to_itself": node("Number", value=1, other=["n", 0]),
    "to_what_needs_it": node("Number", value=1, other=["show", 0]),
}


@pytest.mark.parametrize("linked", UNTAKEN.values(), ids=UNTAKEN)
def test_a_link_into_an_input_that_the_node_does_not_take_is_not_followed(linked: dict[str, Any]) -> None:
    bench = Bench()
    graph = prompt(n=linked, f=node("Raises", a=1), show=node("Show", value=["n", 0]))
    found = validate(graph, TOYS)
    assert (found.outputs, found.node_errors) == (["show"], {})
    for given in (graph, found.prompt, Prompt.parse(found.prompt.to_json())):
        ran = bench.run(given)
        assert (ran.outcome.status, ran.shown("show")) == ("success", [1])
        assert "f" not in ran.started
    without = prompt(n=node("Number", value=1), show=node("Show", value=["n", 0]))
    assert bench.run(without).started == []


def test_a_link_into_an_undeclared_input_that_the_function_takes_is_given() -> None:
    takes_any = make("Any", lambda self, **inputs: (str(sorted(inputs.items())),), ("STRING",), {"a": ("INT",)})
    takes_more = make("More", lambda self, a, b=0: (f"{a} {b}",), ("STRING",))
    graph = {"n": node("Number", value=3), "show": node("Show", value=["x", 0])}
    ran = run({"Any": takes_any}, x=node("Any", a=1, b=["n", 0]), **graph)
    assert ran.shown("show") == ["[('a', 1), ('b', 3)]"]
    assert run({"More": takes_more}, x=node("More", a=1, b=["n", 0]), **graph).shown("show") == ["1 3"]


def test_links_that_new_nodes_do_not_take_are_not_followed() -> None:
    answer = {"result": (["new", 0],), "expand": {"new": node("Number", value=2, other=["nowhere", 0])}}
    expands = make("Expands", lambda self, a: answer)
    ran = run({"Expands": expands}, e=node("Expands", a=1), show=node("Show", value=["e", 0]))
    assert ran.shown("show") == [2]


@pytest.mark.parametrize(("value", "stored"), [("x", "x"), ({"k": [1]}, {"k": [1]}), ([1, 0], {"__value__": [1, 0]})])
def test_a_wrapped_value_is_unwrapped_where_it_is_called_and_stored_but_for_a_list(value: Any, stored: Any) -> None:
    given = Prompt.parse({"show": node("Show", value={"__value__": value})})
    found = validate(given, TOYS).prompt
    assert found.to_json()["show"]["inputs"] == {"value": stored}
    assert Bench().run(found).shown("show") == [value]
    assert Prompt.parse(found.to_json()) == found


def test_what_is_to_be_shown_must_have_names() -> None:
    odd = make("Odd", lambda self, a: {"ui": 5, "result": (a,)})
    error = run({"Odd": odd}, o=node("Odd", a=1), show=node("Show", value=["o", 0])).outcome.error
    assert error is not None
    assert "returned int as ui where a dict of lists" in error.exception_message
