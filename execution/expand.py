"""Graphs that nodes answer with, to be run in their place."""

from collections.abc import Mapping
from typing import Any

from execution.call import Expansion
from execution.dynamic import DynamicPrompt
from execution.errors import NodeError, PromptError
from execution.node_class import NodeClasses
from execution.prompt import BadLink, Prompt, PromptNode
from execution.unknown_links import without_unknown_links


def graft(expansion: Expansion, parent: str, nodes: DynamicPrompt, classes: NodeClasses) -> list[str]:
    """Add an expansion's nodes to the running prompt; answers with those of them that must run: what the parent's
    results come from, and output nodes. Raises `NodeError` naming what is wrong with the graph."""
    try:
        added = Prompt.parse(expansion.graph).nodes
    except PromptError as error:
        raise NodeError(f"Node {parent} expanded into something that is no graph. {error}") from error
    for node_id, node in added.items():
        if node.class_type not in classes:
            raise NodeError(f"Node {parent} expanded into the node class {node.class_type!r}, which is not installed.")
        display = node.extras.get("override_display_id")
        own = PromptNode(node.class_type, _with_lists(node.inputs), node.extras)
        nodes.add(node_id, without_unknown_links(own, classes[node.class_type]), parent, display)
    for link in expansion.links:
        if link.node_id not in nodes:
            raise NodeError(
                f"Node {parent} expanded into a graph without the node {link.node_id!r} that its result comes from. "
                "The node's author must add that node to the graph, or correct the link in its result."
            )
    outputs = [node_id for node_id, node in added.items() if classes[node.class_type].is_output]
    return list(dict.fromkeys([*outputs, *(link.node_id for link in expansion.links)]))


def _with_lists(inputs: Mapping[str, Any]) -> dict[str, Any]:
    # What a node builds is no wire format: there, a list that is no link is a value.
    return {name: value.value if isinstance(value, BadLink) else value for name, value in inputs.items()}
