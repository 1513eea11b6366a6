"""What is asked of the executor, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from execution.events import ExecutionError
from execution.node_class import NodeClasses
from execution.prompt import Prompt


@dataclass(frozen=True)
class Run:
    """A validated prompt to run for the sake of its `outputs`.

    `classes` spares reading the declarations again, and `order`, all that the outputs need, inputs first, the search.
    """

    prompt_id: str
    prompt: Prompt
    outputs: tuple[str, ...]
    extra_data: Mapping[str, Any] = field(default_factory=dict)
    classes: NodeClasses | None = None
    order: list[str] | None = None


@dataclass(frozen=True)
class Outcome:
    """How a run ended, with the `ui` outputs of its nodes and where in the prompt they belong."""

    status: Literal["success", "error", "cancelled"]
    outputs: dict[str, Any]
    meta: dict[str, Any]
    error: ExecutionError | None = None
