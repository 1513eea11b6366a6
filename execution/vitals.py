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
    """A number that changes while a process or a child of it reads, writes or computes; None once it is gone.

    Computing counts in whole seconds, so that a thread which only looks about from time to time does not.
    """
    import psutil

    try:
        process = psutil.Process(pid)
        activity = _done_by(process)
        for child in process.children(recursive=True):
            with suppress(psutil.Error):
                activity += _done_by(child)
    except psutil.Error:
        return None
    return activity


def _done_by(process: Any) -> float:
    """The bytes that a process has read and written, files, pipes and most else, where that is told, and seconds."""
    import psutil

    seconds = float(int(sum(process.cpu_times()[:2])))
    try:
        counted = process.io_counters()
    except (AttributeError, psutil.AccessDenied):
        return seconds
    if hasattr(counted, "read_chars"):
        return seconds + counted.read_chars + counted.write_chars
    return seconds + counted.read_bytes + counted.write_bytes + counted.other_bytes
