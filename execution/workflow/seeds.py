"""What `control_after_generate` does to a workflow's values between one run and the next."""

import copy
import random
from collections.abc import Iterator, Mapping
from typing import Any

from execution.workflow.graph import INPUT_BOX, Graph, Node, inputs_of, read_workflow
from execution.workflow.promoted import promoted_slots
from execution.workflow.scopes import Scope
from execution.workflow.widgets import Held, Widget, held_values, linked_controls

# Beyond this JavaScript's numbers, which other editors hold seeds in, are no longer exact.
FARTHEST = 1125899906842624
_SOURCE = random.Random()  # noqa: S311 - seeds of pictures
# What files held before the control had a name.
OLD_CONTROLS: dict[Any, str] = {True: "randomize", False: "fixed"}


def step_seeds(document: Any, object_info: Mapping[str, Any], source: random.Random) -> Any:
    """A copy of the workflow with every controlled value changed as its control says."""
    document = copy.deepcopy(document)
    workflow = read_workflow(document)
    for graph in (workflow.root, *workflow.definitions.values()):
        for node in graph.nodes.values():
            _step_node(node, object_info, source)
    for host_id, host in workflow.root.nodes.items():
        if host["type"] in workflow.definitions:
            _step_host(Scope(workflow, workflow.root).enter(host_id), host, object_info, source)
    return document


def _step_node(node: Node, object_info: Mapping[str, Any], source: random.Random) -> None:
    values = node.get("widgets_values")
    if not isinstance(values, list):
        return
    if node["type"] == "PrimitiveNode":
        if len(values) > 1 and isinstance(values[0], (int, float)) and not isinstance(values[0], bool):
            values[0] = next_value(Widget("value", "INT", {}), values[0], values[1], source)
        return
    for held, control in _controlled(node, object_info):
        if held.position is not None:
            values[held.position] = next_value(held.widget, held.value, control, source)


def _step_host(inside: Scope, host: Node, object_info: Mapping[str, Any], source: random.Random) -> None:
    """A seed that a host shows as its own is held, and changed, there."""
    values = host.get("widgets_values")
    if not isinstance(values, list):
        return
    for position, slot in enumerate(promoted_slots(inside)):
        for node, name in _promoted_widgets(inside.graph, inside, slot):
            for held, control in _controlled(node, object_info):
                if held.widget.name == name and position < len(values):
                    values[position] = next_value(held.widget, values[position], control, source)


def _promoted_widgets(graph: Graph, inside: Scope, slot: int) -> Iterator[tuple[Node, str]]:
    for target, target_slot in inside.targets.get((INPUT_BOX, slot), ()):
        slots = inputs_of(graph.nodes[target]) if target in graph.nodes else []
        if target_slot < len(slots) and slots[target_slot].get("widget"):
            yield graph.nodes[target], str(slots[target_slot]["widget"]["name"])


def _controlled(node: Node, object_info: Mapping[str, Any]) -> list[tuple[Held, Any]]:
    description = object_info.get(node["type"])
    return linked_controls(held_values(node, description)) if description is not None else []


def next_value(widget: Widget, value: Any, control: Any, source: random.Random = _SOURCE) -> Any:
    """The value after a run: `fixed`, `increment`, `decrement` or `randomize`, within the widget's bounds."""
    control = OLD_CONTROLS.get(control, control) if isinstance(control, bool) else control
    if control not in ("increment", "decrement", "randomize"):
        return value
    if widget.kind == "COMBO":
        return _next_choice(widget.choices, value, control, source)
    step = widget.options.get("step") or 1
    lowest = max(widget.options.get("min", 0), -FARTHEST)
    highest = min(widget.options.get("max", FARTHEST), FARTHEST)
    if control == "randomize":
        return lowest + source.randrange(max(int((highest - lowest) / step), 1)) * step
    if not isinstance(value, (int, float)):
        return value
    moved = value + (step if control == "increment" else -step)
    return min(max(moved, lowest), widget.options.get("max", FARTHEST))


def _next_choice(choices: tuple[Any, ...], value: Any, control: str, source: random.Random) -> Any:
    if not choices:
        return value
    if control == "randomize" or value not in choices:
        return source.choice(choices)
    index = choices.index(value) + (1 if control == "increment" else -1)
    return choices[min(max(index, 0), len(choices) - 1)]
