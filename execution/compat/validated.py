"""Checking a prompt, in the form in which packs ask for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from execution.errors import PromptError
from execution.prompt import Prompt
from execution.validate import validate

Answer = tuple[bool, dict[str, Any] | None, list[str], dict[str, Any]]
"""Whether it can run, what is wrong with it, its good outputs, and what is wrong with nodes."""


def validated(graph: Any, nodes: Mapping[str, type], targets: Sequence[str] | None = None) -> Answer:
    """What validation finds of a prompt's JSON."""
    try:
        found = validate(Prompt.parse(graph), nodes, targets)
    except PromptError as error:
        return False, error.wire()["error"], [], {}
    return found.error is None, found.error, list(found.outputs), dict(found.node_errors)
