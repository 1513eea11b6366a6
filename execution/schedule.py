"""Which node may run next: a graph that is worked off from its inputs, and may grow while it is."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from execution.errors import DependencyCycle

Heap = list[tuple[int, int, str]]


@dataclass(frozen=True)
class GivenUp:
    """Nodes that left the plan: those that can no longer run, and those that only these wanted."""

    lost: list[str]
    unwanted: list[str]


class Schedule:
    """Hands out each node once, after everything it waits for is done. Linear in nodes and links, without recursion.

    `needs` answers with the nodes that a node waits for when it is added; `rank` orders the nodes that are ready (the
    lowest first, then the one added first). Nodes that are `light`, which nobody has to wait for, go before all others.
    """

    def __init__(
        self,
        needs: Callable[[str], Iterable[str]],
        rank: Callable[[str], int] = lambda node_id: 0,
        is_light: Callable[[str], bool] = lambda node_id: False,
    ) -> None:
        self._needs = needs
        self._rank = rank
        self._is_light = is_light
        self._wanted: set[str] = set()
        self._waits_for: dict[str, set[str]] = {}
        self._wanted_by: dict[str, set[str]] = {}
        self._order: dict[str, int] = {}
        self._ready: Heap = []
        self._ready_light: Heap = []
        self._running: set[str] = set()
        self._done: set[str] = set()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left, neither waiting nor running."""
        return not self._waits_for and not self._running

    @property
    def planned(self) -> Iterable[str]:
        """The nodes that are not handed out yet."""
        return self._waits_for

    def is_done(self, node_id: str) -> bool:
        return node_id in self._done

    def want(self, node_ids: Iterable[str]) -> None:
        """Plan these nodes for their own sake and, before them, everything that they need."""
        node_ids = list(node_ids)
        self._wanted.update(node_ids)
        self._plan(node_ids)

    def take(self) -> str | None:
        """The next node to run; None while all that are left wait for running ones. A cycle is a `DependencyCycle`."""
        node = self.take_light()
        if node is None:
            node = self._take_from(self._ready)
        if node is None and self._waits_for and not self._running:
            raise DependencyCycle(self._find_cycle())
        return node

    def take_light(self) -> str | None:
        """The next node that nobody has to wait for; None when none of them is ready."""
        return self._take_from(self._ready_light)

    def finish(self, node_id: str) -> None:
        """Mark a node that was handed out as done, which may free others."""
        self._running.discard(node_id)
        self._done.add(node_id)
        for other in sorted(self._wanted_by.pop(node_id, ()), key=self._order.__getitem__):
            waits_for = self._waits_for[other]
            waits_for.discard(node_id)
            if not waits_for:
                self._make_ready(other)

    def put_back(self, node_id: str, others: Iterable[str]) -> None:
        """Let a node that was handed out wait once more: for `others`, which are planned where they are not."""
        self._running.discard(node_id)
        awaited = [other for other in others if other not in self._done]
        self._wait(node_id, awaited)
        self._plan(awaited)
        if not awaited:
            self._make_ready(node_id)

    def give_up(self, node_id: str) -> GivenUp:
        """Take a node out of the plan, all that wait for it, and what only they wanted.

        What runs already goes on, though it may be among the unwanted.
        """
        self._running.discard(node_id)
        lost = [node_id]
        for node in lost:
            lost.extend(self._wanted_by.pop(node, ()))
        lost = list(dict.fromkeys(lost))
        unwanted: list[str] = []
        ends = [(other, node) for node in lost for other in self._waits_for.pop(node, ())]
        while ends:
            other, node = ends.pop()
            wanted_by = self._wanted_by.get(other, set())
            wanted_by.discard(node)
            if not wanted_by and other not in self._wanted and (other in self._waits_for or other in self._running):
                unwanted.append(other)
                ends.extend((further, other) for further in self._waits_for.pop(other, ()))
        return GivenUp(lost, unwanted)

    def forget(self, node_id: str) -> None:
        """Unlearn that a node is done, because its result is gone and wanted again."""
        self._done.discard(node_id)

    def wanted_by(self, node_id: str) -> Iterable[str]:
        """The planned nodes that wait for this one."""
        return self._wanted_by.get(node_id, ())

    def _plan(self, node_ids: Iterable[str]) -> None:
        ready: list[str] = []
        waiting = list(node_ids)[::-1]
        while waiting:
            node = waiting.pop()
            if self._is_known(node):
                continue
            self._order[node] = len(self._order)
            needed = [other for other in self._needs(node) if other not in self._done]
            self._wait(node, needed)
            if needed:
                waiting.extend(other for other in reversed(needed) if not self._is_known(other))
            else:
                ready.append(node)
        # Only now is it known who wants them, which is what their rank depends on.
        for node in ready:
            self._make_ready(node)

    def _wait(self, node: str, awaited: Iterable[str]) -> None:
        self._waits_for[node] = set(awaited)
        for other in awaited:
            self._wanted_by.setdefault(other, set()).add(node)

    def _take_from(self, heap: Heap) -> str | None:
        while heap:
            node = heapq.heappop(heap)[2]
            if node in self._waits_for and not self._waits_for[node]:
                del self._waits_for[node]
                self._running.add(node)
                return node
        return None

    def _is_known(self, node: str) -> bool:
        return node in self._waits_for or node in self._running or node in self._done

    def _make_ready(self, node: str) -> None:
        heap = self._ready_light if self._is_light(node) else self._ready
        heapq.heappush(heap, (self._rank(node), self._order[node], node))

    def _find_cycle(self) -> tuple[str, ...]:
        """Follow one wait after another until a node comes up twice: that is the circle."""
        node = next(iter(self._waits_for))
        path: dict[str, None] = {}
        while node not in path:
            path[node] = None
            node = min(self._waits_for[node], key=self._order.__getitem__)
        circle = list(path)[list(path).index(node) :]
        return (*reversed(circle), circle[-1])
