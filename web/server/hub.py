"""Who listens, and which message goes to whom."""

import asyncio
from collections.abc import Iterable

from execution.events import (
    Event,
    Executed,
    Executing,
    ExecutionCached,
    ExecutionError,
    ExecutionInterrupted,
    ExecutionStart,
    ExecutionSuccess,
    Preview,
)
from web.server.client import Client
from web.server.frames import Frame, event_frame, preview_frame, status_frame

# What is not sent at all when nobody has put his name to the prompt; the rest then goes to everybody.
ONLY_FOR_THE_OWNER = (ExecutionStart, ExecutionCached, ExecutionSuccess, ExecutionError, Executing, Executed)
ALWAYS_FOR_ALL = (ExecutionInterrupted,)


class Hub:
    """The sockets by client id; several windows may share one."""

    def __init__(self) -> None:
        self._clients: dict[str, list[Client]] = {}

    def add(self, client: Client) -> None:
        """Begin to tell a client what concerns it."""
        self._clients.setdefault(client.sid, []).append(client)

    def remove(self, client: Client) -> None:
        """Forget a client; others of the same id stay."""
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
        if isinstance(event, Preview):
            for client in clients:
                client.offer(preview_frame(event, client.wants_metadata))
        else:
            _offer(event_frame(event), clients)

    def send_queue(self, remaining: int) -> None:
        """Tell everybody how many prompts wait or run."""
        if self._clients:
            _offer(status_frame(remaining), self._everybody())

    async def close(self) -> None:
        """Say goodbye to everybody."""
        await asyncio.gather(*(client.close() for client in self._everybody()))

    def _audience(self, event: Event, client_id: str | None) -> Iterable[Client]:
        if isinstance(event, ALWAYS_FOR_ALL):
            return self._everybody()
        if client_id is not None:
            return self._clients.get(client_id, ())
        return () if isinstance(event, ONLY_FOR_THE_OWNER) else self._everybody()

    def _everybody(self) -> Iterable[Client]:
        return [client for clients in self._clients.values() for client in clients]


def _offer(frame: Frame, clients: Iterable[Client]) -> None:
    for client in clients:
        client.offer(frame)
