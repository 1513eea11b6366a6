"""Which node may run next: a graph that is worked off from its inputs, and may grow while it is."""

import heapq
from collections.abc import Callable, Iterable

from execution.errors import DependencyCycle


class Schedule:
    """Hands out each node once, after everything it waits for is done. Linear in nodes and links, without recursion.

    `needs` answers with the nodes that a node waits for when it is added; `rank` orders the nodes that are ready (the
    lowest first, then the one added first).
    """

    def __init__(self, needs: Callable[[str], Iterable[str]], rank: Callable[[str], int] = lambda node_id: 0) -> None:
        self._needs = needs
        self._rank = rank
        self._waits_for: dict[str, set[str]] = {}
        self._wanted_by: dict[str, set[str]] = {}
        self._order: dict[str, int] = {}
        self._ready: list[tuple[int, int, str]] = []
        self._running: set[str] = set()
        self._done: set[str] = set()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left, neither waiting nor running."""
        return not self._waits_for and not self._running

    @property
    def is_running(self) -> bool:
        """Whether a node that was handed out is not done yet."""
        return bool(self._running)

    def is_done(self, node_id: str) -> bool:
        return node_id in self._done

    def add(self, node_id: str) -> None:
        """Plan a node and, before it, everything that it needs; a node that is planned or done stays as it is."""
        waiting = [node_id]
        while waiting:
            node = waiting.pop()
            if self._is_known(node):
                continue
            self._order[node] = len(self._order)
            needed = [other for other in self._needs(node) if other not in self._done]
            self._waits_for[node] = set(needed)
            for other in needed:
                self._wanted_by.setdefault(other, set()).add(node)
            if needed:
                waiting.extend(other for other in reversed(needed) if not self._is_known(other))
            else:
                self._make_ready(node)

    def take(self) -> str | None:
        """The next node to run; None while all that are left wait for running ones. A cycle is a `DependencyCycle`."""
        while self._ready:
            node = heapq.heappop(self._ready)[2]
            if node in self._waits_for and not self._waits_for[node]:
                del self._waits_for[node]
                self._running.add(node)
                return node
        if self._waits_for and not self._running:
            raise DependencyCycle(self._find_cycle())
        return None

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
        self._waits_for[node_id] = set()
        for other in others:
            self.add(other)
            if other not in self._done:
                self._waits_for[node_id].add(other)
                self._wanted_by.setdefault(other, set()).add(node_id)
        if not self._waits_for[node_id]:
            self._make_ready(node_id)

    def forget(self, node_id: str) -> None:
        """Unlearn that a node is done, because its result is gone and wanted again."""
        self._done.discard(node_id)

    def wanted_by(self, node_id: str) -> Iterable[str]:
        """The planned nodes that wait for this one."""
        return self._wanted_by.get(node_id, ())

    def _is_known(self, node: str) -> bool:
        return node in self._waits_for or node in self._running or node in self._done

    def _make_ready(self, node: str) -> None:
        heapq.heappush(self._ready, (self._rank(node), self._order[node], node))

    def _find_cycle(self) -> tuple[str, ...]:
        """Follow one wait after another until a node comes up twice: that is the circle."""
        node = next(iter(self._waits_for))
        path: dict[str, None] = {}
        while node not in path:
            path[node] = None
            node = min(self._waits_for[node], key=self._order.__getitem__)
        circle = list(path)[list(path).index(node) :]
        return (*reversed(circle), circle[-1])
