"""Which inputs of a node are widgets, and which of its stored values belongs to which."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from execution.dynamic_inputs import DYNAMIC_COMBO, DYNAMIC_GROUP, MOST_ROWS
from execution.workflow.graph import Node

# The roles of what goes by an input's name.
NAMED = ("value", "rows")

WIDGET_TYPES = frozenset(
    ("INT", "FLOAT", "BOOLEAN", "STRING", "COMBO", "MARKDOWN", "COLOR", "TEXTAREA", "CHART", "GALLERIA", "IMAGECOMPARE",
     "TREESELECT", "MULTISELECT", "SELECTBUTTON", "CURVE", "RANGE", "BOUNDING_BOX", "PAINTER", "COLORS",
     DYNAMIC_COMBO, DYNAMIC_GROUP, "LOAD_3D", "LOAD_3D_ANIMATION", "AUDIO_UI", "AUDIO_RECORD",
     "WEBCAM")
)  # fmt: skip
SEED_NAMES = ("seed", "noise_seed")
UPLOADS = ("image_upload", "video_upload", "audio_upload", "file_upload", "animated_image_upload")


@dataclass(frozen=True)
class Widget:
    """One stored value of a node; `role` says whether it is an input's `value`, the number of a group's `rows`, or
    only the editor's."""

    name: str
    kind: str
    options: Mapping[str, Any]
    choices: tuple[Any, ...] = ()
    role: str = "value"

    @property
    def default(self) -> Any:
        """What the widget holds before anybody touches it."""
        if "default" in self.options:
            return self.options["default"]
        if self.kind in ("COMBO", DYNAMIC_COMBO):
            return self.choices[0] if self.choices else None
        if self.kind == DYNAMIC_GROUP:
            return self.options.get("min") or 0
        return {"INT": 0, "FLOAT": 0, "STRING": "", "BOOLEAN": False}.get(self.kind)


# These show a model in space and keep a picture of it, which no description tells.
_PICTURE = Widget("image", "STRING", {})
PICTURED = {"SaveGLB": (_PICTURE,), "Preview3D": (_PICTURE,), "Preview3DAnimation": (_PICTURE,)}


@dataclass(frozen=True)
class Held:
    """A widget with what it holds; `position` is its index in the stored values, None where it is not stored."""

    widget: Widget
    value: Any
    position: int | None


def linked_controls(held: list[Held]) -> list[tuple[Held, Any]]:
    """The widgets that change after a run, each with the stored value of its control."""
    return [(value, control.value) for value, control in pairwise(held) if control.widget.role == "control"]


def held_values(node: Node, description: Mapping[str, Any]) -> list[Held]:
    """The widgets of a node in order, each with its stored value or its default."""
    stored = node.get("widgets_values")
    values = list(stored) if isinstance(stored, list) else []
    offsets = _positions(values, description)
    waiting = [*_widgets(description), *PICTURED.get(str(description.get("name")), ())]
    held: list[Held] = []
    while waiting:
        widget = waiting.pop(0)
        index = len(held)
        position = offsets[index] if index < len(offsets) else None
        value = values[position] if position is not None else widget.default
        held.append(Held(widget, value, position))
        if widget.kind == DYNAMIC_COMBO:
            waiting[:0] = _chosen_widgets(widget, value)
        elif widget.kind == DYNAMIC_GROUP:
            waiting[:0] = _row_widgets(widget, value)
    return held


def input_types(description: Mapping[str, Any]) -> dict[str, Any]:
    """The declared type of every input by name."""
    return {name: _kind(spec) for name, spec in declared_inputs(description)}


def declared_inputs(description: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and declarations in the order in which the editor makes them: required, then optional."""
    orders = description.get("input_order") or {}
    for group in ("required", "optional"):
        inputs = (description.get("input") or {}).get(group) or {}
        order = [name for name in orders.get(group) or () if name in inputs]
        for name in dict.fromkeys([*order, *inputs]):
            yield name, inputs[name]


def _positions(values: list[Any], description: Mapping[str, Any]) -> list[int]:
    """Where the stored values lie. Older files also hold one for every input that has become a plain socket."""
    keeps = [
        is_shown
        for name, spec in declared_inputs(description)
        if _kind(spec) in WIDGET_TYPES
        for is_shown in [not _is_socket(description, name, spec)] * (2 if _is_controlled(name, spec) else 1)
    ]
    if len(values) != len(keeps) or all(keeps):
        return list(range(len(values)))
    return [index for index, is_shown in enumerate(keeps) if is_shown]


def _widgets(description: Mapping[str, Any]) -> Iterator[Widget]:
    for name, spec in declared_inputs(description):
        if _kind(spec) in WIDGET_TYPES and not _is_socket(description, name, spec):
            yield from _widget_with_companions(name, spec)


def _widget_with_companions(name: str, spec: Any) -> Iterator[Widget]:
    kind, options = _kind(spec), _options(spec)
    yield Widget(name, kind, options, tuple(_choices(spec)), "rows" if kind == DYNAMIC_GROUP else "value")
    if _is_controlled(name, spec):
        yield Widget("control_after_generate", "COMBO", {"default": "randomize"}, role="control")
        if kind == "COMBO":
            yield Widget("control_filter_list", "STRING", {}, role="filter")
    if any(options.get(upload) for upload in UPLOADS):
        yield Widget("upload", "BUTTON", {"default": "image"}, role="button")


def _chosen_widgets(widget: Widget, value: Any) -> list[Widget]:
    chosen = next((option for option in widget.options.get("options") or () if option.get("key") == value), None)
    if chosen is None:
        return []
    return _widgets_below(widget.name, chosen.get("inputs"))


def _row_widgets(widget: Widget, count: Any) -> list[Widget]:
    """The widgets of so many rows of a group."""
    rows = min(int(count), MOST_ROWS) if isinstance(count, int | float) and math.isfinite(count) else 0
    return [
        each for row in range(rows) for each in _widgets_below(f"{widget.name}.{row}", widget.options.get("template"))
    ]


def _widgets_below(path: str, inputs: Any) -> list[Widget]:
    return [
        replace(each, name=f"{path}.{each.name}") if each.role in NAMED else each
        for each in _widgets({"input": inputs or {}})
    ]


def _kind(spec: Any) -> str:
    kind = spec[0] if isinstance(spec, (list, tuple)) and spec else spec
    widget_type = _options(spec).get("widgetType")
    return "COMBO" if isinstance(kind, (list, tuple)) else str(widget_type or kind)


def _options(spec: Any) -> Mapping[str, Any]:
    options = spec[1] if isinstance(spec, (list, tuple)) and len(spec) > 1 else {}
    return options if isinstance(options, Mapping) else {}


def _choices(spec: Any) -> list[Any]:
    if isinstance(spec[0], (list, tuple)):
        return list(spec[0])
    options = _options(spec).get("options") or []
    return [option.get("key") if isinstance(option, Mapping) else option for option in options]


def _is_socket(description: Mapping[str, Any], name: str, spec: Any) -> bool:
    options = _options(spec)
    is_optional = name in ((description.get("input") or {}).get("optional") or {})
    return bool(options.get("forceInput")) or (is_optional and bool(options.get("defaultInput")))


def _is_controlled(name: str, spec: Any) -> bool:
    wish = _options(spec).get("control_after_generate")
    if _kind(spec) == "INT":
        return bool(wish) if wish is not None else name in SEED_NAMES
    return _kind(spec) == "COMBO" and bool(wish)
