"""The running prompt as a graph, with the nodes of loops and grids, seen from the node that runs now."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from execution import progress
from nodes.generation import Generation, Graph, find_generation

FOR_EACH_END, WHILE_END, ROUNDS, NEXT = "ForEachEnd", "WhileEnd", "GatherRounds", "NextRound"
GRID, PICTURES = "XYZGrid", 1

_counts: dict[str, list[int]] = {}
MOST_COUNTS = 1000


def note_counts(node_id: str, counts: list[int]) -> None:
    """Keep how many results each round of a loop had, of which only the node that gathers them knows."""
    _counts.pop(node_id, None)
    _counts[node_id] = counts
    while len(_counts) > MOST_COUNTS:
        del _counts[next(iter(_counts))]


def generation_here(prompt: Graph | None, save_node: str | None, result: int | None = None) -> Generation | None:
    """The settings of the sampler nearest upstream of a node, also within a loop, and behind one for each result.

    `result` counts those that a node was given as a list; without it that of the call in progress is meant.
    """
    reporter = progress.current()
    added = reporter.added_nodes()
    graph = prompt or {} if added is None else RunningGraph(added, reporter.call_index if result is None else result)
    return find_generation(graph, save_node)


class RunningGraph(Mapping[str, Any]):
    """Nodes in their JSON form by id; what a loop's end hands on is what the round of one result made.

    Nodes are to be read from the end on, for within a round of one loop the results of another are counted anew.
    """

    def __init__(self, nodes: Mapping[str, Any], result: int) -> None:
        self._nodes, self._result = nodes, result
        self._read: dict[str, dict[str, Any]] = {}

    def __getitem__(self, node_id: str) -> dict[str, Any]:
        if node_id not in self._read:
            self._read[node_id] = self._seen(node_id, self._nodes[node_id].to_json())
        return self._read[node_id]

    def __contains__(self, node_id: object) -> bool:
        return node_id in self._nodes

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def _seen(self, node_id: str, node: dict[str, Any]) -> dict[str, Any]:
        kind, inputs = node["class_type"], {name: self._cell(value) for name, value in node["inputs"].items()}
        node = {**node, "inputs": inputs}
        if kind == FOR_EACH_END and f"{node_id}.results" in self._nodes:
            return {**node, "inputs": {"result": [f"{node_id}.results", 0]}}
        if kind == WHILE_END and (last := self._last_round(node_id)):
            return {**node, "inputs": {"carried": [last, 0]}}
        if kind == NEXT:
            return {**node, "inputs": {"carried": inputs.get("carried")}}
        if kind == ROUNDS:
            made = f"value_{self._round_of(node_id, inputs)}"
            return {**node, "inputs": {name: value for name, value in inputs.items() if name == made}}
        return node

    def _cell(self, value: Any) -> Any:
        """What leads to the pictures of a grid leads to the cell of the one in question."""
        if not isinstance(value, list | tuple) or len(value) != 2 or value[1] != PICTURES or value[0] not in self:
            return value
        cell = f"{value[0]}.{self._result}.cell"
        is_pictures = self._nodes[value[0]].class_type == GRID and cell in self
        return self._nodes[cell].to_json()["inputs"]["image"] if is_pictures else value

    def _last_round(self, end: str) -> str | None:
        """The node that ended a while loop."""
        last = None
        for number in count():
            if (name := f"{end}.{number}.next") not in self._nodes:
                return last
            last = name
        return last

    def _round_of(self, node_id: str, inputs: Mapping[str, Any]) -> int | None:
        """The round that made the result in question; None where it is not known how many each had."""
        counts = _counts.get(node_id, [])
        if len(counts) != len(inputs.get("given", ())) + sum(name.startswith("value_") for name in inputs):
            return None
        for number, held in enumerate(counts):
            if self._result < held:
                return number
            self._result -= held
        return None
