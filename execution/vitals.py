"""What the system says of a worker: the memory that it holds, and whether it does anything."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

GIBIBYTE = 2**30


@dataclass(frozen=True)
class Vitals:
    """Bytes: what the process held, and how much of the machine's memory was free."""

    resident: int
    free: int
    total: int

    def __str__(self) -> str:
        held, free, total = (f"{amount / GIBIBYTE:.2f}" for amount in (self.resident, self.free, self.total))
        return f"When last looked at, it held {held} GiB of memory, and {free} of {total} GiB were free"


def read_vitals(pid: int) -> Vitals | None:
    """What the system says of a process; None once there is none."""
    import psutil  # Late, so that the port answers without it.

    try:
        resident = psutil.Process(pid).memory_info().rss
    except psutil.Error:
        return None
    if resident == 0:
        return None  # It has ended, and only nobody has asked yet how.
    memory = psutil.virtual_memory()
    return Vitals(resident, memory.available, memory.total)


def read_activity(pid: int) -> float | None:
    """A number that changes while a process reads or writes, or a child does or computes; None once it is gone."""
    import psutil

    try:
        process = psutil.Process(pid)
        activity = _moved_bytes(process)
        for child in process.children(recursive=True):
            with suppress(psutil.Error):
                activity += _moved_bytes(child) + sum(child.cpu_times()[:2])
    except psutil.Error:
        return None
    return activity


def _moved_bytes(process: Any) -> float:
    """What a process has read and written, files, pipes and most else; where that is not told, how long it computed."""
    import psutil

    try:
        counted = process.io_counters()
    except (AttributeError, psutil.AccessDenied):
        return float(sum(process.cpu_times()[:2]))
    if hasattr(counted, "read_chars"):
        return float(counted.read_chars + counted.write_chars)
    return float(counted.read_bytes + counted.write_bytes + counted.other_bytes)
