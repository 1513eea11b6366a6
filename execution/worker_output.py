"""What a worker prints and logs: shown as ever, and told to the server line by line."""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TextIO

MOST_LINES = 300
LONGEST_LINE = 4000
WAIT_SECONDS = 0.1


@dataclass(frozen=True)
class LogLine:
    """A line of a log; `when` in seconds since the epoch."""

    when: float
    text: str


class Output:
    """Lines that wait to be told. When more come than can be told, the oldest are left out: nobody waits for them."""

    def __init__(self) -> None:
        self._lines: deque[LogLine] = deque(maxlen=MOST_LINES)
        self._waiting = threading.Event()

    def add(self, text: str) -> None:
        """Tell a line soon."""
        self._lines.append(LogLine(time.time(), text[:LONGEST_LINE]))
        self._waiting.set()

    def tell(self, send: Callable[[tuple[LogLine, ...]], None]) -> None:
        """Pass on what is added from now on, several lines together, from a thread of its own."""
        threading.Thread(target=self._tell_all, args=(send,), name="worker output", daemon=True).start()

    def take(self) -> tuple[LogLine, ...]:
        """The lines that wait."""
        return tuple(self._drain())

    def _tell_all(self, send: Callable[[tuple[LogLine, ...]], None]) -> None:
        while True:
            self._waiting.wait()
            time.sleep(WAIT_SECONDS)
            self._waiting.clear()
            if lines := self.take():
                send(lines)

    def _drain(self) -> Iterator[LogLine]:
        while self._lines:
            yield self._lines.popleft()


class Tee:
    """A stream that passes on what is written to it, and tells an output each line that is complete."""

    def __init__(self, stream: TextIO, output: Output) -> None:
        self._stream = stream
        self._output = output
        self._begun = ""
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        """Write a text; a progress bar that is drawn again and again in one line is told once, as it was at last."""
        written = self._stream.write(text)
        with self._lock:
            *complete, self._begun = (self._begun + text).split("\n")
            self._begun = self._begun.rpartition("\r")[2][-LONGEST_LINE:]
        for line in complete:
            if shown := line.rstrip("\r").rpartition("\r")[2]:
                self._output.add(shown)
        return written

    def writelines(self, texts: Any) -> None:
        """Write some texts."""
        for text in texts:
            self.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def capture() -> Output:
    """Have everything that this process prints or logs from now on told to an output too."""
    output = Output()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None:  # A program without a console has none.
            setattr(sys, name, Tee(stream, output))
    return output
