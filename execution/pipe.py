"""The pipe between server and worker: pickled messages over a pair of sockets, each with its length before it."""

import asyncio
import pickle
import socket
import struct
from collections.abc import Callable
from typing import Any, cast

_LENGTH = struct.Struct("<Q")
BUFFER = 2**20


def make_pair() -> tuple[socket.socket, socket.socket]:
    """Two connected sockets: the first for the server, the second to be handed to the worker."""
    return socket.socketpair()


class WorkerEnd:
    """The worker's end, used by its threads. `receive` is for one thread at a time, and so is `send`."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb", BUFFER)

    def send(self, *messages: Any) -> None:
        """Send messages in order; raises `OSError` when the server is gone."""
        self._connection.sendall(b"".join(map(encode, messages)))

    def receive(self) -> Any:
        """The next message; raises `EOFError` or `OSError` when the server is gone."""
        header = self._read(_LENGTH.size)
        return pickle.loads(self._read(_LENGTH.unpack(header)[0]))  # noqa: S301 - from the process that started this one

    def _read(self, count: int) -> bytes:
        piece = self._file.read(count)
        if len(piece) < count:
            raise EOFError
        return piece


class ServerEnd(asyncio.Protocol):
    """The server's end, on its event loop: never waits for the worker."""

    def __init__(self, receive: Callable[[Any], None], lose: Callable[[], None]) -> None:
        self._receive = receive
        self._lose = lose
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()

    @classmethod
    async def open(
        cls, connection: socket.socket, receive: Callable[[Any], None], lose: Callable[[], None]
    ) -> "ServerEnd":
        """Take the server's socket; `receive` gets each message and `lose` is called when there are no more."""
        loop = asyncio.get_running_loop()
        _, end = await loop.create_connection(lambda: cls(receive, lose), sock=connection)
        return end

    def send(self, message: Any) -> None:
        """Pass a message down; returns at once."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(encode(message))

    def close(self) -> None:
        """Let go of the pipe."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # Loops of other makers have classes of their own.

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        start = 0
        while len(self._buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            end = start + _LENGTH.size + length
            if len(self._buffer) < end:
                break
            with memoryview(self._buffer) as view, view[start + _LENGTH.size : end] as body:
                message = pickle.loads(body)  # noqa: S301 - from the server's own child
            start = end
            self._receive(message)
        del self._buffer[:start]

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose()


def encode(message: Any) -> bytes:
    """A message as it travels."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body
