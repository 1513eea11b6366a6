"""The running prompt in the shape that packs ask for."""

from collections.abc import Mapping
from typing import Any

from execution.dynamic import DynamicPrompt
from execution.prompt import Prompt


class PackPrompt:
    """The running prompt as packs ask for it by a hidden DYNPROMPT input: nodes in their JSON form."""

    def __init__(self, nodes: DynamicPrompt | Mapping[str, Any]) -> None:
        self._nodes = nodes if isinstance(nodes, DynamicPrompt) else DynamicPrompt(Prompt.parse(nodes))

    def get_node(self, node_id: str) -> dict[str, Any]:
        return self._nodes[node_id].to_json()

    def has_node(self, node_id: str) -> bool:
        return node_id in self._nodes

    def all_node_ids(self) -> set[str]:
        return set(self._nodes)

    def get_original_prompt(self) -> dict[str, Any]:
        return self._nodes.original.to_json()

    def get_display_node_id(self, node_id: str) -> str:
        return self._nodes.display_id(node_id)

    def get_real_node_id(self, node_id: str) -> str:
        return self._nodes.real_id(node_id)

    def get_parent_node_id(self, node_id: str) -> str | None:
        return self._nodes.parent_id(node_id)
