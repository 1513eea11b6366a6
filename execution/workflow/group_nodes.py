"""Group nodes, which workflows had before there were subgraphs, read as subgraphs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from execution.workflow.graph import INPUT_BOX, OUTPUT_BOX, Graph, LinkRow, Node, Workflow, inputs_of, outputs_of
from execution.workflow.widgets import held_values

PREFIXES = ("workflow>", "workflow/")


def classes_in_groups(document: Mapping[str, Any]) -> Iterator[str]:
    """The classes of the nodes that a workflow's group nodes stand for."""
    for group in ((document.get("extra") or {}).get("groupNodes") or {}).values():
        yield from (
            str(node["type"]) for node in group.get("nodes") or () if isinstance(node, Mapping) and "type" in node
        )


def replace_group_nodes(workflow: Workflow, document: Mapping[str, Any], object_info: Mapping[str, Any]) -> Workflow:
    """The same workflow with a definition for each group node of the root; each gets its own, with its own values."""
    groups = (document.get("extra") or {}).get("groupNodes") or {}
    hosts = {
        node_id: (node, groups.get(node["type"][len(PREFIXES[0]) :]))
        for node_id, node in workflow.root.nodes.items()
        if node["type"].startswith(PREFIXES)
    }
    definitions = dict(workflow.definitions)
    nodes = dict(workflow.root.nodes)
    for node_id, (host, group) in hosts.items():
        if group is not None:
            own_type = f"{host['type']}#{node_id}"
            definitions[own_type] = _definition(host, group, object_info)
            nodes[node_id] = {**host, "type": own_type, "widgets_values": []}
    return Workflow(replace(workflow.root, nodes=nodes), definitions)


def _definition(host: Node, group: Mapping[str, Any], object_info: Mapping[str, Any]) -> Graph:
    inner = {str(index): dict(node) for index, node in enumerate(group.get("nodes") or [])}
    links: dict[str, LinkRow] = {}
    for number, link in enumerate(group.get("links") or []):
        origin, origin_slot, target, target_slot = link[:4]
        # A link from outside names no origin.
        if origin is not None and target is not None:
            links[f"in{number}"] = LinkRow(str(origin), int(origin_slot), str(target), int(target_slot))
    _distribute_values(host, inner, object_info)
    inputs = _expose_inputs(host, inner, links)
    outputs = _expose_outputs(group, inner, links)
    for index, node in inner.items():
        node["id"] = index
        node["inputs"] = _connected(node, index, links)
    return Graph(inner, links, inputs, outputs, host["type"])


def _distribute_values(host: Node, inner: dict[str, dict[str, Any]], object_info: Mapping[str, Any]) -> None:
    """A group node's values are those of its nodes, one after the other."""
    stored = host.get("widgets_values")
    values = list(stored) if isinstance(stored, list) else []
    for node in inner.values():
        description = object_info.get(node["type"])
        count = len(held_values(node, description)) if description is not None else 0
        if count and len(values) >= count:
            node["widgets_values"] = values[:count]
        values = values[count:]


def _expose_inputs(
    host: Node, inner: dict[str, dict[str, Any]], links: dict[str, LinkRow]
) -> tuple[Mapping[str, Any], ...]:
    fed = {(row.target, row.target_slot) for row in links.values()}
    free = [
        (index, slot)
        for index, node in inner.items()
        for slot, declared in enumerate(inputs_of(node))
        if (index, slot) not in fed and not declared.get("widget")
    ]
    given = [slot for slot in inputs_of(host) if not slot.get("widget")]
    for number, ((index, slot), _) in enumerate(zip(free, given, strict=False)):
        links[f"from{number}"] = LinkRow(INPUT_BOX, number, index, slot)
    return tuple({"name": slot.get("name")} for slot in given)


def _expose_outputs(
    group: Mapping[str, Any], inner: dict[str, dict[str, Any]], links: dict[str, LinkRow]
) -> tuple[Mapping[str, Any], ...]:
    used = {(row.origin, row.origin_slot) for row in links.values()}
    external = {(str(entry[0]), int(entry[1])) for entry in group.get("external") or []}
    exposed = [
        (index, slot)
        for index, node in inner.items()
        for slot, _ in enumerate(outputs_of(node))
        if (index, slot) not in used or (index, slot) in external
    ]
    for number, (index, slot) in enumerate(exposed):
        links[f"to{number}"] = LinkRow(index, slot, OUTPUT_BOX, number)
    return tuple({"name": str(number)} for number in range(len(exposed)))


def _connected(node: Node, index: str, links: Mapping[str, LinkRow]) -> list[Mapping[str, Any]]:
    into = {row.target_slot: link for link, row in links.items() if row.target == index}
    return [{**slot, "link": into.get(number)} for number, slot in enumerate(inputs_of(node))]
