"""Who listens, and which message goes to whom."""

import asyncio
from collections.abc import Iterable

from execution.events import (
    Event,
    Executed,
    Executing,
    ExecutionCached,
    ExecutionInterrupted,
    ExecutionStart,
    ExecutionSuccess,
    NodeFailure,
    Preview,
)
from execution.messages import PackMessage
from web.server.backlog import Backlog
from web.server.client import Client
from web.server.frames import Frame, event_frame, message_frame, preview_frame, status_frame

# What is not sent at all when nobody has put his name to the prompt; the rest then goes to everybody.
ONLY_FOR_THE_OWNER = (ExecutionStart, ExecutionCached, ExecutionSuccess, NodeFailure, Executing, Executed)
ALWAYS_FOR_ALL = (ExecutionInterrupted,)

MOST_WAITING_BYTES = 256 * 2**20


class Hub:
    """The sockets by client id; several windows may share one."""

    def __init__(self) -> None:
        self.backlog = Backlog()
        self._clients: dict[str, list[Client]] = {}
        self._watchers: list[Client] = []

    def add(self, client: Client) -> None:
        """Begin to tell a client what concerns it."""
        self._clients.setdefault(client.sid, []).append(client)
        if client.hears_all:
            self._watchers.append(client)

    def remove(self, client: Client) -> None:
        """Forget a client; others of the same id stay."""
        if client in self._watchers:
            self._watchers.remove(client)
        left = [other for other in self._clients.get(client.sid, []) if other is not client]
        if left:
            self._clients[client.sid] = left
        else:
            self._clients.pop(client.sid, None)

    def send_event(self, event: Event, client_id: str | None) -> None:
        """Tell those whom an event of a prompt queued by `client_id` concerns."""
        clients = list(self._audience(event, client_id))
        if not clients:
            return
        if not isinstance(event, Preview):
            self._offer(event_frame(event), clients)
            return
        for with_metadata in (False, True):
            wanting = [client for client in clients if client.wants_metadata is with_metadata]
            if wanting:
                self._offer(preview_frame(event, with_metadata), wanting)

    def send_queue(self, remaining: int, trouble: str = "") -> None:
        """Tell everybody how many prompts wait or run, and what keeps the queue from being worked off."""
        if self._clients:
            self._offer(status_frame(remaining, trouble=trouble), self._everybody())

    def send_message(self, message: PackMessage) -> None:
        """Tell the clients of one id, or everybody, what a pack says."""
        clients = self._everybody() if message.sid is None else self._clients.get(message.sid, [])
        if clients:
            self._offer(message_frame(message), clients)

    def send_to_all(self, frame: Frame) -> None:
        """Send a frame to everybody."""
        self._offer(frame, self._everybody())

    def send_to(self, sids: Iterable[str], frame: Frame) -> None:
        """Send a frame to the clients of some ids."""
        self._offer(frame, [client for sid in sids for client in self._clients.get(sid, ())])

    async def close(self) -> None:
        """Say goodbye to everybody."""
        await asyncio.gather(*(client.close() for client in self._everybody()))

    def _audience(self, event: Event, client_id: str | None) -> list[Client]:
        if isinstance(event, ALWAYS_FOR_ALL) or (client_id is None and not isinstance(event, ONLY_FOR_THE_OWNER)):
            return self._everybody()
        owners = self._clients.get(client_id, []) if client_id is not None else []
        return [*owners, *(client for client in self._watchers if client.sid != client_id)]

    def _everybody(self) -> list[Client]:
        return [client for clients in self._clients.values() for client in clients]

    def _offer(self, frame: Frame, clients: Iterable[Client]) -> None:
        for client in clients:
            client.offer(frame)
        # Each client is bounded, and so are all together: they may wait for different things.
        while self.backlog.bytes > MOST_WAITING_BYTES:
            max(self._everybody(), key=lambda client: client.waiting_bytes).cut_off()
