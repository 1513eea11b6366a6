"""The axes of a grid: which widget of which node takes which values."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nodes.graph_copies import Graph, is_link
from nodes.grid_values import AxisError, check_value

MOST_VALUES = 1000
SEEDS, DRAWN = ("seed", "noise_seed"), -1
# 1-5 (+2): from, to and a step; 1-5 [3]: from, to and how many.
_RANGE = re.compile(
    r"\s*(?P<first>-?[\d.]+)\s*-\s*(?P<last>-?[\d.]+)\s*"
    r"(?:\(\s*(?P<step>[+-][\d.]+)\s*\)|\[\s*(?P<count>\d+)\s*\])?\s*$"
)
_VALUE = re.compile(r'\s*(?:"(?P<quoted>(?:[^"]|"")*)"\s*|(?P<plain>[^,]*))(?:,|$)')
SEARCH = "search and replace"


@dataclass(frozen=True)
class Axis:
    """A widget, `node_id` and `input`, with its values in order; with `search` they replace that text in all texts."""

    title: str
    values: tuple[Any, ...]
    node_id: str | None = None
    input: str | None = None
    search: str | None = None

    def label(self, value: Any) -> str:
        """What stands beside a row or above a column."""
        return str(value) if self.search is not None else f"{self.title}: {value}"


def read_axis(
    nodes: Graph, titles: dict[str, str], target: str, text: str, shown: Mapping[str, str] | None = None
) -> Axis | None:
    """An axis from `node.input` and values such as `1, 2, 5` or `1-9 (+2)` or `1-9 [3]`.

    The node is an id, a title or a class; `input` alone will do where one node has it.
    `shown` tells of copies, as rounds of a loop are, under which id the page shows each.

    A target of `search and replace` takes the first value as the text that each value replaces. None without a target.
    """
    target = target.strip()
    if not target:
        return None
    if target.lower() == SEARCH:
        words = _split(text)
        if not words:
            raise AxisError("Search and replace needs values: the text to search for, then what replaces it.")
        texts = [held for node in nodes.values() for held in node["inputs"].values() if isinstance(held, str)]
        if not words[0] or not any(words[0] in held for held in texts):
            raise AxisError(f"Search and replace: no text that the grid's image comes from has {words[0]!r} in it.")
        return Axis(words[0], tuple(words), search=words[0])
    name, _dot, widget = target.rpartition(".")
    node_id = _find(nodes, titles, name, widget, shown or {}) if name else _find_alone(nodes, widget, shown or {})
    current = nodes[node_id]["inputs"][widget]
    values = [_as_kind(value, current, target) for value in _expanded(_split(text), current)]
    for value in values:
        check_value(nodes[node_id]["class_type"], widget, value, target)
    if widget in SEEDS:
        values = [random.getrandbits(32) if value == DRAWN else value for value in values]
    return Axis(widget, tuple(values), node_id, widget)


def apply(nodes: Graph, settings: list[tuple[Axis, Any]]) -> Graph:
    """The nodes with the widgets set; those that stay the same are the same objects."""
    changed = dict(nodes)
    for axis, value in settings:
        if axis.search is not None:
            for node_id, node in changed.items():
                inputs = {name: _replaced(held, axis.search, value) for name, held in node["inputs"].items()}
                if inputs != node["inputs"]:
                    changed[node_id] = {**node, "inputs": inputs}
        elif axis.node_id is not None:
            node = changed[axis.node_id]
            changed[axis.node_id] = {**node, "inputs": {**node["inputs"], str(axis.input): value}}
    return changed


def _replaced(held: Any, search: str, value: str) -> Any:
    return held.replace(search, value) if isinstance(held, str) else held


def _find(nodes: Graph, titles: dict[str, str], name: str, widget: str, shown: Mapping[str, str]) -> str:
    fitting = [node_id for node_id in nodes if node_id == name]
    # Within a loop nodes are copies of those that the page shows.
    fitting = fitting or [node_id for node_id in nodes if shown.get(node_id) == name]
    fitting = fitting or [node_id for node_id in nodes if titles.get(node_id) == name]
    fitting = fitting or [node_id for node_id, node in nodes.items() if node["class_type"] == name]
    fitting = [node_id for node_id in fitting if widget in nodes[node_id]["inputs"]]
    if len(fitting) != 1:
        found = "No node" if not fitting else f"More than one node ({', '.join(sorted(fitting))})"
        raise AxisError(f"{found} that the grid's image comes from is {name!r} with an input {widget!r}. Use its id.")
    if is_link(nodes[fitting[0]]["inputs"][widget]):
        raise AxisError(f"The input {widget!r} of {name!r} comes from a link. Sweep the node that gives it.")
    return fitting[0]


def _find_alone(nodes: Graph, widget: str, shown: Mapping[str, str]) -> str:
    held = {node_id: node["inputs"][widget] for node_id, node in nodes.items() if widget in node["inputs"]}
    fitting = [node_id for node_id, value in held.items() if not is_link(value)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise AxisError(
            f"No node that the grid's image comes from has a value {widget!r}. Write node.input, such as KSampler.cfg."
        )
    written = ", ".join(f"{shown.get(node_id, node_id)}.{widget}" for node_id in sorted(fitting))
    raise AxisError(f"More than one node has a value {widget!r}. Write which: {written}.")


def _split(text: str) -> list[str]:
    """Values between commas or on lines, quoted where they hold commas; only those in quotes may be empty."""
    values = []
    for match in (match for line in text.splitlines() for match in _VALUE.finditer(line)):
        if match["quoted"] is not None:
            values.append(match["quoted"].replace('""', '"').strip())
        elif match["plain"].strip():
            values.append(match["plain"].strip())
    return values


def _expanded(values: list[str], current: Any) -> list[str]:
    if not values:
        raise AxisError("An axis has no values. Write them with commas between, or as a range such as 1-9 (+2).")
    if isinstance(current, str | bool):
        return values
    expanded = [part for value in values for part in _range(value)]
    if len(expanded) > MOST_VALUES:
        raise AxisError(f"An axis has {len(expanded)} values, of {MOST_VALUES} at most.")
    return expanded


def _range(value: str) -> list[str]:
    match = _RANGE.match(value)
    if match is None:
        return [value]
    first, last = float(match["first"]), float(match["last"])
    if match["count"]:
        count = int(match["count"])
        steps = [first + index * (last - first) / max(count - 1, 1) for index in range(min(count, MOST_VALUES + 1))]
    else:
        step = float(match["step"] or (1 if last >= first else -1))
        if step == 0 or (last - first) / step < 0:
            raise AxisError(f"The range {value!r} never gets from {first:g} to {last:g}. Turn its step round.")
        steps = [first + index * step for index in range(min(int((last - first) / step + 1e-9), MOST_VALUES) + 1)]
    return [f"{number:.10g}" for number in steps]


def _whole(text: str) -> int:
    number = float(text) if "." in text or "e" in text.lower() else int(text)
    if number != int(number):
        raise ValueError("not a whole number")
    return int(number)


def _as_kind(value: str, current: Any, target: str) -> Any:
    try:
        if isinstance(current, bool):
            return {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}[value.lower()]
        if isinstance(current, int):
            return _whole(value)
        return float(value) if isinstance(current, float) else value
    except (ValueError, KeyError) as error:
        raise AxisError(f"{value!r} is no value for {target}, which holds {current!r}.") from error
