"""Node classes that others have taken the place of: prompts that still name an old one run with the new one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from execution.plain import plain
from execution.prompt import Link, Prompt, PromptNode


@dataclass(frozen=True)
class Replacement:
    """What stands for an old class: where the new one's inputs come from, and where the old one's outputs went.

    An input is `{"new_id", "old_id"}` or `{"new_id", "set_value"}`, an output `{"old_idx", "new_idx"}`; None keeps all.
    `widgets` names the inputs that the old class had widgets for, in the order in which workflows hold their values.
    """

    class_type: str
    inputs: Sequence[Mapping[str, Any]] | None = None
    outputs: Sequence[Mapping[str, Any]] | None = None
    widgets: Sequence[str] | None = None

    def applied(self, node: PromptNode) -> PromptNode:
        """The node as one of the new class."""
        if self.inputs is None:
            return PromptNode(self.class_type, node.inputs, node.extras)
        moved: dict[str, Any] = {}
        for each in self.inputs:
            if "set_value" in each:
                moved[each["new_id"]] = each["set_value"]
            elif each.get("old_id") in node.inputs:
                moved[each["new_id"]] = node.inputs[each["old_id"]]
        return PromptNode(self.class_type, moved, node.extras)

    def output(self, index: int) -> int:
        """Where an output of the old class is now; one that is not told of stays."""
        found = (each["new_idx"] for each in self.outputs or () if each.get("old_idx") == index)
        return next(found, index)


def with_replacements(prompt: Prompt, nodes: Mapping[str, Any]) -> Prompt:
    """The prompt with new classes for those that are not there any more; the same object where there are none."""
    if not getattr(nodes, "replacements", None):
        return prompt
    used = {
        node_id: found
        for node_id, node in prompt.nodes.items()
        if node.class_type not in nodes and (found := first_replacement(node.class_type, nodes))
    }
    if not used:
        return prompt
    changed = {
        node_id: used[node_id].applied(node) if node_id in used else node for node_id, node in prompt.nodes.items()
    }
    return Prompt({node_id: _relinked(node, used) for node_id, node in changed.items()})


def described_as_was(
    class_type: str, nodes: Mapping[str, Any], describe: Callable[[str], Mapping[str, Any]]
) -> dict[str, Any] | None:
    """What reading a workflow must know of a class that another has replaced; None where nothing is known of it."""
    replacement = first_replacement(class_type, nodes)
    if replacement is None:
        return None
    if replacement.widgets is None:
        return {**describe(replacement.class_type), "name": class_type}
    # Each value is taken as it is: of which type it is, the new class says.
    widgets = {name: ["STRING", {}] for name in replacement.widgets}
    return {"name": class_type, "display_name": class_type, "input": {"required": widgets}}


def told_replacements(nodes: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Every replacement as clients read of it, by the old class."""
    known: Mapping[str, Sequence[Replacement]] = getattr(nodes, "replacements", {})
    return {
        old: [
            {
                "new_node_id": each.class_type,
                "old_node_id": old,
                "old_widget_ids": plain(each.widgets),
                "input_mapping": plain(each.inputs),
                "output_mapping": plain(each.outputs),
            }
            for each in replacements
        ]
        for old, replacements in known.items()
    }


def first_replacement(class_type: str, nodes: Mapping[str, Any]) -> Replacement | None:
    """What stands for a class that is not there any more, itself being there."""
    known: Mapping[str, Sequence[Replacement]] = getattr(nodes, "replacements", {})
    return next((each for each in known.get(class_type, ()) if each.class_type in nodes), None)


def _relinked(node: PromptNode, used: Mapping[str, Replacement]) -> PromptNode:
    moved = {
        name: Link(value.node_id, used[value.node_id].output(value.output_index))
        for name, value in node.inputs.items()
        if isinstance(value, Link) and value.node_id in used
    }
    return replace(node, inputs={**node.inputs, **moved}, source=None) if moved else node
