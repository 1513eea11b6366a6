"""One websocket: what waits to be sent to it, and the task that sends it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from itertools import count

from aiohttp import web

from web.server.backlog import Backlog, cost_of
from web.server.frames import Frame

MOST_BYTES = 32 * 2**20
CROWDED_BYTES = 2**18
UNSENT_BYTES = 2**16


class Client:
    """Holds frames for a socket that may be slow, so that nobody else waits for it.

    Frames that wait together are sent together. While much waits, previews are left out and a newer snapshot replaces
    the one that waits. A client that is hopelessly behind is cut off, and gets the present state when it comes again.
    `drain` returns once the socket takes more; it raises `ConnectionError` when there is none any more.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.WriteTransport,
        drain: Callable[[], Awaitable[None]],
        sid: str,
        backlog: Backlog,
        hears_all: bool = False,
    ) -> None:
        self.sid = sid
        self.hears_all = hears_all
        self.wants_metadata = False
        self._backlog = backlog
        self._socket = socket
        self._transport = transport
        self._drain = drain
        self._numbers = count()
        self._frames: OrderedDict[int, Frame] = OrderedDict()
        self._newest: dict[str, int] = {}
        self._current: Frame | None = None
        self._sent = 0
        self._bytes = 0
        self._work = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self._is_over = False

    @property
    def waiting_bytes(self) -> int:
        """How much waits to be taken by the socket."""
        return self._bytes

    def start(self) -> None:
        """Begin to send."""
        self._transport.set_write_buffer_limits(high=UNSENT_BYTES)
        self._sender = asyncio.create_task(self._send_all())

    def stop(self) -> None:
        """Stop sending, and forget what waits."""
        self._is_over = True
        for frame in (*self._frames.values(), *([self._current] if self._current else ())):
            self._release(frame)
        self._frames.clear()
        self._newest.clear()
        self._current = None
        if self._sender is not None:
            self._sender.cancel()

    async def close(self) -> None:
        """Say goodbye; to one that is in the middle of a message or does not listen, by hanging up."""
        is_busy = self._bytes > 0 or self._transport.get_write_buffer_size() > 0
        self.stop()
        if is_busy:
            self._transport.abort()
        else:
            await self._socket.close()

    def cut_off(self) -> None:
        """Hang up on a client that is too far behind; a polite goodbye would wait for the very one that never reads."""
        self.stop()
        self._transport.abort()

    def offer(self, frame: Frame) -> None:
        """Send a frame when the socket takes it; returns at once."""
        is_crowded = self._bytes > CROWDED_BYTES
        if self._is_over or (frame.is_preview and is_crowded):
            return
        number = next(self._numbers)
        if frame.topic is not None:
            older = self._newest.get(frame.topic)
            if is_crowded and older is not None:
                self._release(self._frames.pop(older))
            self._newest[frame.topic] = number
        self._frames[number] = frame
        self._bytes += cost_of(frame)
        self._backlog.hold(frame)
        self._work.set()
        if self._bytes > MOST_BYTES:
            self.cut_off()

    async def _send_all(self) -> None:
        try:
            while not self._transport.is_closing():
                await self._work.wait()
                self._transport.write(self._take())
                await self._drain()
        except ConnectionError:
            return

    def _take(self) -> bytes:
        """The next frames, encoded, as many as are worth one write; a long one in several pieces."""
        pieces: list[bytes] = []
        room = UNSENT_BYTES
        while room > 0 and (frame := self._current or self._next_frame()):
            piece = frame.wire[self._sent : self._sent + room]
            pieces.append(piece)
            room -= len(piece)
            self._sent += len(piece)
            if self._sent >= len(frame.wire):
                self._current, self._sent = None, 0
                self._release(frame)
        if self._current is None and not self._frames:
            self._work.clear()
        return b"".join(pieces)

    def _next_frame(self) -> Frame | None:
        if not self._frames:
            return None
        number, frame = self._frames.popitem(last=False)
        if frame.topic is not None and self._newest.get(frame.topic) == number:
            del self._newest[frame.topic]
        self._current = frame
        return frame

    def _release(self, frame: Frame) -> None:
        self._bytes -= cost_of(frame)
        self._backlog.release(frame)
