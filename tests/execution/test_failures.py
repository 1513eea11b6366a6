"""A node that fails is reported with what it was given, and stops only what depends on it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from execution import progress
from execution.progress import CancelToken
from execution.prompt import Prompt
from tests.execution.runs import Bench, run
from tests.execution.toys import make, node, prompt, toy


@pytest.mark.parametrize("status", ["error", "cancelled"])
def test_a_failure_of_what_everything_needs_ends_the_prompt(status: str) -> None:
    cancel = CancelToken()

    def fail(self: Any, a: int) -> tuple[int]:
        if status == "cancelled":
            cancel.cancel()
            progress.current().check_cancelled()
        raise ValueError(f"no {a}")

    ran = Bench({"Fails": toy(fail)}).run(
        prompt(n=node("Number", value=3), f=node("Fails", a=["n", 0]), show=node("Show", value=["f", 0])), cancel=cancel
    )
    assert ran.outcome.status == status
    assert ran.types[-1] == {"error": "execution_error", "cancelled": "execution_interrupted"}[status]
    last = ran.events[-1].wire()
    assert (last["node_id"], last["node_type"], last["executed"]) == ("f", "Fails", ["n"])
    if status == "error":
        assert last["exception_message"] == "no 3"
        assert last["exception_type"] == "ValueError"
        assert last["current_inputs"] == {"a": [3]}
        assert "raise ValueError" in "".join(last["traceback"])
        assert ran.outcome.error is ran.events[-1]


def test_what_does_not_depend_on_a_failure_goes_on_and_nothing_runs_in_vain() -> None:
    ran = Bench().run(
        prompt(
            f=node("Raises", a=1),
            vain=node("Number", value=4),
            d=node("Add", a=["f", 0], b=["vain", 0]),
            bad=node("Show", value=["d", 0]),
            n=node("Number", value=3),
            good=node("Show", value=["n", 0]),
        ),
        "bad",
        "good",
    )
    assert ran.outcome.status == "error"
    assert ran.outcome.outputs == {"good": {"shown": [3]}}
    assert sorted(ran.started) == ["f", "good", "n"]
    assert ran.types[-1] == "execution_error"
    states = {key: state["state"] for event in ran.of("progress_state") for key, state in event["nodes"].items()}
    assert (states["f"], states["good"]) == ("error", "finished")


def test_every_failure_is_told_in_order() -> None:
    graph = {f"f{n}": node("Raises", a=n) for n in range(3)} | {
        f"s{n}": node("Show", value=[f"f{n}", 0]) for n in range(3)
    }
    ran = Bench().run(Prompt.parse(graph), "s0", "s1", "s2")
    assert ran.types[-3:] == ["execution_error"] * 3
    assert [error["exception_message"] for error in ran.of("execution_error")] == ["no 0", "no 1", "no 2"]
    assert ran.outcome.error is ran.events[-3]


def test_the_log_says_which_node_failed_and_where_in_its_code(caplog: pytest.LogCaptureFixture) -> None:
    def run(self: Any, a: int) -> None:
        raise ValueError("kaboom")

    class_type = toy(run, {"a": ("INT", {"default": 1})}, OUTPUT_NODE=True)
    Bench({"Kaboom": class_type}).run(prompt(bad=node("Kaboom", a=1)), "bad")
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.getMessage() == "Node bad (Kaboom) failed: kaboom"
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ValueError)


def test_a_failure_keeps_what_was_done_before() -> None:
    bench = Bench()
    graph = prompt(n=node("Number", value=3), f=node("Raises", a=["n", 0]), show=node("Show", value=["f", 0]))
    bench.run(graph)
    assert bench.run(graph).cached == ["n"]


def test_a_file_that_cannot_be_written_is_the_nodes_failure() -> None:
    def save(self: Any, a: int) -> Any:
        progress.current().defer(lambda: Path("/nowhere/at/all").write_text("x"))
        return {"ui": {"files": ["file"]}}

    bench = Bench({"Saves": toy(save, returns=(), OUTPUT_NODE=True)})
    for _ in range(2):
        ran = bench.run(prompt(s=node("Saves", a=1)), "s")
        assert ran.outcome.status == "error"
        assert ran.outcome.error is not None
        assert (ran.outcome.error.node_id, ran.outcome.error.current_inputs) == ("s", {"a": [1]})
        assert ran.of("executed") == []


def test_a_node_that_forgets_the_tuple_is_named() -> None:
    ran = Bench({"Bare": toy(lambda self, a: 5)}).run(prompt(b=node("Bare", a=1), show=node("Show", value=["b", 0])))
    assert ran.outcome.error is not None
    assert "Bare" in ran.outcome.error.exception_message


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


class Fatal(BaseException):
    """What libraries raise that want no `except Exception` to catch it."""


FATAL: tuple[type[BaseException], ...] = (SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError, Fatal)


def raising(error: type[BaseException]) -> Any:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise error("enough")

    return fail


@pytest.mark.parametrize("error", FATAL)
def test_a_node_that_wants_to_end_the_program_only_fails(error: type[BaseException]) -> None:
    bench = Bench({"Ends": make("Ends", raising(error))})
    ran = bench.run(prompt(show=node("Show", value=["e", 0]), e=node("Ends", a=1)))
    assert ran.outcome.error is not None
    assert (ran.outcome.error.node_id, ran.outcome.error.current_inputs) == ("e", {"a": [1]})
    assert bench.run(prompt(show=node("Show", value=2))).outcome.status == "success"


@pytest.mark.parametrize("error", FATAL)
def test_an_async_node_that_wants_to_end_the_program_only_fails_and_others_go_on(error: type[BaseException]) -> None:
    async def end(self: Any, a: int) -> tuple[int]:
        raise error("enough")

    async def wait(self: Any, a: int) -> tuple[int]:
        await asyncio.sleep(0.01)
        return (a,)

    bench = Bench({"Ends": make("Ends", end), "Waits": make("Waits", wait)})
    graph = {f"w{n}": node("Waits", a=n) for n in range(3)} | {
        f"show{n}": node("Show", value=[f"w{n}", 0]) for n in range(3)
    }
    outputs = ("show", "show0", "show1", "show2")
    ran = bench.run(prompt(e=node("Ends", a=1), show=node("Show", value=["e", 0]), **graph), *outputs)
    assert ran.outcome.error is not None
    assert ran.outcome.error.node_id == "e"
    assert set(ran.outcome.outputs) == {"show0", "show1", "show2"}
    assert bench.run(prompt(w=node("Waits", a=9), show=node("Show", value=["w", 0]))).outcome.status == "success"


@pytest.mark.parametrize("error", FATAL)
def test_a_fingerprint_that_wants_to_end_the_program_means_run_again(error: type[BaseException]) -> None:
    bench = Bench({"Broken": toy(lambda self: (5,), {}, IS_CHANGED=classmethod(raising(error)))})
    graph = prompt(c=node("Broken"), show=node("Show", value=["c", 0]))
    assert [bench.run(graph).started for _ in range(2)] == [["c", "show"]] * 2


def test_ctrl_c_is_no_failure_of_the_node_that_ran() -> None:
    bench = Bench({"Ends": make("Ends", raising(progress.StoppedByHand))})
    with pytest.raises(progress.StoppedByHand):
        bench.run(prompt(show=node("Show", value=["e", 0]), e=node("Ends", a=1)))


def test_a_node_whose_class_is_gone_is_the_one_that_is_named() -> None:
    ran = Bench({}).run(prompt(g=node("Gone"), show=node("Show", value=["g", 0])))
    error = ran.outcome.error
    assert error is not None
    assert (ran.outcome.status, error.node_id, error.node_type) == ("error", "g", "Gone")
    assert "'Gone' is no longer here: its pack was removed or fails to load" in error.exception_message
