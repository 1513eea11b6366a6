"""The members of a JSON object, each with the text that it was read from."""

import json
import re
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True)
class Members:
    """Values and texts by name. Of a name that comes twice the last counts."""

    values: dict[str, Any]
    texts: dict[str, str]


def read_members(text: str, decoder: json.JSONDecoder) -> Members | None:
    """Read an object; None for any other value, or text that is no JSON in a way that the decoder has no word for.

    Raises `ValueError` and `RecursionError` as the decoder does.
    """
    members = Members({}, {})
    index = _next(text, 0)
    if text[index : index + 1] != "{":
        return None
    index = _next(text, index + 1)
    is_at_end = text[index : index + 1] == "}"
    while not is_at_end:
        name, index = decoder.raw_decode(text, index)
        index = _next(text, index)
        if type(name) is not str or text[index : index + 1] != ":":
            return None
        start = _next(text, index + 1)
        members.values[name], end = decoder.raw_decode(text, start)
        members.texts[name] = text[start:end]
        index = _next(text, end)
        is_at_end = text[index : index + 1] == "}"
        if not is_at_end:
            if text[index : index + 1] != ",":
                return None
            index = _next(text, index + 1)
    return members if _next(text, index + 1) == len(text) else None


def _next(text: str, index: int) -> int:
    """Where the next character is that is no white space."""
    found = _SPACE.match(text, index)
    return found.end() if found is not None else index
