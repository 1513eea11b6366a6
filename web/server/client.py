"""One websocket: what waits to be sent to it, and the task that sends it."""

import asyncio
from collections import deque

from aiohttp import web

from web.server.frames import Frame

MOST_FRAMES = 20_000
MOST_BYTES = 32 * 2**20
CROWDED_BYTES = 2**18
UNSENT_BYTES = 2**17
WAIT_SECONDS = 0.01


class Client:
    """Holds frames for a socket that may be slow, so that nobody else waits for it.

    Frames that wait together are sent together. While much waits, previews are left out and a newer snapshot replaces
    the one that waits. A client that is hopelessly behind is cut off, and gets the present state when it comes again.
    """

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.WriteTransport, sid: str) -> None:
        self.sid = sid
        self.wants_metadata = False
        self._socket = socket
        self._transport = transport
        self._frames: deque[Frame] = deque()
        self._newest: dict[str, Frame] = {}
        self._stale: set[int] = set()
        self._bytes = 0
        self._waiting = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self._is_cut_off = False

    def start(self) -> None:
        """Begin to send."""
        self._sender = asyncio.create_task(self._send_all())

    def stop(self) -> None:
        """Stop sending."""
        if self._sender is not None:
            self._sender.cancel()

    async def close(self) -> None:
        """Say goodbye."""
        self.stop()
        await self._socket.close()

    def offer(self, frame: Frame) -> None:
        """Send a frame when the socket takes it; returns at once."""
        is_crowded = self._bytes > CROWDED_BYTES
        if self._is_cut_off or (frame.is_preview and is_crowded):
            return
        if frame.topic is not None:
            if is_crowded and (older := self._newest.get(frame.topic)) is not None:
                self._stale.add(id(older))
            self._newest[frame.topic] = frame
        self._frames.append(frame)
        self._bytes += len(frame.wire)
        if len(self._frames) > MOST_FRAMES or self._bytes > MOST_BYTES:
            self._cut_off()
        self._waiting.set()

    async def _send_all(self) -> None:
        while not self._transport.is_closing():
            if not self._frames:
                self._waiting.clear()
                await self._waiting.wait()
            elif self._transport.get_write_buffer_size() > UNSENT_BYTES:
                await asyncio.sleep(WAIT_SECONDS)
            else:
                self._transport.write(b"".join(self._take()))

    def _take(self) -> list[bytes]:
        """The next frames, encoded, as many as are worth one write."""
        pieces: list[bytes] = []
        size = 0
        while self._frames and size < UNSENT_BYTES:
            frame = self._frames.popleft()
            self._bytes -= len(frame.wire)
            if frame.topic is not None and self._newest.get(frame.topic) is frame:
                del self._newest[frame.topic]
            if id(frame) in self._stale:
                self._stale.discard(id(frame))
                continue
            pieces.append(frame.wire)
            size += len(frame.wire)
        return pieces

    def _cut_off(self) -> None:
        self._is_cut_off = True
        self._frames.clear()
        self.stop()
        # A polite goodbye would wait for the very client that does not read.
        self._transport.abort()
