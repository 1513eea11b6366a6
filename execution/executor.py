"""Runs prompts, one at a time; results, node objects and threads live on between them."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from execution.background import Around, Background
from execution.cache import Cache
from execution.engine import Engine
from execution.events import Event
from execution.progress import CancelToken, running
from execution.run import Outcome as Outcome
from execution.run import Run as Run
from execution.session import Session


class Executor:
    """Runs prompts on the calling thread. `around` is entered around every call of a node: an inference mode, say.

    With `check_mutation`, which is slow, a node that changes its inputs fails.
    """

    def __init__(
        self,
        nodes: Mapping[str, type],
        cache: Cache,
        around: Around = contextlib.nullcontext,
        check_mutation: bool = False,
    ) -> None:
        self.cache = cache
        self._objects: dict[str, Any] = {}
        self._engine = Engine(nodes, cache, Background(around), around, self._object_of, check_mutation)

    def run(self, run: Run, emit: Callable[[Event], None], cancel: CancelToken) -> Outcome:
        """Run a prompt to its end, whichever that is; `emit` may be called from several threads, never at once."""
        self._objects = {node_id: kept for node_id, kept in self._objects.items() if node_id in run.prompt.nodes}
        with running(cancel):
            return Session(self._engine, run, emit, cancel).execute()

    def close(self) -> None:
        """End the threads."""
        self._engine.background.close()

    def _object_of(self, node_id: str, cls: type) -> Any:
        """The node's object: the same as in the prompt before, where id and class are."""
        kept = self._objects.get(node_id)
        if type(kept) is not cls:
            kept = self._objects[node_id] = cls()
        return kept
