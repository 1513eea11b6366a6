"""What packs import from `comfy_execution.graph_utils`: building the graph that a node expands into."""

import hashlib
import uuid
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from execution import progress
from execution.call import ExecutionBlocker as ExecutionBlocker
from execution.prompt import parse_link

LONGEST_PREFIX = 64


@dataclass
class _Prefixes:
    """What the next prefix is made of; `call_index` None is that of the call that runs."""

    root: str
    call_index: int | None = None
    graph_index: int = 0


# Builders within one call get different prefixes, and the same ones whenever that node runs.
_defaults: "WeakKeyDictionary[progress.Reporter, _Prefixes]" = WeakKeyDictionary()


def is_link(value: Any) -> bool:
    """Whether an input's value, in JSON form, is a link."""
    return parse_link(value) is not None


def add_graph_prefix(graph: dict[str, Any], outputs: Any, prefix: str) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """A graph and its outputs, with a prefix before the ids of its nodes wherever they stand."""

    def named(value: Any) -> Any:
        return [f"{prefix}{value[0]}", value[1]] if is_link(value) else value

    nodes = {
        f"{prefix}{node_id}": {**node, "inputs": {name: named(value) for name, value in node["inputs"].items()}}
        for node_id, node in graph.items()
    }
    return nodes, tuple(named(value) for value in outputs)


class Node:
    """A node of a graph that is being built."""

    def __init__(self, id: str, class_type: str, inputs: dict[str, Any]) -> None:  # noqa: A002 - packs name it
        self.id = id
        self.class_type = class_type
        self.inputs = inputs
        self.override_display_id: str | None = None

    def out(self, index: int) -> list[Any]:
        """A link from one of this node's outputs."""
        return [self.id, index]

    def set_input(self, key: str, value: Any) -> None:
        """Set an input, or remove it with None."""
        if value is None:
            self.inputs.pop(key, None)
        else:
            self.inputs[key] = value

    def get_input(self, key: str) -> Any:
        return self.inputs.get(key)

    def set_override_display_id(self, override_display_id: str) -> None:
        """Show what this node does on the card of another node."""
        self.override_display_id = override_display_id

    def serialize(self) -> dict[str, Any]:
        """The node as a prompt holds it."""
        node: dict[str, Any] = {"class_type": self.class_type, "inputs": self.inputs}
        if self.override_display_id is not None:
            node["override_display_id"] = self.override_display_id
        return node


class GraphBuilder:
    """Makes nodes with ids that no other graph has."""

    def __init__(self, prefix: str | None = None) -> None:
        self.prefix = self.alloc_prefix() if prefix is None else prefix
        self.nodes: dict[str, Node] = {}
        self._next = 1

    @classmethod
    def set_default_prefix(cls, prefix_root: str, call_index: int, graph_index: int = 0) -> None:
        """Say what prefixes are made of from now on, within the node that runs."""
        _defaults[progress.current()] = _Prefixes(prefix_root, call_index, graph_index)

    @classmethod
    def alloc_prefix(
        cls, root: str | None = None, call_index: int | None = None, graph_index: int | None = None
    ) -> str:
        """A prefix `"root.call.graph."`; what is not given is that of the node and call that run, and the next graph.

        One whose root is not given and that would be long is told in short.
        """
        default = _default()
        if call_index is None:
            call_index = default.call_index
        if call_index is None:
            call_index = getattr(progress.current(), "call_index", 0)
        graph = default.graph_index if graph_index is None else graph_index
        default.graph_index += 1
        return _short(f"{default.root}.{call_index}.{graph}.") if root is None else f"{root}.{call_index}.{graph}."

    def node(self, class_type: str, id: str | None = None, **kwargs: Any) -> Node:  # noqa: A002 - packs name it
        """A new node, or the one that has this id already."""
        if id is None:
            id, self._next = str(self._next), self._next + 1  # noqa: A001
        full_id = self.prefix + id
        if full_id not in self.nodes:
            self.nodes[full_id] = Node(full_id, class_type, kwargs)
        return self.nodes[full_id]

    def lookup_node(self, id: str) -> Node | None:  # noqa: A002 - packs name it
        return self.nodes.get(self.prefix + id)

    def finalize(self) -> dict[str, Any]:
        """The graph, for a node's `expand`."""
        return {node_id: node.serialize() for node_id, node in self.nodes.items()}

    def replace_node_output(self, node_id: str, index: int, new_value: Any) -> None:
        """Put a value, or with None nothing, in place of every link from an output."""
        for node in self.nodes.values():
            for key, value in list(node.inputs.items()):
                if is_link(value) and (value[0], value[1]) == (self.prefix + node_id, index):
                    node.set_input(key, new_value)

    def remove_node(self, id: str) -> None:  # noqa: A002 - packs name it
        self.nodes.pop(self.prefix + id, None)


def _default() -> _Prefixes:
    """Of the node that runs, or what was set where none does; there, unset, each prefix has a root of its own."""
    reporter = progress.current()
    if reporter.node_id is None:
        return _defaults.get(reporter) or _Prefixes(uuid.uuid4().hex, 0)
    return _defaults.setdefault(reporter, _Prefixes(reporter.node_id))


def _short(prefix: str) -> str:
    if len(prefix) <= LONGEST_PREFIX:
        return prefix
    # In a loop each turn's nodes come from those of the turn before: ids that tell it all grow without end.
    root, digest = prefix.partition(".")[0], hashlib.blake2b(prefix.encode(), digest_size=12).hexdigest()
    return f"{root[:LONGEST_PREFIX]}.{digest}."
