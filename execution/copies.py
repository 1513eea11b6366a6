"""Copies of a prompt that differ in their seeds, each with a workflow that says the seeds it ran with."""

import copy
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from execution.plain import to_json
from execution.workflow import convert, step_seeds
from execution.workflow.graph import Node, inputs_of, link_id, read_workflow
from execution.workflow.group_nodes import classes_in_groups
from execution.workflow.widgets import held_values, linked_controls

LARGEST_SEED = 2**64 - 1


@dataclass(frozen=True)
class Copy:
    """One of several prompts made of one, as the JSON texts that the queue stores."""

    graph: str
    extra_data: str


@dataclass(frozen=True)
class _Seed:
    """A number that the copies step through; `shown_at` is where the workflow holds it: a node, a widget's value."""

    node_id: str
    input: str
    first: int
    lowest: int
    highest: int
    shown_at: tuple[int, int] | None

    def of_copy(self, index: int) -> int:
        """One more for each copy, from the lowest again after the highest."""
        return self.lowest + (self.first - self.lowest + index) % (self.highest - self.lowest + 1)


def make_copies(
    graph_text: str, extra_data: Mapping[str, Any], object_info: Mapping[str, Any], count: int
) -> list[Copy]:
    """The prompt, and copies of it whose seeds are each one higher than the last one's.

    Seeds are the whole numbers whose widget is declared with `control_after_generate`, or is called seed or
    noise_seed. `object_info` describes at least the classes of the prompt's nodes.
    """
    graph, extra_data = json.loads(graph_text), copy.deepcopy(dict(extra_data))
    nodes = _workflow_nodes(extra_data)
    seeds = list(_find_seeds(graph, nodes, object_info))
    copies = []
    for index in range(count):
        for seed in seeds:
            graph[seed.node_id]["inputs"][seed.input] = value = seed.of_copy(index)
            if seed.shown_at is not None:
                nodes[seed.shown_at[0]]["widgets_values"][seed.shown_at[1]] = value
        copies.append(Copy(to_json(graph), to_json(extra_data)))
    return copies


def make_workflow_copies(
    graph_text: str, extra_data: Mapping[str, Any], object_info: Mapping[str, Any], count: int, source: random.Random
) -> list[Copy]:
    """The prompt that came of the editor's workflow in `extra_data`, and copies as the editor would queue them.

    Before each copy the workflow's widgets change as their `control_after_generate` says, and it is converted anew;
    what that changes is put into the prompt. `object_info` describes at least the classes of the workflow's nodes.
    """
    png = extra_data["extra_pnginfo"]
    workflow, graph = png["workflow"], json.loads(graph_text)
    first = convert(workflow, object_info)
    copies = [Copy(graph_text, to_json(extra_data))]
    for _ in range(count - 1):
        workflow = step_seeds(workflow, object_info, source)
        _take_over(graph, first, convert(workflow, object_info))
        copies.append(Copy(to_json(graph), to_json({**extra_data, "extra_pnginfo": {**png, "workflow": workflow}})))
    return copies


def workflow_classes(extra_data: Mapping[str, Any]) -> set[str]:
    """The classes of all nodes of the workflow in `extra_data`, also of those inside subgraphs and old group nodes."""
    document = extra_data["extra_pnginfo"]["workflow"]
    workflow = read_workflow(document)
    graphs = (workflow.root, *workflow.definitions.values())
    classes = {str(node["type"]) for graph in graphs for node in graph.nodes.values()}
    return classes | set(classes_in_groups(document))


def _take_over(graph: dict[str, Any], first: Mapping[str, Any], stepped: Mapping[str, Any]) -> None:
    """Give a prompt the values in which one that was converted later differs from the one converted first."""
    for node_id, node in graph.items():
        if node_id not in first or node_id not in stepped:
            continue
        before = first[node_id]["inputs"]
        for name, value in stepped[node_id]["inputs"].items():
            if name in before and name in node["inputs"] and value != before[name]:
                node["inputs"][name] = value


def _find_seeds(graph: Mapping[str, Any], nodes: list[Node], object_info: Mapping[str, Any]) -> Iterator[_Seed]:
    places = {str(node.get("id")): index for index, node in enumerate(nodes) if _is_node(node)}
    for node_id, node in graph.items():
        description = object_info.get(str(node.get("class_type")))
        if description is None:
            continue
        place = places.get(node_id)
        for held, _ in linked_controls(held_values({}, description)):
            widget, value = held.widget, (node.get("inputs") or {}).get(held.widget.name)
            if widget.kind != "INT" or type(value) is not int:
                continue
            lowest = min(int(widget.options.get("min", 0)), value)
            highest = max(int(widget.options.get("max", LARGEST_SEED)), value)
            position = None if place is None else _position(nodes[place], node, widget.name, value, description)
            shown_at = (place, position) if place is not None and position is not None else None
            yield _Seed(node_id, widget.name, value, lowest, highest, shown_at)


def _position(
    shown: Node, node: Mapping[str, Any], name: str, value: int, description: Mapping[str, Any]
) -> int | None:
    """Where a node of the workflow holds the value, if it is the same node and holds just that."""
    if shown.get("type") != node.get("class_type"):
        return None
    if any(slot.get("name") == name and link_id(slot) is not None for slot in inputs_of(shown)):
        return None
    return next(
        (held.position for held in held_values(shown, description) if held.widget.name == name and held.value == value),
        None,
    )


def _is_node(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("inputs") or [], list)


def _workflow_nodes(extra_data: Mapping[str, Any]) -> list[Node]:
    png = extra_data.get("extra_pnginfo")
    workflow = png.get("workflow") if isinstance(png, Mapping) else None
    nodes = workflow.get("nodes") if isinstance(workflow, Mapping) else None
    return nodes if isinstance(nodes, list) else []
