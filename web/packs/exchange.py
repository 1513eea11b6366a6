"""One HTTP request to an aiohttp application in this process, without a port that others could knock at."""

import asyncio
import io
import socket
from collections.abc import Iterable
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import cast

from aiohttp import web

from execution.messages import PackReply, PackRequest

LONGEST_REPLY = 256 * 2**20
PIECE = 2**20
# These speak of one connection, not of what is asked or answered over it (RFC 9110, section 7.6.1).
OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect"}
)


class ReplyTooLong(Exception):
    """A pack's route answers with more than is passed on."""


class NotHttp(Exception):
    """What came back cannot be read; the route ended without an answer."""


async def exchange(server: web.Server, request: PackRequest) -> PackReply:
    """Put a request to an application and read its whole answer; raises `ReplyTooLong` or `NotHttp`."""
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    await loop.connect_accepted_socket(server, theirs)
    reader, writer = await asyncio.open_connection(sock=ours)
    sending = asyncio.ensure_future(_send(writer, request))
    try:
        raw = await _read_all(reader)
    finally:
        sending.cancel()
        writer.close()
    return _parse(raw, request.method)


async def _send(writer: asyncio.StreamWriter, request: PackRequest) -> None:
    # A route may answer and hang up before it has read everything.
    with suppress(ConnectionError):
        writer.write(_head(request))
        for start in range(0, len(request.body), PIECE):
            writer.write(request.body[start : start + PIECE])
            await writer.drain()


def _head(request: PackRequest) -> bytes:
    kept = [
        (name, value)
        for name, value in request.headers
        if name.decode("latin-1").lower() not in OF_THE_CONNECTION | {"content-length"}
    ]
    length = [(b"Content-Length", str(len(request.body)).encode())] if request.body else []
    lines = [name + b": " + value for name, value in (*kept, *length, (b"Connection", b"close"))]
    return b"\r\n".join((f"{request.method} {request.target} HTTP/1.1".encode(), *lines, b"", b""))


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    pieces: list[bytes] = []
    length = 0
    while piece := await reader.read(PIECE):
        length += len(piece)
        if length > LONGEST_REPLY:
            raise ReplyTooLong(f"A pack's route answers with more than {LONGEST_REPLY // 2**20} MiB.")
        pieces.append(piece)
    return b"".join(pieces)


class _Bytes:
    """What `HTTPResponse` reads from, in place of a socket."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)


def _parse(raw: bytes, method: str) -> PackReply:
    response = HTTPResponse(cast(socket.socket, _Bytes(raw)), method=method)
    try:
        response.begin()
        body = response.read()
    except (HTTPException, OSError, ValueError) as error:
        raise NotHttp(f"A pack's route ended without an answer: {type(error).__name__}.") from error
    return PackReply(response.status, tuple(_kept(response.getheaders())), body)


def _kept(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in headers if name.lower() not in OF_THE_CONNECTION)
