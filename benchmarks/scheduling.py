"""python -m benchmarks.scheduling: what the engine itself costs, without server, tensors or work in the nodes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from execution.cache import Cache
from execution.executor import Executor, Run
from execution.progress import CancelToken
from execution.prompt import Prompt
from execution.validate import validate

LENGTHS = (100, 1_000, 10_000, 100_000)


class Add:
    """Adds one, as cheaply as a node can."""

    RETURN_TYPES = ("INT",)
    FUNCTION = "run"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802 - the protocol's name
        return {"required": {"a": ("INT", {"default": 0, "min": 0, "max": 2**31})}}

    def run(self, a: int) -> tuple[int]:
        return (a + 1,)


class Show(Add):
    """The output at the end."""

    RETURN_TYPES = ()  # type: ignore[assignment]
    OUTPUT_NODE = True

    def run(self, a: int) -> Any:
        return {"ui": {"shown": [a]}}


def chain(length: int) -> str:
    """A prompt's JSON: `length` nodes, each waiting for the one before."""
    graph: dict[str, Any] = {"0": {"class_type": "Add", "inputs": {"a": 0}}}
    for index in range(1, length):
        graph[str(index)] = {"class_type": "Add", "inputs": {"a": [str(index - 1), 0]}}
    return json.dumps(graph | {"show": {"class_type": "Show", "inputs": {"a": [str(length - 1), 0]}}})


def measure(length: int) -> dict[str, float]:
    """CPU milliseconds of each stage of a chain."""
    nodes = {"Add": Add, "Show": Show}
    executor = Executor(nodes, Cache())
    text = chain(length)
    prompt, parsing = timed(lambda: Prompt.parse(json.loads(text)))
    found, validating = timed(lambda: validate(prompt, nodes))
    run = Run("benchmark", found.prompt, tuple(found.outputs))
    first, running = timed(lambda: executor.run(run, lambda event: None, CancelToken()))
    again, reusing = timed(lambda: executor.run(run, lambda event: None, CancelToken()))
    executor.close()
    assert first.outputs == again.outputs == {"show": {"shown": [length]}}
    return {"parse": parsing, "validate": validating, "run": running, "run cached": reusing}


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What `work` answers, and the CPU milliseconds that it took."""
    began = time.process_time()
    answer = work()
    return answer, (time.process_time() - began) * 1e3


def main() -> None:
    for length in LENGTHS:
        figures = measure(length)
        told = "  ".join(f"{stage} {ms:.1f} ms ({ms / length * 1e3:.1f} µs a node)" for stage, ms in figures.items())
        print(f"{length:7} nodes  {told}", flush=True)


if __name__ == "__main__":
    main()
