"""One websocket: what waits to be sent to it, and the task that sends it."""

import asyncio
from collections import deque

from aiohttp import web

from web.server.frames import Frame

MOST_FRAMES = 20_000
MOST_BYTES = 32 * 2**20
CROWDED_BYTES = 2**18


class Client:
    """Holds frames for a socket that may be slow, so that nobody else waits for it.

    While much waits, previews are left out and a newer snapshot replaces the one that waits. A client that is
    hopelessly behind is cut off, and gets the present state when it comes again.
    """

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, sid: str) -> None:
        self.sid = sid
        self.wants_metadata = False
        self._socket = socket
        self._transport = transport
        self._frames: deque[Frame] = deque()
        self._newest: dict[str, Frame] = {}
        self._stale: set[int] = set()
        self._is_cut_off = False
        self._bytes = 0
        self._waiting = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send."""
        self._pump = asyncio.create_task(self._send_all())

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
        self._bytes += len(frame.payload)
        if len(self._frames) > MOST_FRAMES or self._bytes > MOST_BYTES:
            self._give_up()
        self._waiting.set()

    async def close(self) -> None:
        """Say goodbye and stop sending."""
        self.stop()
        await self._socket.close()

    def stop(self) -> None:
        """Stop sending."""
        if self._pump is not None:
            self._pump.cancel()

    async def _send_all(self) -> None:
        try:
            while True:
                await self._waiting.wait()
                self._waiting.clear()
                while self._frames:
                    await self._send(self._frames.popleft())
        except (ConnectionError, RuntimeError):
            return  # The socket is closed; its handler clears up.

    async def _send(self, frame: Frame) -> None:
        self._bytes -= len(frame.payload)
        if frame.topic is not None and self._newest.get(frame.topic) is frame:
            del self._newest[frame.topic]
        if id(frame) in self._stale:
            self._stale.discard(id(frame))
            return
        if isinstance(frame.payload, str):
            await self._socket.send_str(frame.payload)
        else:
            await self._socket.send_bytes(frame.payload)

    def _give_up(self) -> None:
        self._is_cut_off = True
        self._frames.clear()
        self.stop()
        # A polite goodbye would wait for the very client that does not read.
        if self._transport is not None:
            self._transport.abort()
