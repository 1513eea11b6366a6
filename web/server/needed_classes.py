"""Node classes that ComfyUI's own front end takes for granted, told of where they are not there."""

import json
from typing import Any

# Version 1.27.10 looks these up by name before it makes the widget that chooses a model file, and makes none where
# one of them is missing. It hides what is deprecated; whoever runs one is told that there is no such class.
NEEDED = (
    "CheckpointLoaderSimple", "ImageOnlyCheckpointLoader", "LoraLoader", "LoraLoaderModelOnly", "VAELoader",
    "ControlNetLoader", "UNETLoader", "UpscaleModelLoader", "StyleModelLoader", "GLIGENLoader",
)  # fmt: skip


def with_needed(object_info: str) -> str:
    """The description of all nodes, completed by the classes that are needed; JSON texts."""
    described: dict[str, Any] = json.loads(object_info)
    missing = {name: _absent(name) for name in NEEDED if name not in described}
    return json.dumps({**described, **missing}, separators=(",", ":")) if missing else object_info


def _absent(name: str) -> dict[str, Any]:
    return {
        "input": {"required": {}, "optional": {}},
        "input_order": {"required": [], "optional": []},
        "output": [],
        "output_is_list": [],
        "output_name": [],
        "name": name,
        "display_name": f"{name} (not here)",
        "description": "This server has no such node; it is listed because the page asks for its name.",
        "python_module": "nodes",
        "category": "_absent",
        "output_node": False,
        "deprecated": True,
    }
