"""Which of several workers suits a prompt best: the one that has worked on the most of it already."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from execution.plain import to_json

# What is older has probably left the worker's memory too.
MOST_REMEMBERED = 20_000


@dataclass(frozen=True)
class Traits:
    """What a prompt consists of, as numbers that equal nodes have in common; `loaders` are those that name a file."""

    loaders: frozenset[int]
    nodes: frozenset[int]


@dataclass
class _Memory:
    pid: int | None
    known: OrderedDict[int, None] = field(default_factory=OrderedDict)


class Affinity:
    """Remembers by worker what its present process has worked on."""

    def __init__(self) -> None:
        self._memories: dict[str, _Memory] = {}

    def note(self, worker: str, pid: int | None, traits: Traits) -> None:
        """Remember that a worker's process got a prompt."""
        known = self._memory(worker, pid).known
        for trait in traits.nodes:
            known[trait] = None
            known.move_to_end(trait)
        while len(known) > MOST_REMEMBERED:
            known.popitem(last=False)

    def score(self, worker: str, pid: int | None, traits: Traits) -> tuple[int, int]:
        """How well a worker suits a prompt: by the files loaded there before, then by all that was done there."""
        known = self._memory(worker, pid).known.keys()
        return len(traits.loaders & known), len(traits.nodes & known)

    def forget(self) -> None:
        """All workers have let go of what they had."""
        self._memories.clear()

    def _memory(self, worker: str, pid: int | None) -> _Memory:
        memory = self._memories.get(worker)
        if memory is None or memory.pid != pid:
            memory = self._memories[worker] = _Memory(pid)
        return memory


def traits_of(graph: str) -> Traits:
    """The traits of a prompt, given as JSON text. Links do not count, so that node ids make no difference."""
    nodes: dict[int, bool] = {}
    for node in json.loads(graph).values():
        inputs: Mapping[str, Any] = node.get("inputs") or {}
        values = {name: value for name, value in inputs.items() if not isinstance(value, list)}
        trait = hash((node.get("class_type"), to_json(values)))
        nodes[trait] = len(values) == len(inputs) and any(isinstance(value, str) for value in values.values())
    return Traits(frozenset(trait for trait, is_loader in nodes.items() if is_loader), frozenset(nodes))
