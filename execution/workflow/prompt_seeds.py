"""Seeds of a prompt that no workflow tells how to step."""

from collections.abc import Mapping
from typing import Any

from execution.workflow.seeds import next_value
from execution.workflow.widgets import held_values, linked_controls


def step_prompt_seeds(prompt: Mapping[str, Any], object_info: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the prompt with every number that the editor would change after a run raised by one step."""
    return {node_id: _stepped(node, object_info.get(str(node.get("class_type")))) for node_id, node in prompt.items()}


def _stepped(node: Mapping[str, Any], description: Mapping[str, Any] | None) -> dict[str, Any]:
    inputs = dict(node.get("inputs") or {})
    for held, _ in linked_controls(held_values({}, description)) if description is not None else ():
        value = inputs.get(held.widget.name)
        if isinstance(value, int) and held.widget.kind == "INT":
            inputs[held.widget.name] = next_value(held.widget, value, "increment")
    return {**node, "inputs": inputs}
