"""Reads what the browser says of one page: main-thread time, frames, heap, bytes over the wire."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

LATER = "/later.js"
COUNT_FRAMES = """() => {
  window.framesSeen = 0;
  const count = () => { window.framesSeen += 1; requestAnimationFrame(count); };
  requestAnimationFrame(count);
}"""


@dataclass(frozen=True)
class FrameCost:
    """What a gesture took: the main thread's milliseconds for each frame, and how many frames came in a second."""

    ms: float
    per_second: float


class Meter:
    """Measures a page through the browser's own instruments (Chrome DevTools protocol)."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)
        # Processor time of the thread, which busy neighbours do not lengthen.
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._session.send("Network.enable")
        self._session.on("Network.requestWillBeSent", self._notice_request)
        self._session.on("Network.loadingFinished", self._count_bytes)
        self._of_rest: set[str] = set()
        self._has_rested = False
        self.bytes = 0
        self.bytes_at_rest = 0

    def _notice_request(self, event: dict[str, Any]) -> None:
        """From the script for later on, all is what the page fetches when it has come to rest."""
        self._has_rested |= event["request"]["url"].endswith(LATER)
        if self._has_rested:
            self._of_rest.add(event["requestId"])

    def _count_bytes(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._of_rest:
            self.bytes_at_rest += int(event["encodedDataLength"])
        else:
            self.bytes += int(event["encodedDataLength"])

    def main_thread_ms(self) -> float:
        """The main thread's processor time since the page began."""
        return self._metric("TaskDuration") * 1e3

    def heap_mib(self) -> float:
        """What scripts hold, after a collection."""
        self._session.send("HeapProfiler.collectGarbage")
        return self._metric("JSHeapUsedSize") / 2**20

    def count_frames(self) -> None:
        """Begin to count frames; once for a page."""
        self._page.evaluate(COUNT_FRAMES)

    def cost(self, gesture: Callable[[], None]) -> FrameCost:
        """What a gesture costs for each frame that it makes."""
        frames, busy, clock = self._frames(), self.main_thread_ms(), time.perf_counter()
        gesture()
        count = max(1, self._frames() - frames)
        seconds = time.perf_counter() - clock
        return FrameCost((self.main_thread_ms() - busy) / count, count / seconds)

    def _frames(self) -> int:
        return int(self._page.evaluate("window.framesSeen"))

    def _metric(self, name: str) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return float(next(entry["value"] for entry in metrics if entry["name"] == name))
