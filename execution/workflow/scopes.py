"""Instances of subgraphs, unfolded: each is a graph seen from a place in the document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count as count_from

from execution.errors import WorkflowError
from execution.workflow.graph import Graph, Node, Workflow

MUTED, BYPASSED = 2, 4
# Far deeper than anyone nests by hand; a definition that holds itself would never end.
DEEPEST = 64
MOST_INSTANCES = 10_000


@dataclass
class Scope:
    """A graph as it stands at `path`: the root, or what a host node is an instance of."""

    workflow: Workflow
    graph: Graph
    path: tuple[str, ...] = ()
    parent: "Scope | None" = None
    host: Node = field(default_factory=dict)
    _children: dict[str, "Scope"] = field(default_factory=dict)

    def prompt_id(self, node_id: str) -> str:
        """The id of a node in the prompt: its path, joined by colons."""
        return ":".join((*self.path, node_id))

    def definition_of(self, node: Node) -> Graph | None:
        """The subgraph that a node is an instance of, if it is one."""
        return self.workflow.definitions.get(node["type"])

    def enter(self, node_id: str) -> "Scope":
        """The inside of a host node."""
        if node_id not in self._children:
            host = self.graph.nodes[node_id]
            if len(self.path) >= DEEPEST:
                raise WorkflowError("The subgraphs contain each other without end", " > ".join(self.path[:6]))
            graph = self.workflow.definitions[host["type"]]
            self._children[node_id] = Scope(self.workflow, graph, (*self.path, node_id), self, host)
        return self._children[node_id]

    @cached_property
    def targets(self) -> Mapping[tuple[str, int], list[tuple[str, int]]]:
        """Where each output's links lead: `(node, slot)` to `[(node, slot)]`."""
        found: dict[tuple[str, int], list[tuple[str, int]]] = {}
        for row in self.graph.links.values():
            found.setdefault((row.origin, row.origin_slot), []).append((row.target, row.target_slot))
        return found


def all_scopes(root: Scope) -> Iterator[Scope]:
    """The root and every instance that runs; an instance that is muted or bypassed in the root does not.

    One that is nested deeper still lists its nodes, as the official front end does.
    """
    waiting = [root]
    for count in count_from(1):
        if not waiting:
            return
        if count > MOST_INSTANCES:
            raise WorkflowError("The workflow has too many subgraphs within subgraphs", f"more than {MOST_INSTANCES}")
        scope = waiting.pop()
        yield scope
        for node_id, node in scope.graph.nodes.items():
            is_off = scope.parent is None and node.get("mode") in (MUTED, BYPASSED)
            if scope.definition_of(node) is not None and not is_off:
                waiting.append(scope.enter(node_id))
