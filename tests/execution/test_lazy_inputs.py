"""Inputs that are worked out only when the node says that it needs them."""

import asyncio
from typing import Any

import pytest

from tests.execution.runs import Bench, run
from tests.execution.toys import node, prompt


class Choose:
    """Needs only one of two inputs."""

    RETURN_TYPES, FUNCTION = ("INT",), "run"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
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


def test_a_failure_while_asked_for_lazy_inputs_is_told_with_the_inputs_that_were_there() -> None:
    class Unsure(Choose):
        def check_lazy_status(self, first: bool, a: Any, b: Any) -> list[str]:
            raise ValueError("cannot say")

    graph = {"x": node("Number", value=1), "show": node("Show", value=["c", 0])}
    error = run({"Unsure": Unsure}, c=node("Unsure", first=True, a=["x", 0], b=5), **graph).outcome.error
    assert error is not None
    assert (error.node_id, error.exception_message) == ("c", "cannot say")
    assert error.current_inputs == {"first": [True], "a": [None], "b": [5]}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (["nope"], "asked for 'nope', which is none of its inputs"),
        ("a", "returned 'a' where a list"),
        ([3], "asked for 3"),
        (5, "returned 5 where a list"),
    ],
)
def test_an_answer_that_names_no_input_is_said(answer: Any, message: str) -> None:
    class Odd(Choose):
        def check_lazy_status(self, first: bool, a: Any, b: Any) -> Any:
            return answer

    graph = {"x": node("Number", value=1), "show": node("Show", value=["c", 0])}
    error = run({"Odd": Odd}, c=node("Odd", first=True, a=["x", 0], b=5), **graph).outcome.error
    assert error is not None
    assert (error.node_id, message in error.exception_message) == ("c", True), error.exception_message


@pytest.mark.parametrize("answer", [None, [], [None], ("a",), {"a", "b"}])
def test_an_answer_of_whatever_kind_of_list_or_none_at_all_is_taken(answer: Any) -> None:
    class Loose(Choose):
        def check_lazy_status(self, first: bool, a: Any, b: Any) -> Any:
            return answer

    graph = {"x": node("Number", value=1), "show": node("Show", value=["c", 0])}
    ran = run({"Loose": Loose}, c=node("Loose", first=False, a=["x", 0], b=5), **graph)
    assert ran.shown("show") == [5]
