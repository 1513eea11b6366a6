"""Prompts of toy nodes."""

from itertools import count
from pathlib import Path
from typing import Any

_colours = count(1)


def fresh_colour() -> int:
    """A colour that no prompt has had, so that nothing is cached."""
    return next(_colours)


def picture(colour: int | None = None) -> dict[str, Any]:
    """EmptyImage → PreviewImage."""
    return {
        "1": _empty(fresh_colour() if colour is None else colour),
        "2": preview("1"),
    }


def preview(node_id: str) -> dict[str, Any]:
    """A node that shows another one's picture."""
    return {"class_type": "PreviewImage", "inputs": {"images": [node_id, 0]}}


def through(class_type: str, **inputs: Any) -> dict[str, Any]:
    """EmptyImage → the node, which has id 2 → PreviewImage."""
    return {
        "1": _empty(fresh_colour()),
        "2": {"class_type": class_type, "inputs": {"image": ["1", 0], **inputs}},
        "3": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}},
    }


def slow(steps: int = 100_000, seconds: float = 0.02) -> dict[str, Any]:
    """A prompt that takes its time, by default longer than any test, and can be cancelled."""
    return through("Slow", steps=steps, seconds=seconds)


def gated(gate: Path) -> dict[str, Any]:
    """A prompt that runs until a file is there."""
    return through("Gated", gate=str(gate))


def journal(file: str, line: str, gate: Path | None = None) -> dict[str, Any]:
    """A prompt that writes a line into a file at its end; where there is a gate, once that file is there."""
    waits = through("ImageInvert") if gate is None else gated(gate)
    return {**waits, "3": {"class_type": "Journal", "inputs": {"images": ["2", 0], "file": file, "line": line}}}


def save(prefix: str, size: int = 2**18, steps: int = 2, seconds: float = 0.01) -> dict[str, Any]:
    """A slow prompt that writes a file at its end."""
    return {
        "1": _empty(fresh_colour()),
        "2": {"class_type": "Slow", "inputs": {"image": ["1", 0], "steps": steps, "seconds": seconds}},
        "3": {"class_type": "Save", "inputs": {"images": ["2", 0], "prefix": prefix, "size": size}},
    }


def chain(length: int) -> dict[str, Any]:
    """Pictures inverted again and again; the last node is an output."""
    graph: dict[str, Any] = {"1": _empty(fresh_colour())}
    for index in range(2, length):
        graph[str(index)] = {"class_type": "ImageInvert", "inputs": {"image": [str(index - 1), 0]}}
    graph[str(length)] = {"class_type": "PreviewImage", "inputs": {"images": [str(length - 1), 0]}}
    return graph


def workflow(colour: int) -> dict[str, Any]:
    """The same as `picture`, as an editor saves it."""
    nodes = [
        {"id": 1, "type": "EmptyImage", "mode": 0, "inputs": [], "widgets_values": [64, 64, 1, colour]},
        {"id": 2, "type": "PreviewImage", "mode": 0, "inputs": [{"name": "images", "type": "IMAGE", "link": 7}]},
    ]
    nodes[0]["outputs"] = [{"name": "IMAGE", "type": "IMAGE", "links": [7]}]
    return {"version": 0.4, "id": "w-7", "nodes": nodes, "links": [[7, 1, 0, 2, 0, "IMAGE"]]}


def _empty(colour: int) -> dict[str, Any]:
    return {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": colour}}
