"""How much of a run is done, by what its nodes took when they last ran."""

import time
from collections import OrderedDict
from collections.abc import Mapping

MOST_REMEMBERED = 20_000


class Timings:
    """The seconds that nodes took last, by id and class; those that ran longest ago are forgotten first."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._seconds: OrderedDict[tuple[str, str], float] = OrderedDict()

    def keep(self, node_id: str, class_type: str, seconds: float) -> None:
        self._seconds[node_id, class_type] = seconds
        self._seconds.move_to_end((node_id, class_type))
        if len(self._seconds) > self._most:
            self._seconds.popitem(last=False)

    def of(self, node_id: str, class_type: str) -> float | None:
        """None where no such node has run."""
        return self._seconds.get((node_id, class_type))


class Forecast:
    """How far one run is. A node weighs what it took last time; one that has not run, as the others on average.

    Nodes that are planned while it runs count from when they begin. What has been done is never said to be less.
    """

    def __init__(self, timings: Timings) -> None:
        self._timings = timings
        self._weights: dict[str, float] = {}
        self._ahead: dict[str, float] = {}
        self._done: dict[str, float] = {}
        self._began: dict[str, float] = {}
        self._usual = 1.0
        self._whole = self._sum = self._share = 0.0
        self._seconds_ahead = 0.0

    def plan(self, class_types: Mapping[str, str]) -> None:
        """The nodes that are to run, with the class of each."""
        took = {node_id: self._timings.of(node_id, class_type) for node_id, class_type in class_types.items()}
        self._ahead = {node_id: seconds for node_id, seconds in took.items() if seconds is not None}
        self._seconds_ahead = sum(self._ahead.values())
        if self._seconds_ahead > 0:
            self._usual = self._seconds_ahead / len(self._ahead)
        self._weights = {node_id: seconds or self._usual for node_id, seconds in took.items()}
        self._whole = sum(self._weights.values())
        self._share = 0.0 if self._weights else 1.0

    def begin(self, node_id: str) -> None:
        self._began[node_id] = time.monotonic()
        self._seconds_ahead -= self._ahead.pop(node_id, 0.0)
        if node_id not in self._weights:
            self._weights[node_id] = self._usual
            self._whole += self._usual

    def note(self, node_id: str, part: float) -> None:
        """A node has done this part of its work, 0 to 1."""
        weight = self._weights.get(node_id, 0.0)
        self._sum += weight * (part - self._done.get(node_id, 0.0))
        self._done[node_id] = part

    def finish(self, node_id: str, class_type: str) -> None:
        """A node is done, or shown from the cache, which says nothing of how long it takes."""
        self.note(node_id, 1.0)
        began = self._began.pop(node_id, None)
        if began is not None:
            self._timings.keep(node_id, class_type, time.monotonic() - began)

    @property
    def share(self) -> float:
        """What is done of the whole run, 0 to 1."""
        if self._whole:
            self._share = max(self._share, min(self._sum / self._whole, 1.0))
        return round(self._share, 4)

    @property
    def seconds_ahead(self) -> float:
        """What the nodes that have not begun took last time, as far as that is known."""
        return round(max(self._seconds_ahead, 0.0), 3)
