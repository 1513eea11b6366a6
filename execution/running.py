"""A prompt while it runs, as the server sees it: where it is, what newcomers are told, what history will say."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from execution.events import (
    Event,
    Executing,
    ExecutionCached,
    ExecutionError,
    ExecutionInterrupted,
    ExecutionStart,
    ExecutionSuccess,
    NodeBlocked,
    Preview,
    ProgressState,
)
from execution.plain import to_json
from execution.queue import QueueItem, Result
from execution.summary import summarise

ENDINGS = (ExecutionSuccess, ExecutionError, ExecutionInterrupted)
RECORDED = (ExecutionStart, ExecutionCached, NodeBlocked, *ENDINGS)

# A snapshot of few nodes is always sent at once. One of many is sent again only after a time that grows with it, so
# that the bytes sent grow with the nodes and not with their square.
SMALL_SNAPSHOT = 64
SECONDS_PER_NODE = 2.5e-4

Send = Callable[[Event], None]


@dataclass
class RunningPrompt:
    """Takes the events of one run and passes them on; what ends it is kept until the history is stored."""

    item: QueueItem
    send: Send
    node: str | None = None
    is_cancelled: bool = False
    preview: Preview | None = None
    endings: list[Event] = field(default_factory=list)
    states: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _messages: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    _told_node: str | None = None
    _next_snapshot: float = 0.0
    _timer: asyncio.TimerHandle | None = None

    def take(self, event: Event) -> None:
        """Note what the event says and pass it on."""
        if isinstance(event, RECORDED):
            self._messages.append((event.type, event.wire()))
        if isinstance(event, ENDINGS):
            self.endings.append(event)
            return
        if isinstance(event, ProgressState):
            self.states.update(event.nodes)
            self._send_snapshot_soon()
            return
        if isinstance(event, Executing):
            self.node = self._told_node = event.node
        elif isinstance(event, Preview):
            self.preview = event
        self.send(event)

    def flush(self) -> None:
        """Send the snapshot that waits, if one does."""
        if self._timer is not None:
            self._timer.cancel()
            self._send_snapshot()

    def abandon(self) -> None:
        """Send nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def snapshot(self) -> list[Event]:
        """What a client must hear that comes while the prompt runs; the preview is sent apart."""
        prompt_id = self.item.prompt_id
        events: list[Event] = [Executing(prompt_id, self.node, self._display_node())] if self.node else []
        return [*events, ProgressState(prompt_id, dict(self.states))] if self.states else events

    def result(self, status: str, outputs: str, meta: str) -> Result:
        """The history of the run. `outputs` and `meta` are JSON texts."""
        error = next((ending.wire() for ending in self.endings if isinstance(ending, ExecutionError)), None)
        summary = summarise(json.loads(outputs), json.loads(self.item.extra_data), error)
        return Result(status, outputs, meta, to_json(self._messages), to_json(summary))

    def end_by_death(self, reason: str, memory: str = "") -> None:
        """Note that the worker died of the prompt; `memory` says what it held."""
        node = self._find_node()
        node_type = str(node.get("class_type", ""))
        where = f" while it ran node {self.node} ({node_type})" if self.node else ""
        held = f" {memory}." if memory else ""
        executed = self._executed()
        self._end(
            ExecutionError(
                prompt_id=self.item.prompt_id,
                node_id=self.node or "",
                node_type=node_type,
                executed=executed,
                exception_message=f"{reason}{where}. It was tried {self.item.starts} times.{held}",
                exception_type="WorkerDied",
                traceback=[],
                current_inputs={name: [value] for name, value in node.get("inputs", {}).items()},
                current_outputs=executed,
            )
        )
        self._begin_late()

    def end_by_cancel(self) -> None:
        """Note that the prompt was cancelled, by force or before it began."""
        self._end(ExecutionInterrupted(self.item.prompt_id, self.node or "", self._node_type(), self._executed()))

    def _end(self, ending: Event) -> None:
        self.endings.clear()
        self._messages = [message for message in self._messages if message[0] not in {e.type for e in ENDINGS}]
        self.take(ending)

    def _begin_late(self) -> None:
        """Have clients hear of what the worker had no time to tell, before they hear how it ended."""
        if all(kind != ExecutionStart.type for kind, _ in self._messages):
            start = ExecutionStart(self.item.prompt_id)
            self._messages.insert(0, (start.type, start.wire()))
            self.endings.insert(0, start)
        if self.node is not None and self.node != self._told_node:
            self.endings.insert(-1, Executing(self.item.prompt_id, self.node, self._display_node()))

    def _executed(self) -> list[str]:
        return [node for node, state in self.states.items() if state.get("state") == "finished"]

    def _find_node(self) -> Mapping[str, Any]:
        """The node that runs, as it was queued; one that was made while the prompt ran is not there."""
        node: Mapping[str, Any] = json.loads(self.item.graph).get(self.node, {}) if self.node else {}
        return node

    def _node_type(self) -> str:
        return str(self._find_node().get("class_type", ""))

    def _display_node(self) -> str | None:
        state = self.states.get(self.node or "", {})
        return state.get("display_node_id", self.node)

    def _send_snapshot_soon(self) -> None:
        if self._timer is not None:
            return
        wait = self._next_snapshot - time.monotonic()
        if len(self.states) <= SMALL_SNAPSHOT or wait <= 0:
            self._send_snapshot()
        else:
            self._timer = asyncio.get_running_loop().call_later(wait, self._send_snapshot)

    def _send_snapshot(self) -> None:
        self._timer = None
        self._next_snapshot = time.monotonic() + len(self.states) * SECONDS_PER_NODE
        self.send(ProgressState(self.item.prompt_id, dict(self.states)))
