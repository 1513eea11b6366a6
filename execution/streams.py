"""What goes both ways in pieces between the server and a pack's route, at most so much of it under way at once."""

import asyncio
from collections.abc import Callable

from execution.messages import StreamBroken, StreamMessage, StreamPiece, StreamTaken

PIECE = 2**16
# As many pieces may be on their way before the first of them has been taken.
WINDOW = 16


class StreamEnded(ConnectionError):
    """The other side of a stream is gone, or wants no more of it."""


class Stream:
    """One end of a stream, used in one event loop; both ends are alike. An empty piece is the end of a direction."""

    def __init__(self, call_id: int, send: Callable[[StreamMessage], None]) -> None:
        self._call_id = call_id
        self._send = send
        self._arrived: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._free = asyncio.Semaphore(WINDOW)
        self._reason: str | None = None

    async def put(self, piece: bytes) -> None:
        """Send a piece once there is room for it on the way; raises `StreamEnded`."""
        await self._free.acquire()
        if self._reason is not None:
            self._free.release()
            raise StreamEnded(self._reason)
        self._send(StreamPiece(self._call_id, piece))

    async def get(self) -> bytes:
        """The next piece, empty at the end; raises `StreamEnded`."""
        piece = await self._arrived.get()
        if piece is None:
            self._arrived.put_nowait(None)
            raise StreamEnded(self._reason)
        if piece:
            self._send(StreamTaken(self._call_id))
        return piece

    def take(self, message: StreamMessage) -> None:
        """What came from the other end."""
        if isinstance(message, StreamPiece):
            self._arrived.put_nowait(message.piece)
        elif isinstance(message, StreamTaken):
            self._free.release()
        else:
            self.end(message.reason)

    def end(self, reason: str) -> None:
        """Let those who wait at this end know that nothing more will come or go."""
        if self._reason is None:
            self._reason = reason
            self._arrived.put_nowait(None)
            self._free.release()

    def break_off(self, reason: str) -> None:
        """End it at both ends."""
        if self._reason is None:
            self.end(reason)
            self._send(StreamBroken(self._call_id, reason))
