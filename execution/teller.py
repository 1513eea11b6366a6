"""Tells what happens in a run: events in the order that clients expect, and the outcome at the end."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

from execution.board import Board
from execution.cache import Result
from execution.dynamic import DynamicPrompt
from execution.errors import ExecutionBlocked, FileNotWritten, SkeinError
from execution.events import (
    Event,
    Executed,
    Executing,
    ExecutionCached,
    ExecutionError,
    ExecutionInterrupted,
    ExecutionStart,
    ExecutionSuccess,
    NodeBlocked,
)
from execution.failure import describe_failure
from execution.forecast import Forecast, Timings
from execution.run import Outcome
from execution.shown import Ui, repeat

log = logging.getLogger(__name__)


class Teller:
    """Speaks for one run. Any thread may make it speak; after the end it is silent."""

    def __init__(self, prompt_id: str, nodes: DynamicPrompt, emit: Callable[[Event], None], timings: Timings) -> None:
        self.prompt_id = prompt_id
        self._nodes = nodes
        self._tell = emit
        self._telling = Lock()
        self._is_over = False
        self.board = Board(prompt_id, nodes, self.emit, Forecast(timings))
        self._executed: list[str] = []
        self._outputs: dict[str, Any] = {}
        self._meta: dict[str, Any] = {}

    def emit(self, event: Event) -> None:
        """Pass an event on, never two at once."""
        with self._telling:
            if not self._is_over:
                self._tell(event)

    def start(self) -> None:
        self.emit(ExecutionStart(self.prompt_id))

    def name_cached(self, node_ids: list[str]) -> None:
        self.emit(ExecutionCached(self.prompt_id, node_ids))

    def begin_node(self, node_id: str) -> None:
        self.board.start(node_id)
        self.emit(Executing(self.prompt_id, node_id, self._nodes.display_id(node_id)))

    def note_executed(self, node_id: str) -> None:
        """Remember that a node ran, for the message of an error that comes later."""
        self._executed.append(node_id)

    def finish_node(self, node_id: str, result: Result) -> None:
        """Show what a node gave."""
        if result.ui is not None:
            display = self._nodes.display_id(node_id)
            self._show(node_id, display, self._nodes.parent_id(node_id), self._nodes.real_id(node_id), result.ui)
        self.board.finish(node_id)

    def repeat_node(self, node_id: str, result: Result) -> None:
        """Show what a node gave that was made before, and what those showed that it had expanded into."""
        self.finish_node(node_id, result)
        for shown in repeat(result.inside, node_id, self._nodes.display_id(node_id)):
            self._show(shown.node_id, shown.display_id, shown.parent_id, self._nodes.real_id(node_id), shown.ui)

    def _show(self, node_id: str, display: str, parent: str | None, real: str, ui: Ui) -> None:
        self._outputs[node_id] = ui
        self._meta[node_id] = {
            "node_id": node_id,
            "display_node": display,
            "parent_node": parent,
            "real_node_id": real,
        }
        self.emit(Executed(self.prompt_id, node_id, display, ui))

    def tell_blocked(self, node_id: str, message: str) -> None:
        """Tell why a node is not run; the prompt goes on."""
        error = ExecutionBlocked(f"Execution Blocked: {message}")
        told = describe_failure(NodeBlocked, self.prompt_id, node_id, self._nodes, list(self._executed), error, {})
        self.emit(replace(told, exception_type=ExecutionBlocked.__name__))

    def fail_node(self, node_id: str, error: BaseException, inputs: Mapping[str, list[Any]]) -> ExecutionError:
        """Show that a node has failed; answers with what is to be told of it at the end."""
        failure = describe_failure(
            ExecutionError, self.prompt_id, node_id, self._nodes, list(self._executed), error, inputs
        )
        # Where the words say all that there is to know, the lines of code would only hide them.
        is_plain = isinstance(error, (FileNotWritten, SkeinError)) and not log.isEnabledFor(logging.DEBUG)
        text, at = failure.exception_message, None if is_plain else error
        log.error("Node %s (%s) failed: %s", node_id, failure.node_type, text, exc_info=at)
        self.board.fail(node_id)
        return failure

    def end_well(self) -> Outcome:
        self._end(ExecutionSuccess(self.prompt_id))
        return Outcome("success", self._outputs, self._meta)

    def end_badly(self, failures: Sequence[ExecutionError]) -> Outcome:
        """End with the nodes that failed, in the order in which they did."""
        self._end(*failures)
        return Outcome("error", self._outputs, self._meta, failures[0])

    def end_cancelled(self, node_id: str) -> Outcome:
        """End with the node at which the prompt was cancelled."""
        known_id = self._nodes.real_id(node_id)
        node_type = self._nodes[known_id].class_type if known_id in self._nodes else ""
        self._end(ExecutionInterrupted(self.prompt_id, known_id, node_type, list(self._executed)))
        return Outcome("cancelled", self._outputs, self._meta)

    def _end(self, *events: Event) -> None:
        self.board.flush()
        with self._telling:
            for event in events:
                self._tell(event)
            self._is_over = True
