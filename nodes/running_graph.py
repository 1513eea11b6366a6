"""The running prompt as a graph, with the nodes of loops and grids, seen from the node that runs now."""

from collections.abc import Iterator, Mapping
from typing import Any

from execution import progress
from nodes.generation import Generation, Graph, find_generation

# What ends a loop, and the node in its place that holds the rounds' results, by the slot of the end.
LOOP_ENDS = ("ForEachEnd",)
ROUNDS = "GatherRounds"


def generation_here(prompt: Graph | None, save_node: str | None) -> Generation | None:
    """The settings of the sampler nearest upstream of a node, also within a loop, and behind one for each result."""
    reporter = progress.current()
    added = reporter.added_nodes()
    graph = prompt or {} if added is None else RunningGraph(added, reporter.call_index)
    return find_generation(graph, save_node)


class RunningGraph(Mapping[str, Any]):
    """Nodes in their JSON form by id; what a loop's end hands on is what one of its rounds made."""

    def __init__(self, nodes: Mapping[str, Any], round_number: int) -> None:
        self._nodes, self._round = nodes, round_number
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
        results = f"{node_id}.results"
        if node["class_type"] in LOOP_ENDS and results in self._nodes:
            return {**node, "inputs": {"result": [results, 0]}}
        if node["class_type"] == ROUNDS:
            made = f"value_{self._round}"
            return {**node, "inputs": {name: value for name, value in node["inputs"].items() if name == made}}
        return node
