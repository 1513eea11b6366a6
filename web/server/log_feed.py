"""The log of the server and its workers: the last lines kept, new ones sent to those who follow."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from threading import Lock

from aiohttp import web

from execution.worker_output import LONGEST_LINE, MOST_LINES, LogLine
from web.server.frames import text_frame
from web.server.hub import Hub

SIZE = {"cols": 120, "rows": 50}
WAIT_SECONDS = 0.1
MOST_FOLLOWERS = 1000


class LogFeed(logging.Handler):
    """Keeps the last lines, and sends new ones to its followers, several in one message.

    Nobody waits for a follower that does not read: while much waits for it, lines are left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self._lines: deque[LogLine] = deque(maxlen=MOST_LINES)
        self._unsent: deque[LogLine] = deque(maxlen=MOST_LINES)
        self._followers: dict[str, None] = {}
        self._hub: Hub | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_due = False
        self._state = Lock()

    def send_through(self, hub: Hub) -> None:
        """Send new lines through a hub, from the loop that runs now."""
        self._hub, self._loop = hub, asyncio.get_running_loop()

    def lines(self) -> list[dict[str, str]]:
        """The last lines as clients read them."""
        with self._state:
            return [_wire(line) for line in self._lines]

    def follow(self, sid: str) -> None:
        """Send new lines to a client, when it is there; of too many followers the first is forgotten."""
        with self._state:
            self._followers.pop(sid, None)
            self._followers[sid] = None
            while len(self._followers) > MOST_FOLLOWERS:
                del self._followers[next(iter(self._followers))]

    def unfollow(self, sid: str) -> None:
        """Send no more lines to a client."""
        with self._state:
            self._followers.pop(sid, None)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what is logged in this process; called from any thread."""
        self.add([LogLine(record.created, self.format(record)[:LONGEST_LINE])])

    def add(self, lines: Iterable[LogLine]) -> None:
        """Keep lines, and send them soon; called from any thread."""
        with self._state:
            for line in lines:
                self._lines.append(line)
                if self._followers:
                    self._unsent.append(line)
            if not self._unsent or self._is_due or self._loop is None:
                return
            self._is_due = True
        with suppress(RuntimeError):  # The loop has ended, and with it the server.
            self._loop.call_soon_threadsafe(self._loop.call_later, WAIT_SECONDS, self._send)

    def _send(self) -> None:
        with self._state:
            self._is_due = False
            lines, followers = [_wire(line) for line in self._unsent], list(self._followers)
            self._unsent.clear()
        if self._hub is None or not lines:
            return
        # Left out like a preview where a client is slow.
        frame = replace(text_frame("logs", {"entries": lines, "size": SIZE}), is_preview=True)
        self._hub.send_to(followers, frame)


LOG_FEED: web.AppKey[LogFeed] = web.AppKey("log feed", LogFeed)


def _wire(line: LogLine) -> dict[str, str]:
    when = datetime.fromtimestamp(line.when, timezone.utc).isoformat()
    return {"t": when, "m": line.text + "\n"}
