"""Seeds that were drawn in place of -1, written into the workflow, so that what a picture carries makes it again."""

import copy
from collections.abc import Mapping
from typing import Any

from execution.errors import WorkflowError
from execution.random_seeds import RANDOM
from execution.workflow.graph import INPUT_BOX, Node, inputs_of, link_id, read_workflow
from execution.workflow.promoted import promoted_slots, proxies_of, shown_names
from execution.workflow.scopes import Scope
from execution.workflow.widgets import held_values

DrawnSeeds = Mapping[str, Mapping[str, int]]


def with_drawn_seeds(document: Any, drawn: DrawnSeeds, object_info: Mapping[str, Any]) -> Any:
    """A copy of the workflow in which the widgets that held -1 hold the seeds of `{prompt node id: {input: seed}}`.

    What is no workflow, or of another prompt, comes back as it is.
    """
    document = copy.deepcopy(document)
    try:
        workflow = read_workflow(document)
        root = Scope(workflow, workflow.root)
        for node_id, seeds in drawn.items():
            for name, seed in seeds.items():
                _write(root, node_id.split(":"), name, seed, object_info)
    except (WorkflowError, KeyError, TypeError, ValueError):
        return document  # Clients may send along what they like; the prompt is what runs.
    return document


def _write(scope: Scope, path: list[str], name: str, seed: int, object_info: Mapping[str, Any]) -> None:
    for host_id in path[:-1]:
        scope = scope.enter(host_id)
    node = scope.graph.nodes.get(path[-1])
    if node is None:
        return
    slot = next((slot for slot in inputs_of(node) if slot.get("name") == name and link_id(slot) is not None), None)
    if slot is not None:
        _write_at_source(scope, slot, seed)
    elif not _write_at_host(scope, path[-1], name, seed):
        description = object_info.get(node["type"])
        for held in held_values(node, description) if description is not None else ():
            if held.widget.name == name and held.position is not None:
                _put(node, held.position, seed)


def _write_at_source(scope: Scope, slot: Mapping[str, Any], seed: int) -> None:
    """The seed is another's: a primitive node's, or the host's, which shows the widget as its own."""
    link = scope.graph.links[str(link_id(slot))]
    if link.origin == INPUT_BOX:
        promoted = promoted_slots(scope)
        if link.origin_slot in promoted:
            _put_outermost(scope, promoted.index(link.origin_slot), seed)
    elif scope.graph.nodes[link.origin]["type"] == "PrimitiveNode":
        _put(scope.graph.nodes[link.origin], 0, seed)


def _write_at_host(scope: Scope, node_id: str, name: str, seed: int) -> bool:
    """Whether the host shows the widget by its `proxyWidgets`."""
    own = proxies_of(scope.host)
    if (node_id, name) not in own:
        return False
    return _put_outermost(scope, len(promoted_slots(scope)) + own.index((node_id, name)), seed)


def _put_outermost(scope: Scope, position: int, seed: int) -> bool:
    """A host's widget may be shown by the host around it, whose value then holds."""
    names = shown_names(scope)
    if scope.parent is not None and _write_at_host(scope.parent, scope.path[-1], names[position], seed):
        return True
    return _put(scope.host, position, seed)


def _put(node: Node, position: int, seed: int) -> bool:
    values = node.get("widgets_values")
    if not isinstance(values, list) or position >= len(values) or values[position] != RANDOM:
        return False
    values[position] = seed
    return True
