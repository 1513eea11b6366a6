"""Memory and processor time of a server: the process that listens on its port, and its children."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

MIB = 2**20


@dataclass(frozen=True)
class Usage:
    """Resident MiB and processor seconds of all processes together."""

    resident: float
    cpu: float


class Processes:
    """The process tree behind a URL on this machine; empty for a server elsewhere."""

    def __init__(self, url: str) -> None:
        self.root = _listener(urlsplit(url).port or 80)

    def tree(self) -> list[psutil.Process]:
        if self.root is None:
            return []
        with suppress(psutil.NoSuchProcess):
            return [self.root, *self.root.children(recursive=True)]
        return []

    def usage(self) -> Usage:
        resident = cpu = 0.0
        for process in self.tree():
            with suppress(psutil.NoSuchProcess):
                resident += process.memory_info().rss / MIB
                times = process.cpu_times()
                cpu += times.user + times.system
        return Usage(resident, cpu)


class PeakMemory:
    """The largest resident MiB seen between entering and leaving, sampled every 50 ms."""

    def __init__(self, processes: Processes) -> None:
        self.processes, self.mib = processes, 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self.mib = max(self.mib, self.processes.usage().resident)


def _listener(port: int) -> psutil.Process | None:
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return None
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            return psutil.Process(connection.pid)
    return None
