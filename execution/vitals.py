"""How much memory a worker held when it was last looked at, to be told once it has died."""

from dataclasses import dataclass

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
