"""The workflow's JSON as nodes and links, for the root and for each subgraph."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from execution.errors import WorkflowError

INPUT_BOX, OUTPUT_BOX = "-10", "-20"

Node = Mapping[str, Any]


@dataclass(frozen=True)
class LinkRow:
    """A line between an output and an input; ids as text."""

    origin: str
    origin_slot: int
    target: str
    target_slot: int


@dataclass(frozen=True)
class Graph:
    """Nodes and links by id; a subgraph has inputs and outputs of its own."""

    nodes: Mapping[str, Node]
    links: Mapping[str, LinkRow]
    inputs: tuple[Mapping[str, Any], ...] = ()
    outputs: tuple[Mapping[str, Any], ...] = ()
    name: str = ""

    def link_into(self, node_id: str, slot: int) -> LinkRow | None:
        """The link that ends at a slot of a node or of the output box."""
        return next((row for row in self.links.values() if (row.target, row.target_slot) == (node_id, slot)), None)


@dataclass(frozen=True)
class Workflow:
    """A document: the root graph and the subgraphs that its nodes may be instances of."""

    root: Graph
    definitions: Mapping[str, Graph] = field(default_factory=dict)


def read_workflow(document: Any) -> Workflow:
    """Read a workflow of schema 0.4 or 1; a `WorkflowError` names what does not have that shape."""
    if not isinstance(document, Mapping):
        raise WorkflowError("A workflow is an object with nodes and links", f"but this is {type(document).__name__}.")
    definitions = document.get("definitions") or {}
    subgraphs = definitions.get("subgraphs") or [] if isinstance(definitions, Mapping) else []
    return Workflow(
        read_graph(document, "the workflow"),
        {str(subgraph["id"]): read_graph(subgraph, f"subgraph {subgraph.get('name')}") for subgraph in subgraphs},
    )


def read_graph(document: Mapping[str, Any], where: str) -> Graph:
    """One graph of a document."""
    nodes = document.get("nodes")
    if not isinstance(nodes, list):
        raise WorkflowError(f"The nodes of {where} must be a list", "")
    for node in nodes:
        if not isinstance(node, Mapping) or "id" not in node or not isinstance(node.get("type"), str):
            raise WorkflowError(f"Every node of {where} needs an id and a type", str(node)[:200])
    links = document.get("links") or []
    rows = [_read_link(link, where) for link in (links.values() if isinstance(links, Mapping) else links) if link]
    return Graph(
        {str(node["id"]): node for node in nodes},
        dict(rows),
        tuple(document.get("inputs") or ()),
        tuple(document.get("outputs") or ()),
        str(document.get("name") or ""),
    )


def _read_link(link: Any, where: str) -> tuple[str, LinkRow]:
    try:
        if isinstance(link, Mapping):
            ends = (link["origin_id"], link["origin_slot"], link["target_id"], link["target_slot"])
            return str(link["id"]), _row(*ends)
        return str(link[0]), _row(*link[1:5])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise WorkflowError(f"A link of {where} cannot be read", f"{link}") from error


def _row(origin: Any, origin_slot: Any, target: Any, target_slot: Any) -> LinkRow:
    return LinkRow(str(origin), int(origin_slot), str(target), int(target_slot))


def inputs_of(node: Node) -> list[Mapping[str, Any]]:
    """The input slots that a node's JSON lists."""
    return [slot for slot in node.get("inputs") or [] if isinstance(slot, Mapping)]


def outputs_of(node: Node) -> list[Mapping[str, Any]]:
    """The output slots that a node's JSON lists."""
    return [slot for slot in node.get("outputs") or [] if isinstance(slot, Mapping)]


def link_id(slot: Mapping[str, Any]) -> str | None:
    """The id of the link into an input slot; None where it is not connected."""
    link = slot.get("link")
    return None if link is None else str(link)
