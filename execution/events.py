"""Messages that the engine sends to clients: one frozen dataclass each, its wire form derived from its fields."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar


def now_ms() -> int:
    """Milliseconds since the epoch, as clients expect timestamps."""
    return int(time.time() * 1000)


_known_names: dict[type, tuple[str, ...]] = {}


@dataclass(frozen=True)
class Event:
    """A message about one prompt. `type` is its name on the wire."""

    type: ClassVar[str]

    prompt_id: str

    def wire(self) -> dict[str, Any]:
        """The `data` object of the websocket message."""
        names = _known_names.get(type(self))
        if names is None:
            names = _known_names[type(self)] = tuple(each.name for each in fields(self))
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class ExecutionStart(Event):
    """A worker began the prompt."""

    type: ClassVar[str] = "execution_start"

    timestamp: int = field(default_factory=now_ms)


@dataclass(frozen=True)
class ExecutionCached(Event):
    """The nodes whose results are reused; always sent, also with none."""

    type: ClassVar[str] = "execution_cached"

    nodes: list[str]
    timestamp: int = field(default_factory=now_ms)


@dataclass(frozen=True)
class Executing(Event):
    """A node starts; `node` None tells the end of the prompt."""

    type: ClassVar[str] = "executing"

    node: str | None
    display_node: str | None = None

    def wire(self) -> dict[str, Any]:
        if self.node is None:
            return {"node": None, "prompt_id": self.prompt_id}
        return super().wire()


@dataclass(frozen=True)
class Progress(Event):
    """A node has done `value` of `max` steps."""

    type: ClassVar[str] = "progress"

    node: str
    value: float
    max: float


@dataclass(frozen=True)
class ProgressState(Event):
    """How far the nodes are that changed lately: `{node_id: {value, max, state, …}}`.

    `share` is what is done of the whole prompt, 0 to 1; `seconds_ahead` what the nodes that wait took last time.
    """

    type: ClassVar[str] = "progress_state"

    nodes: Mapping[str, Mapping[str, Any]]
    share: float = 0.0
    seconds_ahead: float = 0.0


@dataclass(frozen=True)
class Executed(Event):
    """A node's `ui` output, also when it came from the cache."""

    type: ClassVar[str] = "executed"

    node: str
    display_node: str
    output: Mapping[str, Any]


@dataclass(frozen=True)
class ExecutionSuccess(Event):
    """Every output is there and every file is on disk."""

    type: ClassVar[str] = "execution_success"

    timestamp: int = field(default_factory=now_ms)


@dataclass(frozen=True)
class NodeFailure(Event):
    """A node gave no result. `traceback` is a list of lines."""

    type: ClassVar[str] = "execution_error"

    node_id: str
    node_type: str
    executed: list[str]
    exception_message: str
    exception_type: str
    traceback: list[str]
    current_inputs: Mapping[str, Any] = field(default_factory=dict)
    current_outputs: list[str] = field(default_factory=list)
    timestamp: int = field(default_factory=now_ms)


@dataclass(frozen=True)
class ExecutionError(NodeFailure):
    """A node failed, and with it the prompt; told when all that does not depend on the node has run."""


@dataclass(frozen=True)
class NodeBlocked(NodeFailure):
    """A node was kept from running, by another and with a message; told at once, and the prompt goes on."""


@dataclass(frozen=True)
class ExecutionInterrupted(Event):
    """The prompt was cancelled at this node."""

    type: ClassVar[str] = "execution_interrupted"

    node_id: str
    node_type: str
    executed: list[str]
    timestamp: int = field(default_factory=now_ms)


@dataclass(frozen=True)
class Preview(Event):
    """A picture of work in progress; travels as a binary frame."""

    type: ClassVar[str] = "preview"

    node: str
    display_node: str
    parent_node: str | None
    real_node: str
    image: bytes
    mime: str = "image/jpeg"

    def wire(self) -> dict[str, Any]:
        """The JSON header that precedes the image in the frame."""
        return {
            "node_id": self.node,
            "prompt_id": self.prompt_id,
            "display_node_id": self.display_node,
            "parent_node_id": self.parent_node,
            "real_node_id": self.real_node,
            "image_type": self.mime,
        }
