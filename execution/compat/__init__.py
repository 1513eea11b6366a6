"""Names that node packs import from elsewhere, each an alias of a module of Skein's own."""

import importlib
import sys

# The old name of a module, and the one that it stands for.
ALIASES = {
    "folder_paths": "execution.compat.folder_paths",
    "comfy_execution": "execution.compat",
    "comfy_execution.graph": "execution.compat.graph",
    "comfy_execution.graph_utils": "execution.compat.graph_utils",
}


def install() -> None:
    """Make the old names importable; a module that already goes by one of them is left alone."""
    for old, own in ALIASES.items():
        if old not in sys.modules:
            sys.modules[old] = importlib.import_module(own)
