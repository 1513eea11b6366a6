"""One node while it runs: its inputs, its call, and what it reports on the way."""

import time
from collections.abc import Callable
from concurrent.futures import Future
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
    """A node that began and is not done: what it was given, since when, and the writes that it still waits for."""

    node_id: str
    declared: NodeClass
    gathered: Gathered
    started: float = field(default_factory=time.monotonic)
    answering: "Future[Any] | None" = None
    writes: "list[Future[Any]]" = field(default_factory=list)
    unwritten: int = 0
    digests: Digests | None = None
    was_blocked: bool = False
    is_over: bool = False
    call_index: int = 0

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
    def call_index(self) -> int:
        return self._call.call_index

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
        self._call.writes.append(self._background.write(work))

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
