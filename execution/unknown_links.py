"""Links into inputs that a node's class neither declares nor takes: nothing follows them."""

from collections.abc import Iterable
from dataclasses import replace

from execution.node_class import NodeClass, NodeClasses
from execution.prompt import Prompt, PromptNode


def without_unknown_links(node: PromptNode, declared: NodeClass) -> PromptNode:
    """The node as it runs. Its JSON form, where it has one, still says what it was given."""
    unknown = [name for name in node.links if not declared.takes(name)]
    if not unknown:
        return node
    return replace(node, inputs={name: value for name, value in node.inputs.items() if name not in unknown})


def prune(prompt: Prompt, node_ids: Iterable[str], classes: NodeClasses) -> Prompt:
    """The prompt with these nodes as they run; the same object where no link is unknown.

    A class that cannot say which inputs it has knows them all, so that whoever asks it next learns why.
    """
    changed: dict[str, PromptNode] = {}
    nodes, read = prompt.nodes, classes.read
    for node_id in node_ids:
        node = nodes[node_id]
        known = read.get(node.class_type)
        if not node.links or (known is not None and known.known_taken.issuperset(node.links)):
            continue
        try:
            pruned = without_unknown_links(node, classes[node.class_type])
        except Exception:  # noqa: S112 - it is told where the node's inputs are checked
            continue
        if pruned is not node:
            changed[node_id] = pruned
    return Prompt({**prompt.nodes, **changed}) if changed else prompt
