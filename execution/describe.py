"""`object_info`: every node class described for clients."""

import logging
from collections.abc import Mapping
from typing import Any

from execution.node_class import NodeClass
from execution.plain import plain

_log = logging.getLogger(__name__)


def describe(nodes: Mapping[str, type], display_names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Class types with their descriptions; a class that cannot describe itself is logged and left out."""
    described: dict[str, Any] = {}
    for class_type, cls in nodes.items():
        try:
            described[class_type] = describe_node(class_type, cls, (display_names or {}).get(class_type))
        except Exception:
            _log.exception("The node %s cannot describe its inputs and is left out of the node list.", class_type)
    return described


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
    for flag, attribute in (("deprecated", "DEPRECATED"), ("experimental", "EXPERIMENTAL"), ("api_node", "API_NODE")):
        if getattr(cls, attribute, False):
            description[flag] = True
    return description
