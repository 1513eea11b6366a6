"""Whether a node takes a value of a grid's axis, asked before the work begins."""

from difflib import get_close_matches
from typing import Any

from nodes.registry import NODE_CLASS_MAPPINGS

CHECKED_BY_ITSELF = ("VALIDATE_INPUTS", "validate_inputs")


class AxisError(ValueError):
    """An axis of a grid cannot be read; the message says what is wrong and how it is written."""


def check_value(class_type: str, name: str, value: Any, target: str) -> None:
    """Raise `AxisError` for a number out of its input's range, or for what is none of its choices.

    A class that checks its inputs by itself may take more than its choices; a class that is not known takes anything.
    """
    cls = NODE_CLASS_MAPPINGS.get(class_type)
    declared = _declared(cls, name) if cls is not None else None
    if not isinstance(declared, list | tuple) or not declared:
        return
    kind, options = declared[0], declared[1] if len(declared) > 1 and isinstance(declared[1], dict) else {}
    choices = kind if isinstance(kind, list | tuple) else options.get("options")
    if choices is not None:
        if value not in choices and not any(hasattr(cls, own) for own in CHECKED_BY_ITSELF):
            near = get_close_matches(str(value), [str(choice) for choice in choices], 3)
            raise AxisError(f"{value!r} is no choice of {target}. {_advice(near)}")
        return
    if isinstance(value, int | float) and not isinstance(value, bool):
        least, most = options.get("min"), options.get("max")
        if (least is not None and value < least) or (most is not None and value > most):
            raise AxisError(f"{value} is out of the range of {target}, which goes from {least} to {most}.")


def _declared(cls: Any, name: str) -> Any:
    groups = cls.INPUT_TYPES()
    return next((groups[group][name] for group in ("required", "optional") if name in groups.get(group, ())), None)


def _advice(near: list[str]) -> str:
    return f"Did you mean {' or '.join(near)}?" if near else "See the choices on its card."
