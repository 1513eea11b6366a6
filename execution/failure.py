"""An exception as clients read of it: where, what, and with which inputs."""

import traceback
from collections.abc import Mapping
from typing import Any, TypeVar

from execution.dynamic import DynamicPrompt
from execution.events import NodeFailure
from execution.plain import described

Kind = TypeVar("Kind", bound=NodeFailure)


def describe_failure(
    kind: type[Kind],
    prompt_id: str,
    node_id: str,
    nodes: DynamicPrompt,
    executed: list[str],
    error: BaseException,
    inputs: Mapping[str, list[Any]],
) -> Kind:
    """The event that tells of a node that failed, with the inputs it had.

    Clients know only the nodes of the prompt itself, so one that was made while running goes by the node it came from.
    """
    known_id = nodes.real_id(node_id)
    made = f" (in the {nodes[node_id].class_type} that it expanded into)" if known_id != node_id else ""
    return kind(
        prompt_id=prompt_id,
        node_id=known_id,
        node_type=nodes[known_id].class_type if known_id in nodes else "",
        executed=executed,
        exception_message=f"{error}{made}",
        exception_type=_full_name(type(error)),
        traceback=traceback.format_tb(error.__traceback__),
        current_inputs={name: [described(value) for value in values] for name, values in inputs.items()},
        current_outputs=executed,
    )


def _full_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
