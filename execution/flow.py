"""What a node may answer with to steer the run: a value that stops what needs it, and a graph that takes its place."""

from collections.abc import Mapping, Sequence
from typing import Any


class ExecutionBlocker:
    """An output value that stops whatever needs it: silently, or with a message for the user."""

    def __init__(self, message: str | None = None) -> None:
        self.message = message


def expansion(graph: Mapping[str, Any], results: Sequence[Any]) -> dict[str, Any]:
    """What a node returns to be replaced by a graph; results that are links stand for the outputs of its nodes."""
    return {"expand": dict(graph), "result": tuple(results)}
