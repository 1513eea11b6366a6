"""One HTTP request to an aiohttp application in this process, without a port that others could knock at."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import Any, cast

from aiohttp import web

from execution.messages import PackReply, PackRequest
from execution.streams import PIECE, Stream

LONGEST_HEAD = 2**18
BODILESS = (204, 304)
# These speak of one connection, not of what is asked or answered over it (RFC 9110, section 7.6.1).
OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect"}
)


class NotHttp(Exception):
    """What came back cannot be read; the route ended without an answer."""


class _Accepted(socket.socket):
    """A connection that names as its other end whoever asked the server."""

    def __init__(self, peer: tuple[Any, ...], inner: socket.socket) -> None:
        family, kind, protocol = inner.family, inner.type, inner.proto
        super().__init__(family, kind, protocol, fileno=inner.detach())
        self._peer = peer

    def getpeername(self) -> Any:
        return self._peer or super().getpeername()


class Exchange:
    """A request on its way to an application, whose body comes from a stream; first its head, then its body is read."""

    def __init__(self, request: PackRequest, stream: Stream) -> None:
        self._request = request
        self._stream = stream
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self._sending: asyncio.Future[None] | None = None

    async def open(self, server: web.Server) -> PackReply:
        """Put the request, and answer the head of what comes back; raises `NotHttp`."""
        ours, theirs = socket.socketpair()
        asked = _Accepted(self._request.peer, theirs)
        await asyncio.get_running_loop().connect_accepted_socket(server, asked)
        self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=LONGEST_HEAD)
        self._sending = asyncio.ensure_future(self._send())
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            reply = _parse(head, self._request.method)
        except (HTTPException, OSError, ValueError, EOFError, asyncio.LimitOverrunError) as error:
            raise NotHttp(f"A pack's route ended without an answer: {type(error).__name__}.") from error
        self._lengths = {name.lower(): value for name, value in reply.headers}
        return PackReply(reply.status, tuple(_kept(reply.headers)))

    async def pieces(self, reply: PackReply) -> AsyncIterator[bytes]:
        """The body as it comes; raises `OSError` or `EOFError` where it breaks off."""
        if self._request.method == "HEAD" or reply.status in BODILESS:
            return
        if self._lengths.get("transfer-encoding", "").lower() == "chunked":
            while size := int((await self._reader.readuntil(b"\r\n")).split(b";")[0], 16):
                async for piece in self._read(size):
                    yield piece
                await self._reader.readexactly(2)
            return
        length = self._lengths.get("content-length")
        if length is not None:
            async for piece in self._read(int(length)):
                yield piece
            return
        while piece := await self._reader.read(PIECE):
            yield piece

    def close(self) -> None:
        """Hang up; a route that still works on it sees its connection lost."""
        if self._sending is not None:
            self._sending.cancel()
            self._writer.close()

    async def _read(self, left: int) -> AsyncIterator[bytes]:
        while left > 0:
            piece = await self._reader.read(min(left, PIECE))
            if not piece:
                raise EOFError("A pack's route broke off its answer.")
            left -= len(piece)
            yield piece

    async def _send(self) -> None:
        # A route may answer and hang up before it has read everything.
        with suppress(ConnectionError):
            self._writer.write(_head(self._request))
            if upgrade_of(self._request):
                await self._send_switched()
            while self._request.has_body:
                piece = await self._stream.get()
                self._writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))  # The last chunk is empty.
                await self._writer.drain()
                if not piece:
                    return

    async def _send_switched(self) -> None:
        """What a client sends once the route has taken the connection over, as it comes, until the client is gone."""
        try:
            while piece := await self._stream.get():
                self._writer.write(piece)
                await self._writer.drain()
        finally:
            self._writer.close()


def upgrade_of(request: PackRequest) -> bytes | None:
    """The protocol that a request without a body wants its connection to speak: of those, a websocket's."""
    wanted = next((value for name, value in request.headers if name.lower() == b"upgrade"), b"")
    return wanted if wanted.lower() == b"websocket" and not request.has_body else None


def _head(request: PackRequest) -> bytes:
    kept = [
        (name, value)
        for name, value in request.headers
        if name.decode("latin-1").lower() not in OF_THE_CONNECTION | {"content-length"}
    ]
    framing = [(b"Transfer-Encoding", b"chunked")] if request.has_body else []
    wanted = upgrade_of(request)
    ending = [(b"Upgrade", wanted), (b"Connection", b"Upgrade")] if wanted else [(b"Connection", b"close")]
    lines = [name + b": " + value for name, value in (*kept, *framing, *ending)]
    return b"\r\n".join((f"{request.method} {request.target} HTTP/1.1".encode(), *lines, b"", b""))


class _Bytes:
    """What `HTTPResponse` reads from, in place of a socket."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)


def _parse(head: bytes, method: str) -> PackReply:
    response = HTTPResponse(cast(socket.socket, _Bytes(head)), method=method)
    response.begin()
    return PackReply(response.status, tuple(response.getheaders()))


def _kept(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in headers if name.lower() not in OF_THE_CONNECTION)
