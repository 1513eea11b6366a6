"""The worker's side of what packs do with the server: routes, messages, prompts and folders that they change."""

import logging
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Protocol

from execution import paths
from execution.compat.stage import STAGE
from execution.messages import PackReply, PackRequest, PackState, PackWord, StreamMessage
from execution.replaced_nodes import told_replacements

log = logging.getLogger(__name__)

Tell = Callable[[PackReply | StreamMessage | None], None]
NAME = "server"
"""The name by which packs import the server."""


class PackServer(Protocol):
    """What packs see as the server, as far as the engine deals with it."""

    @property
    def changes_prompts(self) -> bool:
        """Whether some pack wants to see what is posted to be run."""

    def open(self) -> None:
        """Begin to answer the routes that packs have added."""

    def change_prompt(self, body: dict[str, Any]) -> dict[str, Any]:
        """What packs make of a posted body."""

    def forward(self, request: PackRequest, call_id: int, tell: "Tell") -> "Future[None]":
        """Have a route answer, some time: first the head, or None where there is no such route, then pieces."""

    def take(self, message: StreamMessage) -> None:
        """A piece of what is sent to a route, or what the server says of its answer."""


class PackDesk:
    """Passes between the server's process and the packs of this one."""

    def __init__(self, send: Callable[[PackWord], None]) -> None:
        self._send = send
        self._told: PackState | None = None
        self._server: PackServer | None = None
        self._list_web_folders: Callable[[], Mapping[str, str]] = dict
        self._nodes: Mapping[str, type] = {}
        STAGE.send = send

    def open(self, nodes: Mapping[str, type], list_web_folders: Callable[[], Mapping[str, str]] | None) -> None:
        """Begin, once every pack is loaded: only if one has asked for the server is there one to be opened."""
        self._nodes, self._list_web_folders = nodes, list_web_folders or dict
        self._server = getattr(sys.modules.get(NAME), "FRONT", None)
        if self._server is not None:
            self._server.open()
        self.tell_changes()

    def tell_changes(self) -> None:
        """Let the server know what packs have set up, if that is not what it was told last."""
        try:
            state = PackState(
                paths.current().tell(),
                {str(name): str(folder) for name, folder in self._list_web_folders().items()},
                self._server is not None and self._server.changes_prompts,
                self._server is not None,
                told_replacements(self._nodes),
            )
        except Exception:
            log.exception("What packs have set up cannot be read; the server keeps to what it knows")
            return
        if state != self._told:
            self._told = state
            self._send(state)

    def change_prompt(self, body: dict[str, Any]) -> dict[str, Any]:
        """A posted body as packs want it."""
        return self._server.change_prompt(body) if self._server is not None else body

    def forward(self, request: PackRequest, call_id: int, tell: Tell, fail: Callable[[BaseException], None]) -> None:
        """Have a pack answer a request; returns at once, what it answers is told from another thread."""
        if self._server is None:
            tell(None)
            return

        def note_end(future: "Future[None]") -> None:
            self.tell_changes()
            error = future.exception()
            if error is not None:
                fail(error)

        self._server.forward(request, call_id, tell).add_done_callback(note_end)

    def take(self, message: StreamMessage) -> None:
        """A part of a request that was forwarded."""
        if self._server is not None:
            self._server.take(message)
