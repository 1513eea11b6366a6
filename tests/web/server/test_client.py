"""What waits for one socket, and what becomes of it when the socket is slow."""

import asyncio
from typing import Any

import pytest

from web.server import client as client_module
from web.server.backlog import Backlog, cost_of
from web.server.client import CROWDED_BYTES, UNSENT_BYTES, Client
from web.server.frames import TEXT, Frame, encode, text_frame


class SlowTransport(asyncio.Transport):
    """Takes one write, and more once `opening` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.opening = asyncio.Event()
        self.was_aborted = False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    async def drain(self) -> None:
        await self.opening.wait()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert high == UNSENT_BYTES

    def is_closing(self) -> bool:
        return self.was_aborted

    def abort(self) -> None:
        self.was_aborted = True


def make(backlog: Backlog | None = None) -> tuple[Client, SlowTransport]:
    transport = SlowTransport()
    client = Client(None, transport, transport.drain, "sid", backlog or Backlog())  # type: ignore[arg-type]
    client.start()
    return client, transport


async def written_by(transport: SlowTransport) -> bytes:
    transport.opening.set()
    await asyncio.sleep(0.05)
    return b"".join(transport.written)


def frame(size: int, **options: Any) -> Frame:
    return Frame(encode(TEXT, b"x" * size), **options)


async def test_everything_is_sent_in_order_while_little_waits() -> None:
    client, transport = make()
    frames = [text_frame("a", 1, "t"), Frame(b"preview", "p", True), text_frame("a", 2, "t"), text_frame("b", 3)]
    for one in frames:
        client.offer(one)
    assert await written_by(transport) == b"".join(one.wire for one in frames)


async def test_while_much_waits_previews_are_left_out_and_newer_snapshots_replace_older_ones() -> None:
    client, transport = make()
    crowd = frame(CROWDED_BYTES + 1)
    client.offer(crowd)
    kept = [text_frame("state", number, "state p") for number in range(3)]
    client.offer(kept[0])
    client.offer(Frame(b"preview", "preview p", True))
    client.offer(text_frame("other", 0))
    for one in kept[1:]:
        client.offer(one)
    assert await written_by(transport) == crowd.wire + text_frame("other", 0).wire + kept[2].wire


async def test_snapshots_that_are_replaced_take_no_memory() -> None:
    client, _ = make()
    client.offer(frame(CROWDED_BYTES))
    for _ in range(1000):
        client.offer(frame(10_000, topic="state p"))
    assert client.waiting_bytes < CROWDED_BYTES + 3 * 10_000


async def test_a_long_message_is_written_in_pieces_so_that_little_is_buffered_for_a_client_that_does_not_read() -> None:
    client, transport = make()
    long = frame(10 * UNSENT_BYTES)
    client.offer(long)
    await asyncio.sleep(0.05)
    assert [len(piece) for piece in transport.written] == [UNSENT_BYTES]
    assert await written_by(transport) == long.wire
    assert max(map(len, transport.written)) == UNSENT_BYTES
    assert client.waiting_bytes == 0


async def test_a_client_that_is_hopelessly_behind_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MOST_BYTES", 10_000)
    backlog = Backlog()
    client, transport = make(backlog)
    for _ in range(30):
        client.offer(frame(1000))
    assert transport.was_aborted
    client.offer(frame(100))
    assert await written_by(transport) == b""
    assert (client.waiting_bytes, backlog.bytes) == (0, 0)


async def test_what_waits_for_many_is_counted_once() -> None:
    backlog = Backlog()
    (one, _), (other, _) = make(backlog), make(backlog)
    shared, own = frame(1000), frame(500)
    for client in (one, other):
        client.offer(shared)
    other.offer(own)
    assert backlog.bytes == cost_of(shared) + cost_of(own)
    one.stop()
    assert backlog.bytes == cost_of(shared) + cost_of(own)
    other.stop()
    assert backlog.bytes == 0


async def test_a_goodbye_does_not_wait_for_a_client_that_is_in_the_middle_of_a_message() -> None:
    client, transport = make()
    client.offer(frame(2 * UNSENT_BYTES))
    await asyncio.sleep(0.05)
    await client.close()
    assert transport.was_aborted


async def test_frames_of_every_length_are_framed_as_the_standard_says() -> None:
    assert encode(TEXT, b"hi") == b"\x81\x02hi"
    assert encode(TEXT, b"x" * 126)[:4] == b"\x81\x7e\x00\x7e"
    assert encode(TEXT, b"x" * 65536)[:10] == b"\x81\x7f" + (65536).to_bytes(8, "big")
