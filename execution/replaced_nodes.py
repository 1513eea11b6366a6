"""Node classes that others have taken the place of: prompts that still name an old one run with the new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from execution.prompt import Link, Prompt, PromptNode


@dataclass(frozen=True)
class Replacement:
    """What stands for an old class: where the new one's inputs come from, and where the old one's outputs went.

    An input is `{"new_id", "old_id"}` or `{"new_id", "set_value"}`, an output `{"old_idx", "new_idx"}`; None keeps all.
    """

    class_type: str
    inputs: Sequence[Mapping[str, Any]] | None = None
    outputs: Sequence[Mapping[str, Any]] | None = None

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
    known: Mapping[str, Sequence[Replacement]] = getattr(nodes, "replacements", {})
    if not known:
        return prompt
    used = {
        node_id: found
        for node_id, node in prompt.nodes.items()
        if node.class_type not in nodes and (found := _first_that_is_there(known, node.class_type, nodes))
    }
    if not used:
        return prompt
    changed = {
        node_id: used[node_id].applied(node) if node_id in used else node for node_id, node in prompt.nodes.items()
    }
    return Prompt({node_id: _relinked(node, used) for node_id, node in changed.items()})


def _first_that_is_there(
    known: Mapping[str, Sequence[Replacement]], class_type: str, nodes: Mapping[str, Any]
) -> Replacement | None:
    return next((each for each in known.get(class_type, ()) if each.class_type in nodes), None)


def _relinked(node: PromptNode, used: Mapping[str, Replacement]) -> PromptNode:
    moved = {
        name: Link(value.node_id, used[value.node_id].output(value.output_index))
        for name, value in node.inputs.items()
        if isinstance(value, Link) and value.node_id in used
    }
    return replace(node, inputs={**node.inputs, **moved}, source=None) if moved else node
