"""Built-in nodes, how a node is declared, how packs are loaded. Packs import the node classes from here."""

import importlib
from typing import Any

import comfy  # noqa: F401 - before torch: it settles how torch's threads wait for each other

_HOMES = {
    "NODE_CLASS_MAPPINGS": "nodes.registry",
    "NODE_DISPLAY_NAME_MAPPINGS": "nodes.registry",
    "EXTENSION_WEB_DIRS": "nodes.registry",
    "LOADED_MODULE_DIRS": "nodes.registry",
    "MAX_RESOLUTION": "nodes.types",
    "common_ksampler": "nodes.compat.common_ksampler",
    "interrupt_processing": "nodes.compat.model_management",
    "before_node_execution": "nodes.compat.model_management",
    "load_custom_node": "nodes.compat.pack_loading",
    "init_extra_nodes": "nodes.compat.pack_loading",
    "init_external_custom_nodes": "nodes.compat.pack_loading",
    "init_builtin_extra_nodes": "nodes.compat.pack_loading",
}


def __getattr__(name: str) -> Any:
    """A built-in node class or one of the mappings, loaded when first asked for: they bring torch with them."""
    # Nearly every class begins with a capital; another small letter is Python looking for a submodule.
    if not name[0].isupper() and name not in _HOMES and not name.startswith("unCLIP"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    table = importlib.import_module("nodes.registry").built_in_nodes()
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in table:
        return table[name]
    raise AttributeError(f"There is no node class called {name!r}.")
