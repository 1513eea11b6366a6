"""Nodes that hold one value, and the one that shows any."""

import json
from contextlib import suppress
from typing import Annotated, Any

from nodes.declare import node
from nodes.types import AnyValue, BoolValue, FloatValue, IntValue, TextValue, Ui
from nodes.widgets import Other, Text, Toggle

LARGEST = 2**63 - 1
RANGE = {"min": -LARGEST, "max": LARGEST}


@node("utils/primitive", display_name="Boolean")
class PrimitiveBoolean:
    """A switch for other nodes to read."""

    def execute(self, value: Annotated[bool, Toggle(None)]) -> BoolValue:
        return value


@node("utils/primitive", display_name="Float")
class PrimitiveFloat:
    """A number for other nodes to read."""

    def execute(self, value: Annotated[float, Other("FLOAT", RANGE)]) -> FloatValue:
        return value


@node("utils/primitive", display_name="Int")
class PrimitiveInt:
    """A whole number for other nodes to read."""

    def execute(self, value: Annotated[int, Other("INT", {**RANGE, "control_after_generate": True})]) -> IntValue:
        return value


@node("utils/primitive", display_name="String")
class PrimitiveString:
    """A line of text for other nodes to read."""

    def execute(self, value: Annotated[str, Text(multiline=False)]) -> TextValue:
        return value


@node("utils/primitive", display_name="String (Multiline)")
class PrimitiveStringMultiline:
    """A text for other nodes to read."""

    def execute(self, value: Annotated[str, Text(multiline=True)]) -> TextValue:
        return value


@node("utils", display_name="Preview Any", output_node=True)
class PreviewAny:
    """Show any value as text."""

    def main(self, source: AnyValue = None) -> Ui:
        return {"ui": {"text": (as_text(source),)}}


def as_text(value: Any) -> str:
    """A value in words: text as it is, what JSON can say as JSON, tensors and models by what Python calls them."""
    if isinstance(value, str):
        return value
    with suppress(TypeError, ValueError):
        return json.dumps(value, indent=2, ensure_ascii=False)
    return str(value)
