"""How much memory the frames take that wait for sockets."""

from web.server.frames import Frame

# What a frame that waits costs beside its bytes.
OVERHEAD = 256


class Backlog:
    """Adds up frames that wait; one that waits for many counts once."""

    def __init__(self) -> None:
        self.bytes = 0
        self._holders: dict[int, int] = {}

    def hold(self, frame: Frame) -> None:
        """One more socket is to be sent this frame."""
        holders = self._holders.get(id(frame), 0)
        if not holders:
            self.bytes += cost_of(frame)
        self._holders[id(frame)] = holders + 1

    def release(self, frame: Frame) -> None:
        """One socket fewer waits for this frame."""
        holders = self._holders.pop(id(frame)) - 1
        if holders:
            self._holders[id(frame)] = holders
        else:
            self.bytes -= cost_of(frame)


def cost_of(frame: Frame) -> int:
    """The memory that a frame takes while it waits."""
    return len(frame.wire) + OVERHEAD
