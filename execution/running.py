"""A prompt while it runs, as the server sees it: where it is, what newcomers are told, what history will say."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
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

# Of few nodes the state of all is sent whenever one has changed, as the protocol has it. Of many that would cost bytes
# quadratic in nodes: then only what has changed is sent, and what began last of all that is still at work. The end of
# such a run is told whole.
SMALL_SNAPSHOT = 64
MOST_AT_WORK = 8

Send = Callable[[Event], None]


@dataclass
class RunningPrompt:
    """Takes the events of one run and passes them on; what ends it is kept until the history is stored."""

    item: QueueItem
    send: Send
    node: str | None = None
    is_cancelled: bool = False
    preview: Preview | None = None
    cached: ExecutionCached | None = None
    endings: list[Event] = field(default_factory=list)
    states: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    told: ProgressState | None = None
    _messages: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    _told_node: str | None = None
    _at_work: dict[str, None] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Note what the event says and pass it on."""
        if isinstance(event, RECORDED):
            self._messages.append((event.type, event.wire()))
        if isinstance(event, ENDINGS):
            self.endings.append(event)
            return
        if isinstance(event, ProgressState):
            self.states.update(event.nodes)
            self.told = event
            event = replace(event, nodes=self._states_to_tell(event.nodes))
        elif isinstance(event, Executing):
            self.node = self._told_node = event.node
        elif isinstance(event, Preview):
            self.preview = event
        elif isinstance(event, ExecutionCached) and event.nodes:
            self.cached = event
        self.send(event)

    def tell_whole(self) -> None:
        """Send the state of every node, if clients were told of changes only; who missed one has it now."""
        if self.told is not None and len(self.states) > SMALL_SNAPSHOT:
            self.send(replace(self.told, nodes=dict(self.states)))

    def snapshot(self) -> list[Event]:
        """What a client must hear that comes while the prompt runs; the preview is sent apart."""
        prompt_id = self.item.prompt_id
        events: list[Event] = [Executing(prompt_id, self.node, self._display_node())] if self.node else []
        if self.cached is not None:
            events.append(self.cached)
        return [*events, replace(self.told, nodes=dict(self.states))] if self.told is not None else events

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

    def _states_to_tell(self, changed: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
        for node_id, state in changed.items():
            self._at_work.pop(node_id, None)
            if state.get("state") == "running":
                self._at_work[node_id] = None
        if len(self.states) <= SMALL_SNAPSHOT:
            return dict(self.states)
        newest = islice(reversed(self._at_work), MOST_AT_WORK)
        return {**{node_id: self.states[node_id] for node_id in newest}, **changed}
