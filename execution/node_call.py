"""One node while it runs: its inputs, its call, and what it reports on the way."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from execution.background import Background
from execution.call import Gathered
from execution.dynamic import DynamicPrompt
from execution.events import Preview
from execution.mutation import Digests
from execution.node_class import NodeClass
from execution.progress import CancelToken, PreviewSource, Reporter
from execution.teller import Teller

PNG_START = b"\x89PNG"


@dataclass
class NodeCall:
    """A node that began and is not done: what it was given, since when, and the writes that it still waits for.

    `held` is one more write, which nobody does yet.
    """

    node_id: str
    declared: NodeClass
    gathered: Gathered
    started: float = field(default_factory=time.monotonic)
    answering: "Future[Any] | None" = None
    writes: "list[Future[Any]]" = field(default_factory=list)
    held: Callable[[], Any] | None = None
    unwritten: int = 0
    digests: Digests | None = None
    was_blocked: bool = False
    is_over: bool = False
    call_index: int = 0

    def write_last(self, aside: Callable[[], AbstractContextManager[None]]) -> None:
        """Do the last write, if there is one, here and now, within `aside`."""
        if self.held is not None:
            write, self.held = self.held, None
            with aside():
                write()

    def send_off(self, background: Background) -> None:
        """Have the last write, if there is one, done on a thread for such."""
        if self.held is not None:
            self.writes.append(background.write(self.held))
            self.held = None

    @property
    def seconds(self) -> float:
        """How long ago the node began."""
        return time.monotonic() - self.started


class NodeReporter(Reporter):
    """Lets a node that runs tell its progress; turns that into events."""

    def __init__(
        self, call: NodeCall, teller: Teller, nodes: DynamicPrompt, background: Background, cancel: CancelToken
    ) -> None:
        self.node_id = call.node_id
        self._call = call
        self._teller = teller
        self._nodes = nodes
        self._background = background
        self._cancel = cancel

    @property
    def call_index(self) -> int:  # type: ignore[override]
        return self._call.call_index

    def added_nodes(self) -> Mapping[str, Any] | None:
        return self._nodes if len(self._nodes) > len(self._nodes.original.nodes) else None

    def update(self, value: float, total: float, preview: PreviewSource | None = None) -> None:
        self._cancel.check()
        self._teller.board.update(self._call.node_id, value, total)
        if isinstance(preview, bytes):
            self._show(preview)
        elif preview is not None:
            make = preview
            self._background.preview(lambda: self._show(make()))
        self._teller.board.step(self._call.node_id, value, total)

    def check_cancelled(self) -> None:
        self._cancel.check()

    def wants_preview(self) -> bool:
        return not self._background.is_previewing

    def defer(self, work: Callable[[], Any]) -> None:
        """Write beside what computes; a node's last write is held until the node ends, when it is known who is free."""
        self._call.send_off(self._background)
        self._call.held = work

    def _show(self, image: bytes | None) -> None:
        if image is None or self._call.is_over:
            return
        node_id = self._call.node_id
        self._teller.emit(
            Preview(
                self._teller.prompt_id,
                node_id,
                self._nodes.display_id(node_id),
                self._nodes.parent_id(node_id),
                self._nodes.real_id(node_id),
                image,
                "image/png" if image.startswith(PNG_START) else "image/jpeg",
            )
        )
