"""An exception as clients read of it: where, what, and with which inputs."""

import traceback
from collections.abc import Mapping
from typing import Any

from execution.dynamic import DynamicPrompt
from execution.events import ExecutionError
from execution.plain import described


def describe_failure(
    prompt_id: str,
    node_id: str,
    nodes: DynamicPrompt,
    executed: list[str],
    error: BaseException,
    inputs: Mapping[str, list[Any]],
) -> ExecutionError:
    """The event that tells of a node that failed, with the inputs it had."""
    return ExecutionError(
        prompt_id=prompt_id,
        node_id=node_id,
        node_type=nodes[node_id].class_type if node_id in nodes else "",
        executed=executed,
        exception_message=str(error),
        exception_type=_full_name(type(error)),
        traceback=traceback.format_tb(error.__traceback__),
        current_inputs={name: [described(value) for value in values] for name, values in inputs.items()},
        current_outputs=executed,
    )


def _full_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
