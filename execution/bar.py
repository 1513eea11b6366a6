"""A progress bar in the terminal, driven by events."""

import sys
from collections.abc import Mapping
from typing import Any

from execution.events import Event, Executing, Progress


class Bar:
    """One line on standard error: the node that runs and, where it counts them, its steps."""

    def __init__(self, titles: Mapping[str, str], is_shown: bool) -> None:
        self._titles = titles
        self._is_shown = is_shown
        self._node: str | None = None
        self._bar: Any = None

    def take(self, event: Event) -> None:
        """Show what an event tells."""
        if not self._is_shown:
            return
        if isinstance(event, Executing) and event.node is not None:
            self._open(event.display_node or event.node, None)
        elif isinstance(event, Progress):
            if event.node != self._node or self._bar is None or self._bar.total != event.max:
                self._open(event.node, event.max)
            self._bar.update(event.value - self._bar.n)

    def close(self) -> None:
        """Leave the line as it is."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _open(self, node: str, total: float | None) -> None:
        from tqdm import tqdm  # Only a run in a terminal needs it.

        self.close()
        self._node = node
        if total is None and not sys.stderr.isatty():
            return  # A log keeps every line that a terminal would overwrite.
        counts = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}]" if total else "{desc}"
        self._bar = tqdm(
            total=total, desc=self._titles.get(node, node), leave=total is not None, bar_format=counts, mininterval=0.2
        )
