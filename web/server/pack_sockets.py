"""A connection that a pack's route has taken over, such as a websocket: bytes go through both ways as they are."""

import asyncio
from contextlib import suppress

from aiohttp import web

from execution.messages import PackReply
from execution.streams import PIECE, Stream, StreamEnded

SWITCHED = 101
# So much may wait for the pack before nothing more is read from whoever sends it.
LONGEST_WAIT = 16 * PIECE


class Switched(web.StreamResponse):
    """The answer after which the connection speaks another protocol (RFC 9110, section 15.2.2)."""

    _length_check = False

    def __init__(self, reply: PackReply, protocol: str) -> None:
        super().__init__(status=SWITCHED)
        for name, value in reply.headers:
            self.headers.add(name, value)
        self.headers.update({"Connection": "Upgrade", "Upgrade": protocol})
        self.force_close()


class Sent:
    """What a client sends after the switch; aiohttp feeds it in place of its own reader of websockets."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self._size = 0

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self._size += len(data)
        self._pieces.put_nowait(bytes(data))
        if self._size > LONGEST_WAIT:
            self._transport.pause_reading()
        return False, b""

    def feed_eof(self) -> None:
        self._pieces.put_nowait(b"")

    def set_exception(self, *_: object) -> None:
        self.feed_eof()

    async def get(self) -> bytes:
        """The next piece, empty once the client is gone."""
        piece = await self._pieces.get()
        self._size -= len(piece)
        if self._size <= LONGEST_WAIT and not self._transport.is_closing():
            self._transport.resume_reading()
        return piece


async def bridge(request: web.Request, reply: PackReply, body: Stream) -> web.StreamResponse:
    """Switch the client's connection over as the pack's route did, and pass bytes on until either side ends it."""
    response = Switched(reply, request.headers["Upgrade"])
    await response.prepare(request)
    transport = request.transport
    if transport is None or transport.is_closing():
        return response  # The client is gone.
    sent = Sent(transport)
    request.protocol.set_parser(sent)  # type: ignore[arg-type]  # It only feeds it.
    ways = [asyncio.ensure_future(way) for way in (_to_pack(sent, body), _to_client(response, body))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        transport.close()
    return response


async def _to_pack(sent: Sent, body: Stream) -> None:
    with suppress(StreamEnded):
        while piece := await sent.get():
            for start in range(0, len(piece), PIECE):
                await body.put(piece[start : start + PIECE])


async def _to_client(response: web.StreamResponse, body: Stream) -> None:
    with suppress(ConnectionError):
        while piece := await body.get():
            await response.write(piece)
