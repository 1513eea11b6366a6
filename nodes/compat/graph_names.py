"""What packs find in `comfy_execution.graph` beside what the engine has: an order of nodes to be worked off."""

from typing import Any

from execution.compat.graph import get_input_info
from nodes.compat.foreign import stand_in
from nodes.registry import NODE_CLASS_MAPPINGS


class NodeInputError(Exception):
    """A node's input cannot be used."""


class NodeNotFoundError(Exception):
    """A link leads to a node that there is not."""


class TopologicalSort:
    """The nodes of a prompt, each ready once all that it was linked to have been popped.

    `dynprompt` is what the hidden input DYNPROMPT gives; packs override `is_cached`.
    """

    def __init__(self, dynprompt: Any) -> None:
        self.dynprompt = dynprompt
        self.pendingNodes: dict[str, bool] = {}
        self.blockCount: dict[str, int] = {}
        self.blocking: dict[str, dict[str, dict[int, bool]]] = {}

    def get_input_info(self, unique_id: str, input_name: str) -> tuple[Any, str | None, Any]:
        """A node's input: its type, its group and its options."""
        cls = NODE_CLASS_MAPPINGS[self.dynprompt.get_node(unique_id)["class_type"]]
        return get_input_info(cls, input_name)

    def is_cached(self, node_id: str) -> bool:
        """Whether a node need not be waited for."""
        return False

    def make_input_strong_link(self, to_node_id: str, to_input: str) -> None:
        """Have a node wait for what one of its inputs is linked to."""
        value = self.dynprompt.get_node(to_node_id)["inputs"].get(to_input)
        if value is None:
            raise NodeInputError(f"Node {to_node_id} has no input {to_input}.")
        if not _is_link(value):
            raise NodeInputError(f"The input {to_input} of node {to_node_id} is not linked.")
        self.add_strong_link(value[0], value[1], to_node_id)

    def add_strong_link(self, from_node_id: str, from_socket: int, to_node_id: str) -> None:
        """Have a node wait for another, which is added with all that it waits for itself."""
        if self.is_cached(from_node_id):
            return
        self.add_node(from_node_id)
        self._block(from_node_id, from_socket, to_node_id)

    def add_node(self, node_unique_id: str, include_lazy: bool = False, subgraph_nodes: Any = None) -> None:
        """Add a node and all that it waits for; of links to `lazy` inputs only where they are included."""
        waiting = [node_unique_id]
        while waiting:
            node_id = waiting.pop()
            if node_id in self.pendingNodes:
                continue
            if not self.dynprompt.has_node(node_id):
                raise NodeNotFoundError(f"There is no node {node_id}.")
            self.pendingNodes[node_id] = True
            self.blockCount.setdefault(node_id, 0)
            self.blocking.setdefault(node_id, {})
            for name, value in self.dynprompt.get_node(node_id)["inputs"].items():
                if not _is_link(value) or (subgraph_nodes is not None and value[0] not in subgraph_nodes):
                    continue
                options = self.get_input_info(node_id, name)[2] or {}
                if (include_lazy or not options.get("lazy")) and not self.is_cached(value[0]):
                    waiting.append(value[0])
                    self._block(value[0], value[1], node_id)

    def get_ready_nodes(self) -> list[str]:
        """The nodes that wait for nothing."""
        return [node_id for node_id in self.pendingNodes if self.blockCount[node_id] == 0]

    def pop_node(self, unique_id: str) -> None:
        """Take out a node that is done."""
        del self.pendingNodes[unique_id]
        for blocked in self.blocking.pop(unique_id):
            self.blockCount[blocked] -= 1

    def is_empty(self) -> bool:
        return not self.pendingNodes

    def _block(self, from_node_id: str, from_socket: int, to_node_id: str) -> None:
        blocked = self.blocking.setdefault(from_node_id, {})
        if to_node_id not in blocked:
            self.blockCount[to_node_id] = self.blockCount.get(to_node_id, 0) + 1
        blocked.setdefault(to_node_id, {})[from_socket] = True


def _is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int)


# The order of ComfyUI's own executor; Skein has another one.
ExecutionList = stand_in("comfy_execution.graph.ExecutionList")
