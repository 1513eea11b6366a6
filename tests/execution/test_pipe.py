"""Messages between server and worker."""

import asyncio
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.pipe import ServerEnd, WorkerEnd, encode, make_pair

MESSAGES = st.lists(
    st.one_of(st.text(), st.binary(max_size=5000), st.dictionaries(st.text(), st.integers())), max_size=8
)


@settings(deadline=None)
@given(MESSAGES, st.integers(1, 200))
def test_messages_arrive_whole_however_they_are_cut(messages: list[Any], size: int) -> None:
    received: list[Any] = []
    end = ServerEnd(received.append, lambda: None)
    stream = b"".join(map(encode, messages))
    for start in range(0, len(stream), size):
        end.data_received(stream[start : start + size])
    assert received == messages


async def test_both_ends_hear_each_other() -> None:
    ours, theirs = make_pair()
    received: asyncio.Queue[Any] = asyncio.Queue()
    lost = asyncio.Event()
    server = await ServerEnd.open(ours, received.put_nowait, lost.set)
    worker = WorkerEnd(theirs)
    await asyncio.to_thread(worker.send, "one", {"two": b"2" * 10**6})
    assert await received.get() == "one"
    assert await received.get() == {"two": b"2" * 10**6}
    server.send(["down"])
    assert await asyncio.to_thread(worker.receive) == ["down"]
    server.close()
    with pytest.raises((EOFError, OSError)):
        await asyncio.to_thread(worker.receive)
    await lost.wait()
    theirs.close()


async def test_a_worker_that_does_not_read_does_not_hold_up_the_server() -> None:
    ours, theirs = make_pair()
    server = await ServerEnd.open(ours, lambda _: None, lambda: None)
    for _ in range(50):
        server.send(b"x" * 10**6)
    worker = WorkerEnd(theirs)
    sizes: list[int] = []
    reader = threading.Thread(target=lambda: sizes.extend(len(worker.receive()) for _ in range(50)))
    reader.start()
    await asyncio.to_thread(reader.join)
    assert sizes == [10**6] * 50
    server.close()
    theirs.close()
