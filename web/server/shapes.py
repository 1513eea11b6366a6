"""Shapes of JSON values (JSON Schema 2020-12), written so that they read like the values."""

from collections.abc import Mapping
from typing import Any

Shape = dict[str, Any]

ANY: Shape = {}
TEXT: Shape = {"type": "string"}
NUMBER: Shape = {"type": "number"}
COUNT: Shape = {"type": "integer", "minimum": 0}
FLAG: Shape = {"type": "boolean"}
OBJECT: Shape = {"type": "object"}
WORD: Shape = {"type": "string", "minLength": 1}
LARGEST_ASKED = 10**15 - 1
ASKED_COUNT: Shape = {**COUNT, "maximum": LARGEST_ASKED}
"""A count in a query, or a time in milliseconds."""
TRUTH: Shape = {"type": "string", "description": "yes is true or 1, anything else is no"}
"""A yes or no in a query or a form."""


def array(of: Shape, **bounds: Any) -> Shape:
    """A list of values of one shape."""
    return {"type": "array", "items": of, **bounds}


def row(*of: Shape) -> Shape:
    """A list of fixed length in which each place has its own shape."""
    return {"type": "array", "prefixItems": list(of), "minItems": len(of), "maxItems": len(of)}


def table(of: Shape) -> Shape:
    """An object with any keys and values of one shape."""
    return {"type": "object", "additionalProperties": of}


def one_of(*values: Any) -> Shape:
    """One of some values."""
    return {"enum": list(values)}


def either(*shapes: Shape) -> Shape:
    """A value of any of some shapes."""
    return {"anyOf": list(shapes)}


def maybe(shape: Shape) -> Shape:
    """A value of the shape, or null."""
    return either(shape, {"type": "null"})


def record(fields: Mapping[str, Shape], name: str = "") -> Shape:
    """An object; a field whose name ends in `?` may be missing. A shape with a name is described once, by that name."""
    shape: Shape = {
        "type": "object",
        "properties": {field.removesuffix("?"): of for field, of in fields.items()},
        "required": [field for field in fields if not field.endswith("?")],
    }
    return {"title": name, **shape} if name else shape
