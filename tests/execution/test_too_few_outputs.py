"""A node that gives fewer outputs than it has fails itself, with its own inputs, once one of the rest is wanted."""

from typing import Any

import pytest

from tests.execution.runs import Bench, Ran, run
from tests.execution.test_lazy_inputs import Choose
from tests.execution.toys import LISTS, node, prompt, toy

PAIR = ("INT", "INT")


async def one_later(self: Any, a: int) -> tuple[int]:
    return (a,)


def blamed(ran: Ran) -> tuple[str, str, dict[str, Any]]:
    (error,) = ran.of("execution_error")
    assert "The author of Short must return a value for each of its outputs" in error["exception_message"]
    return error["node_id"], error["node_type"], error["current_inputs"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda self, a: (a,),
        lambda self, a: (),
        lambda self, a: {"ui": {"seen": [a]}},
        lambda self, a: {"ui": {"seen": [a]}, "result": (a,)},
        lambda self, a: {"expand": {}, "result": (a,)},
        one_later,
    ],
)
def test_the_node_itself_fails_when_an_output_is_missing_that_another_wants(answer: Any) -> None:
    bench = Bench({"Short": toy(answer, returns=PAIR, OUTPUT_NODE=True)})
    graph = prompt(n=node("Number", value=4), s=node("Short", a=["n", 0]), show=node("Show", value=["s", 1]))
    ran = bench.run(graph)
    assert blamed(ran) == ("s", "Short", {"a": [4]})
    assert "of its 2 outputs, but" in ran.of("execution_error")[0]["exception_message"]
    assert "node show wants its output 1 (counted from 0)" in ran.of("execution_error")[0]["exception_message"]
    assert (ran.of("executed"), ran.of("execution_error")[0]["executed"]) == ([], ["n"])
    again = bench.run(graph)
    assert (again.cached, again.started, blamed(again)[0]) == (["n"], ["s"], "s")


def test_what_nobody_wants_may_be_missing_and_the_result_is_cached() -> None:
    bench = Bench({"Short": toy(lambda self, a: {"ui": {"seen": [a]}, "result": (a,)}, returns=PAIR)})
    graph = prompt(s=node("Short", a=4), show=node("Show", value=["s", 0]))
    ran = bench.run(graph)
    assert (ran.outcome.status, ran.shown("show")) == ("success", [4])
    assert bench.run(graph).started == []


def test_a_cached_result_without_an_output_that_is_wanted_now_is_made_again() -> None:
    bench = Bench({"Short": toy(lambda self, a: (a,), returns=PAIR)})
    assert bench.run(prompt(s=node("Short", a=4), show=node("Show", value=["s", 0]))).outcome.status == "success"
    ran = bench.run(prompt(s=node("Short", a=4), show=node("Show", value=["s", 1])))
    assert (ran.started, blamed(ran)) == (["s"], ("s", "Short", {"a": [4]}))


@pytest.mark.parametrize(("is_first", "status"), [(True, "success"), (False, "error")])
def test_a_missing_output_counts_when_a_lazy_input_asks_for_it(is_first: bool, status: str) -> None:
    ran = run(
        {"Choose": Choose, "Short": toy(lambda self, a: (a,), returns=PAIR)},
        s=node("Short", a=4),
        other=node("Show", value=["s", 0]),
        c=node("Choose", first=is_first, a=["s", 0], b=["s", 1]),
        show=node("Show", value=["c", 0]),
    )
    assert ran.outcome.status == status
    if status == "error":
        assert blamed(ran) == ("s", "Short", {"a": [4]})


@pytest.mark.parametrize("index", [1, 5])
def test_a_node_inside_an_expansion_that_gives_too_few_outputs_fails_once(index: int) -> None:
    grows = toy(lambda self, a: {"expand": {"in": node("Short", a=a)}, "result": (["in", index],)})
    bench = Bench({"Grows": grows, "Short": toy(lambda self, a: (a,), returns=PAIR)})
    ran = bench.run(prompt(g=node("Grows", a=4), show=node("Show", value=["g", 0])))
    (error,) = ran.of("execution_error")
    assert (error["node_id"], error["current_inputs"]) == ("g", {"a": [4]})
    assert ran.started == ["g", "in"]


def test_a_list_of_which_one_call_gives_too_little_is_too_short_for_who_wants_it() -> None:
    short = toy(lambda self, a: (a, a)[: 1 + a % 2], returns=PAIR)
    graph = {"t": node("Split", a=3), "s": node("Short", a=["t", 0]), "show": node("Show", value=["s", 1])}
    assert blamed(run(LISTS | {"Short": short}, **graph)) == ("s", "Short", {"a": [0, 1, 2]})
