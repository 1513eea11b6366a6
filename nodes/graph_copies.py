"""Copies of part of the running prompt, as loops and grids run them: with other inputs and under other ids."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Graph = dict[str, dict[str, Any]]


def read_nodes(prompt: Any) -> Graph:
    """All nodes of the running prompt in their JSON form, by id."""
    return {node_id: prompt.get_node(node_id) for node_id in prompt.all_node_ids()}


def is_link(value: Any) -> bool:
    """Whether an input's value leads to an output of another node."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int)


def sources(node: Mapping[str, Any]) -> list[str]:
    """The nodes that a node's inputs come from."""
    return [value[0] for value in node["inputs"].values() if is_link(value)]


def downstream(nodes: Graph, start: str, without: Iterable[str] = ()) -> set[str]:
    """The nodes that depend on one, not counting it, nor those `without` and what only depends on these."""
    stopped = set(without)
    found: set[str] = set()
    followers: dict[str, list[str]] = {}
    for node_id, node in nodes.items():
        for source in sources(node):
            followers.setdefault(source, []).append(node_id)
    waiting = [start]
    while waiting:
        for follower in followers.get(waiting.pop(), ()):
            if follower not in found and follower not in stopped:
                found.add(follower)
                waiting.append(follower)
    return found


def upstream(nodes: Graph, ends: Iterable[str]) -> set[str]:
    """The nodes that others depend on, with these themselves."""
    found: set[str] = set()
    waiting = list(ends)
    while waiting:
        node_id = waiting.pop()
        if node_id not in found and node_id in nodes:
            found.add(node_id)
            waiting += sources(nodes[node_id])
    return found


def copy_nodes(
    nodes: Graph, chosen: Iterable[str], prefix: str, replaced: Callable[[str, str, Any], Any] = lambda _n, _i, v: v
) -> Graph:
    """Copies of the chosen nodes; links among them lead to the copies, other values are as `replaced` says.

    `replaced` is told the node's id, the input and its value, and answers with the value of the copy.
    """
    chosen = set(chosen)

    def value_of(node_id: str, name: str, value: Any) -> Any:
        if is_link(value) and value[0] in chosen:
            return [prefix + value[0], value[1]]
        return replaced(node_id, name, value)

    return {
        prefix + node_id: {
            "class_type": nodes[node_id]["class_type"],
            "inputs": {name: value_of(node_id, name, value) for name, value in nodes[node_id]["inputs"].items()},
            "override_display_id": node_id,
        }
        for node_id in chosen
    }
