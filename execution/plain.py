"""Any value as plain JSON: what leaves the worker must be readable by a process that knows no tensors."""

import json
import math
from collections.abc import Mapping
from typing import Any

_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def plain(value: Any) -> Any:
    """The value with mappings, sequences, texts, finite numbers and None only; all else becomes text, NaN None."""
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(part) for part in value]
    if isinstance(value, (str, int)):
        return str(value) if isinstance(value, str) else int(value)
    unwrapped = _scalar(value)
    return str(value) if unwrapped is None else plain(unwrapped)


def to_json(value: Any) -> str:
    """Any value as JSON text, ASCII only, without NaN."""
    try:
        return _encode(value)
    except (TypeError, ValueError):
        return _encode(plain(value))


def described(value: Any, most: int = 2000) -> Any:
    """A value as an error message shows it: plain, or its text cut to `most` characters."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return plain(value)
    try:
        text = str(value)
    except Exception as error:  # A message about one fault must not end in another.
        text = f"<{type(value).__name__} that cannot be shown: {error!r}>"
    return text if len(text) <= most else f"{text[:most]}…"


def _scalar(value: Any) -> bool | int | float | str | None:
    """A number of an array library, which holds exactly one value and has no axes."""
    if getattr(value, "shape", None) != () or not hasattr(value, "item"):
        return None
    held = value.item()
    return held if isinstance(held, (bool, int, float, str)) else None
