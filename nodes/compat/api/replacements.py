"""Which node classes packs have put in the place of others."""

from execution.compat.replaced_nodes import Replacement
from nodes.compat.api.schema import NodeReplace

REPLACEMENTS: dict[str, list[Replacement]] = {}
"""What stands for an old class, by its class type; the first that there is counts."""


def register(replaced: NodeReplace) -> None:
    """Add one behind the others of its old class; one that is there already stays alone."""
    made = Replacement(replaced.new_node_id, replaced.input_mapping, replaced.output_mapping, replaced.old_widget_ids)
    known = REPLACEMENTS.setdefault(replaced.old_node_id, [])
    if made not in known:
        known.append(made)
