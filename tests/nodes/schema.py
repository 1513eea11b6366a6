"""A node's interface in one comparable form, whichever of the two spellings of `/object_info` it came in."""

from typing import Any

OWN_WORDS = "tooltip"
MARKS = ("deprecated", "experimental")
SAYS_NOTHING = {"multiselect": False}


def declared(name: str, cls: Any, display_name: str | None = None) -> dict[str, Any]:
    """The interface that a class of ComfyUI's protocol declares."""
    inputs = cls.INPUT_TYPES()
    return {
        "inputs": {group: _inputs(inputs.get(group, {})) for group in ("required", "optional")},
        "hidden": inputs.get("hidden", {}),
        "output": list(cls.RETURN_TYPES),
        "output_name": list(getattr(cls, "RETURN_NAMES", cls.RETURN_TYPES)),
        "category": cls.CATEGORY,
        "output_node": cls.OUTPUT_NODE,
        "marks": [mark for mark in MARKS if getattr(cls, mark.upper(), False)],
        "display_name": display_name or name,
    }


def published(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """The interface as an entry of `/object_info` tells it."""
    inputs, order = entry["input"], entry["input_order"]
    return {
        "inputs": {
            group: _inputs({key: inputs[group][key] for key in order.get(group, [])})
            for group in ("required", "optional")
        },
        # Classes of the newer style tell a hidden input's type in a list.
        "hidden": {key: kind[0] if isinstance(kind, list) else kind for key, kind in inputs.get("hidden", {}).items()},
        "output": entry["output"],
        "output_name": entry["output_name"],
        "category": entry["category"],
        "output_node": entry["output_node"],
        "marks": [mark for mark in MARKS if entry.get(mark)],
        "display_name": entry["display_name"] or name,
    }


def _inputs(group: dict[str, Any]) -> list[list[Any]]:
    return [[name, *_input(spec)] for name, spec in group.items()]


def _input(spec: Any) -> tuple[Any, dict[str, Any]]:
    kind, options = spec[0], dict(spec[1]) if len(spec) > 1 else {}
    if kind == "COMBO":
        kind = options.pop("options", [])
    told = {
        key: value
        for key, value in options.items()
        if key != OWN_WORDS and SAYS_NOTHING.get(key, object()) != value and value is not None
    }
    return kind, told
