"""`object_info`: every node class described for clients."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from execution.node_class import NodeClass
from execution.plain import plain
from execution.replaced_nodes import described_as_was

_log = logging.getLogger(__name__)

FLAGS = {"deprecated": "DEPRECATED", "experimental": "EXPERIMENTAL", "api_node": "API_NODE", "dev_only": "DEV_ONLY"}
TOLD_IF_SAID = {
    "output_matchtypes": "OUTPUT_MATCHTYPES",
    "search_aliases": "SEARCH_ALIASES",
    "essentials_category": "ESSENTIALS_CATEGORY",
}
"""What only some classes say, by the field and the attribute."""


def describe(nodes: Mapping[str, type]) -> dict[str, Any]:
    """Class types with their descriptions; a class that cannot describe itself is logged and left out."""
    descriptions = Descriptions(nodes)
    return {class_type: found for class_type in nodes if (found := descriptions.get(class_type)) is not None}


class Descriptions(Mapping[str, Any]):
    """Descriptions by class type, each made when first asked for: few of many are needed to read a workflow.

    Classes that others have replaced are known by name, but not listed.
    """

    def __init__(self, nodes: Mapping[str, type]) -> None:
        self._nodes = nodes
        self._display_names: Mapping[str, str] = getattr(nodes, "display_names", {})
        self._described: dict[str, Any] = {}

    def __getitem__(self, class_type: str) -> Any:
        if class_type not in self._described:
            is_here = class_type in self._nodes
            self._described[class_type] = (
                self._describe(class_type, self._nodes[class_type])
                if is_here
                else described_as_was(class_type, self._nodes, self.__getitem__)
            )
        if self._described[class_type] is None:
            raise KeyError(class_type)
        return self._described[class_type]

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def _describe(self, class_type: str, cls: type) -> Any:
        try:
            return describe_node(class_type, cls, self._display_names.get(class_type))
        except Exception:
            _log.exception("The node %s cannot describe its inputs and is left out of the node list.", class_type)
            return None


def describe_node(class_type: str, cls: Any, display_name: str | None = None) -> dict[str, Any]:
    """One class in the wire form of `/object_info`."""
    node = NodeClass(class_type, cls)
    types = [plain(kind) for kind in node.return_types]
    description = {
        "input": {group: plain(dict(inputs)) for group, inputs in node.input_types.items()},
        "input_order": {group: [str(name) for name in inputs] for group, inputs in node.input_types.items()},
        "output": types,
        "output_is_list": list(node.output_is_list)[: len(types)],
        "output_name": plain(getattr(cls, "RETURN_NAMES", None) or types),
        "name": class_type,
        "display_name": display_name or getattr(cls, "DISPLAY_NAME", None) or class_type,
        "description": str(getattr(cls, "DESCRIPTION", None) or ""),
        "python_module": str(getattr(cls, "RELATIVE_PYTHON_MODULE", None) or "nodes"),
        "category": str(getattr(cls, "CATEGORY", None) or "sd"),
        "output_node": node.is_output,
    }
    if getattr(cls, "OUTPUT_TOOLTIPS", None):
        description["output_tooltips"] = plain(cls.OUTPUT_TOOLTIPS)
    for field, attribute in TOLD_IF_SAID.items():
        if said := getattr(cls, attribute, None):
            description[field] = plain(said) if isinstance(said, (list, tuple)) else said
    for flag, attribute in FLAGS.items():
        if getattr(cls, attribute, False):
            description[flag] = True
    return description
