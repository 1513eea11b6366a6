"""Streams between the server and a pack's route."""

import asyncio
from collections import deque

import pytest

from execution.messages import StreamMessage
from execution.streams import WINDOW, Stream, StreamEnded


class Pair:
    """Two ends; what one sends waits until it is delivered to the other."""

    def __init__(self) -> None:
        self._up: deque[StreamMessage] = deque()
        self._down: deque[StreamMessage] = deque()
        self.near = Stream(1, self._up.append)
        self.far = Stream(1, self._down.append)

    def deliver(self) -> int:
        """Pass on what was sent, and answer how much of it went up."""
        count = len(self._up)
        while self._up:
            self.far.take(self._up.popleft())
        while self._down:
            self.near.take(self._down.popleft())
        return count


async def is_waiting(task: "asyncio.Future[None]") -> bool:
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return not task.done()


async def test_no_more_is_under_way_than_the_window_until_something_is_taken() -> None:
    pair = Pair()
    for number in range(WINDOW):
        await pair.near.put(b"%d" % number)
    one_more = asyncio.ensure_future(pair.near.put(b"more"))
    assert await is_waiting(one_more)
    assert pair.deliver() == WINDOW
    assert await is_waiting(one_more)
    assert await pair.far.get() == b"0"
    pair.deliver()
    await one_more
    assert pair.deliver() == 1
    taken = [await pair.far.get() for _ in range(WINDOW)]
    assert taken == [*(b"%d" % number for number in range(1, WINDOW)), b"more"]


async def test_breaking_off_wakes_whoever_waits_at_either_end() -> None:
    pair = Pair()
    for _ in range(WINDOW):
        await pair.near.put(b"x")
    putting = asyncio.ensure_future(pair.near.put(b"y"))
    reading = asyncio.ensure_future(pair.near.get())
    assert await is_waiting(putting)
    pair.far.break_off("enough")
    pair.deliver()
    for waiting in (putting, reading):
        with pytest.raises(StreamEnded, match="enough"):
            await waiting
    with pytest.raises(StreamEnded):
        await pair.near.put(b"z")
    with pytest.raises(StreamEnded):
        await pair.far.put(b"z")


async def test_what_came_before_the_end_is_still_read() -> None:
    pair = Pair()
    await pair.near.put(b"last words")
    pair.near.break_off("gone")
    pair.deliver()
    assert await pair.far.get() == b"last words"
    for _ in range(2):
        with pytest.raises(StreamEnded, match="gone"):
            await pair.far.get()
