"""Inputs that a node has only while others are as they are: those of a chosen option, rows that grow, types that match.

In a prompt such an input goes by a path, `mode.strength`, `images.image0` or, of a group's rows, `loras.0.strength`.
The forms are those in which ComfyUI's `/object_info` tells them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"
AUTOGROW = "COMFY_AUTOGROW_V3"
DYNAMIC_GROUP = "COMFY_DYNAMICGROUP_V3"
DYNAMIC_SLOT = "COMFY_DYNAMICSLOT_V3"
MATCH = "COMFY_MATCHTYPE_V3"
GROUPS = ("required", "optional")
MOST_ROWS = 100
ROWS = {str(row): row for row in range(MOST_ROWS)}
"""What a group's rows are called."""

Declared = tuple[str, Any]
"""The group of an input and its declaration, as `INPUT_TYPES` has it."""


def kind_of(declared: Any) -> Any:
    """The declared type of an input."""
    return declared[0] if isinstance(declared, (tuple, list)) and declared else declared


def options_of(declared: Any) -> Mapping[str, Any]:
    """The declared options of an input."""
    options = declared[1] if isinstance(declared, (tuple, list)) and len(declared) > 1 else {}
    return options if isinstance(options, Mapping) else {}


def is_dynamic(declared: Any) -> bool:
    """Whether an input stands for others."""
    return kind_of(declared) in (DYNAMIC_COMBO, AUTOGROW, DYNAMIC_GROUP, DYNAMIC_SLOT)


def matched_type(declared: Any) -> Any:
    """The type of an input, for one that shares its type with others the types that it may be."""
    kind = kind_of(declared)
    return options_of(declared).get("template", {}).get("allowed_types", "*") if kind == MATCH else kind


def live_inputs(name: str, group: str, declared: Any, given: Mapping[str, Any]) -> Iterator[tuple[str, Declared]]:
    """The inputs, by their paths, that one declaration stands for while a prompt gives these values."""
    kind, options = kind_of(declared), options_of(declared)
    if kind == AUTOGROW:
        yield from _rows(name, group, options, given)
        return
    if kind == DYNAMIC_GROUP:
        for row in _needed_rows(name, options, given):
            for inner_group, inner_name, inner in _members(options.get("template")):
                yield f"{name}.{row}.{inner_name}", (inner_group, inner)
        return
    if kind == DYNAMIC_SLOT:
        yield name, (group, (options.get("slotType", "*"), {**options, "forceInput": True}))
        inside = options.get("inputs") if name in given else None
    else:
        yield name, (group, declared)
        inside = _chosen(options, given.get(name)) if kind == DYNAMIC_COMBO else None
    for inner_group, inner_name, inner in _members(inside):
        joined = "required" if group == inner_group == "required" else "optional"
        yield from live_inputs(f"{name}.{inner_name}", joined, inner, given)


def _rows(
    name: str, group: str, options: Mapping[str, Any], given: Mapping[str, Any]
) -> Iterator[tuple[str, Declared]]:
    template = options.get("template") or {}
    needed = int(template.get("min") or 0)
    for index, row in enumerate(row_names(template)):
        for inner_group, inner_name, inner in _members(template.get("input")):
            path = f"{name}.{_row(row, inner_name, template)}"
            is_needed = index < needed and group == inner_group == "required"
            if is_needed or path in given:
                yield path, ("required" if is_needed else "optional", inner)


def _needed_rows(name: str, options: Mapping[str, Any], given: Mapping[str, Any]) -> list[int]:
    """The rows of a group that are given, and so many more as it must have."""
    rows = rows_given(name, given).keys()
    free = [row for row in range(MOST_ROWS) if row not in rows]
    return sorted([*rows, *free[: max(0, int(options.get("min") or 0) - len(rows))]])


def rows_given(name: str, given: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """What is given of a group's rows: by row the values by name."""
    rows: dict[int, dict[str, Any]] = {}
    for path, value in given.items():
        if path.startswith(f"{name}."):
            row, _, inner = path.removeprefix(f"{name}.").partition(".")
            if inner and row in ROWS:
                rows.setdefault(ROWS[row], {})[inner] = value
    return rows


def _row(row: str, inner_name: str, template: Mapping[str, Any]) -> str:
    """The name of a row's input; where a row has several, each adds its own name."""
    return row if sum(1 for _ in _members(template.get("input"))) == 1 else f"{row}{inner_name}"


def row_names(template: Mapping[str, Any]) -> list[str]:
    """What the rows of a growing input are called, as far as it may grow."""
    names: Sequence[str] | None = template.get("names")
    if names:
        return list(names)
    most = min(int(template.get("max") or MOST_ROWS), MOST_ROWS)
    return [f"{template.get('prefix', '')}{index}" for index in range(most)]


def _chosen(options: Mapping[str, Any], key: Any) -> Any:
    chosen: Mapping[str, Any] = next(
        (option for option in options.get("options") or () if option.get("key") == key), {}
    )
    return chosen.get("inputs")


def _members(inputs: Any) -> Iterator[tuple[str, str, Any]]:
    for group in GROUPS:
        for name, declared in ((inputs or {}).get(group) or {}).items():
            yield group, name, declared


def at_path(path: str, find: Callable[[str], Any]) -> Any:
    """The declaration that a path leads to, whatever is chosen on the way; None where it leads to none.

    `find` answers for names without a path.
    """
    name, _, rest = path.partition(".")
    declared = find(name)
    while rest and declared is not None:
        name, _, rest = rest.partition(".")
        declared = _inner(declared, name)
    return declared


def _inner(declared: Any, name: str) -> Any:
    kind, options = kind_of(declared), options_of(declared)
    if kind == AUTOGROW:
        template = options.get("template") or {}
        found = {
            _row(row, inner, template): spec
            for row in row_names(template)
            for _, inner, spec in _members(template.get("input"))
        }
        return found.get(name)
    if kind == DYNAMIC_GROUP:
        # A row is what a linked slot would be: a name with inputs behind it.
        return (DYNAMIC_SLOT, {"inputs": options.get("template")}) if name in ROWS else None
    inside = [options.get("inputs")] if kind == DYNAMIC_SLOT else []
    if kind == DYNAMIC_COMBO:
        inside = [option.get("inputs") for option in options.get("options") or ()]
    return next((spec for each in inside for _, inner, spec in _members(each) if inner == name), None)
