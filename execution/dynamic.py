"""The prompt as it runs: its own nodes, and those that nodes put in their place while they ran."""

from collections.abc import Iterator, Mapping

from execution.errors import NodeError
from execution.prompt import Prompt, PromptNode


class DynamicPrompt(Mapping[str, PromptNode]):
    """Nodes by id; knows of each added node which node it came from and under which id users see it."""

    def __init__(self, prompt: Prompt) -> None:
        self.original = prompt
        self._added: dict[str, PromptNode] = {}
        self._parent: dict[str, str] = {}
        self._display: dict[str, str] = {}
        self._real: dict[str, str] = {}

    def __getitem__(self, node_id: str) -> PromptNode:
        node = self._added.get(node_id)
        return self.original.nodes[node_id] if node is None else node

    def __contains__(self, node_id: object) -> bool:
        return node_id in self._added or node_id in self.original.nodes

    def __iter__(self) -> Iterator[str]:
        yield from self.original.nodes
        yield from list(self._added)  # Async nodes may add more meanwhile.

    def __len__(self) -> int:
        return len(self.original.nodes) + len(self._added)

    def add(self, node_id: str, node: PromptNode, parent: str, display: str | None = None) -> None:
        """Add a node that `parent` expanded into; users see it as `display`, or as its parent."""
        if node_id in self:
            raise NodeError(f"Node {parent} expanded into a node {node_id!r}, but that id is taken. Ids must be new.")
        self._added[node_id] = node
        self._parent[node_id] = parent
        self._display[node_id] = self.display_id(parent if display is None else display)
        self._real[node_id] = self.real_id(parent)

    def display_id(self, node_id: str) -> str:
        """The id under which the page shows what this node does."""
        return self._display.get(node_id, node_id)

    def own_display_id(self, node_id: str) -> str | None:
        """The same, where it is not that of the node that expanded into this one."""
        parent, shown_at = self._parent.get(node_id), self.display_id(node_id)
        return None if parent is not None and shown_at == self.display_id(parent) else shown_at

    def parent_id(self, node_id: str) -> str | None:
        """The node that expanded into this one; None for a node of the prompt itself."""
        return self._parent.get(node_id)

    def real_id(self, node_id: str) -> str:
        """The node of the prompt itself that this one came from, over however many expansions."""
        return self._real.get(node_id, node_id)
