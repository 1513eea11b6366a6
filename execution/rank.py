"""Which of several nodes that are ready goes first."""

from collections.abc import Callable, Iterable


class Ranks:
    """The order that clients know: outputs first, then what feeds an output, then what feeds that, then the rest."""

    def __init__(self, is_output: Callable[[str], bool], wanted_by: Callable[[str], Iterable[str]]) -> None:
        self._is_output = is_output
        self._wanted_by = wanted_by
        self._feeding: dict[str, bool] = {}

    def __call__(self, node_id: str) -> int:
        """The lower, the sooner."""
        if self._is_output(node_id):
            return 0
        if self._feeds_output(node_id):
            return 1
        return 2 if any(map(self._feeds_output, self._wanted_by(node_id))) else 3

    def _feeds_output(self, node_id: str) -> bool:
        # Remembered, or a node with many users that all have many would be looked through again for each of them.
        if node_id not in self._feeding:
            self._feeding[node_id] = any(map(self._is_output, self._wanted_by(node_id)))
        return self._feeding[node_id]
