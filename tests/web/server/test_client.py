"""What waits for one socket, and what becomes of it when the socket is slow."""

import asyncio
from typing import Any

from web.server import client as client_module
from web.server.client import CROWDED_BYTES, Client
from web.server.frames import TEXT, Frame, encode, text_frame


class SlowTransport(asyncio.Transport):
    """Takes what is written once `is_open`."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.waits = 0
        self.is_open = False
        self.was_aborted = False

    def write(self, data: Any) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0 if self.is_open else 2**30

    def is_closing(self) -> bool:
        return self.was_aborted

    def abort(self) -> None:
        self.was_aborted = True


def make() -> tuple[Client, SlowTransport]:
    transport = SlowTransport()
    client = Client(None, transport, "sid")  # type: ignore[arg-type]
    client.start()
    return client, transport


async def written_by(transport: SlowTransport) -> bytes:
    transport.is_open = True
    await asyncio.sleep(0.05)
    return transport.written


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


async def test_a_client_that_is_hopelessly_behind_is_cut_off(monkeypatch: Any) -> None:
    monkeypatch.setattr(client_module, "MOST_BYTES", 1000)
    client, transport = make()
    for _ in range(30):
        client.offer(frame(100))
    assert transport.was_aborted
    client.offer(frame(100))
    assert await written_by(transport) == b""


async def test_frames_of_every_length_are_framed_as_the_standard_says() -> None:
    assert encode(TEXT, b"hi") == b"\x81\x02hi"
    assert encode(TEXT, b"x" * 126)[:4] == b"\x81\x7e\x00\x7e"
    assert encode(TEXT, b"x" * 65536)[:10] == b"\x81\x7f" + (65536).to_bytes(8, "big")
