"""What is wrong with a prompt or went wrong in a run, as lines that a person reads."""

from collections.abc import Iterator, Mapping
from typing import Any

from execution.events import ExecutionError

Graph = Mapping[str, Any]


def place(node_id: str, prompt: Graph) -> str:
    """A node by everything it is known by: `node 5 (KSampler, "second pass")`."""
    node = prompt.get(node_id) or {}
    meta = node.get("_meta") if isinstance(node, Mapping) else None
    title = meta.get("title") if isinstance(meta, Mapping) else None
    names = [str(node["class_type"])] if node.get("class_type") else []
    names += [f'"{title}"'] if title and title not in names else []
    return f"node {node_id} ({', '.join(names)})" if names else f"node {node_id}"


def refusal_lines(error: Mapping[str, Any], node_errors: Mapping[str, Any], prompt: Graph) -> list[str]:
    """Why a prompt cannot run, the nodes at fault each with what is wrong with it."""
    lines = [] if node_errors else [_joined(error)]
    return lines + node_lines(node_errors, prompt)


def node_lines(node_errors: Mapping[str, Any], prompt: Graph) -> list[str]:
    """One line for each fault of each node."""
    return [line for node_id, faults in node_errors.items() for line in _lines_of(node_id, faults, prompt)]


def failure_line(error: ExecutionError, prompt: Graph) -> str:
    """The node that failed, and how."""
    where = place(error.node_id, prompt)
    return f"{where[:1].upper()}{where[1:]} failed: {error.exception_type}: {error.exception_message}"


def _lines_of(node_id: str, faults: Mapping[str, Any], prompt: Graph) -> Iterator[str]:
    where = place(node_id, prompt)
    for fault in faults["errors"]:
        yield f"{where[:1].upper()}{where[1:]}: {_joined(fault)}"


def _joined(error: Mapping[str, Any]) -> str:
    message, details = str(error["message"]), error.get("details")
    if not details:
        return message
    return f"{message} ({details})" if message.endswith((".", "?")) else f"{message}: {details}"
