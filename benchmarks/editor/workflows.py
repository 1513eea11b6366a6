"""Large workflows to open: a sheet of nodes with four widgets each and three links for every two nodes."""

from __future__ import annotations

import random
import re
from typing import Any

CLASS = "SkeinBenchmarkNode"
PACK = f'''"""A node with four widgets and two sockets, for large workflows."""


class {CLASS}:
    CATEGORY = "benchmark"
    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "pass_on"

    @classmethod
    def INPUT_TYPES(cls):
        return {{
            "required": {{
                "count": ("INT", {{"default": 1, "min": 0, "max": 100}}),
                "share": ("FLOAT", {{"default": 0.5, "min": 0.0, "max": 1.0, "step": 0.01}}),
                "words": ("STRING", {{"default": "words"}}),
                "choice": (["first", "second", "third"],),
            }},
            "optional": {{"left": ("IMAGE",), "above": ("IMAGE",)}},
        }}

    def pass_on(self, count, share, words, choice, left=None, above=None):
        return (left,)


NODE_CLASS_MAPPINGS = {{"{CLASS}": {CLASS}}}
'''
WIDTH, HEIGHT, GAP = 270, 240, 60
TITLE = 30
VIEW = re.compile(r"translate\((.+)px, (.+)px\) scale\((.+)\)")


def sheet(count: int) -> dict[str, Any]:
    """A workflow of `count` nodes in rows: each has a link to its left, every second one also to one above."""
    across = max(1, round((count * 0.75) ** 0.5))
    chance = random.Random(count)
    nodes = [_node(index, across) for index in range(count)]
    links: list[list[Any]] = []
    for index in range(count):
        if index % across:
            _connect(nodes, links, index - 1, index, 0)
        if index >= across and index % 2:
            _connect(nodes, links, index - across * chance.randint(1, min(3, index // across)), index, 1)
    return {
        "last_node_id": count,
        "last_link_id": len(links),
        "nodes": nodes,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }


def title_near(style: str, place: tuple[float, float]) -> tuple[float, float]:
    """The middle of the title nearest to a place on the screen; the style of the layer of cards tells of the view."""
    view = VIEW.search(style)
    if view is None:
        raise ValueError(f"The view cannot be read from {style!r}.")
    x, y, scale = map(float, view.groups())
    across, down = WIDTH + GAP, HEIGHT + GAP
    column = round(((place[0] - x) / scale - WIDTH / 2) / across)
    row = round(((place[1] - y) / scale + TITLE / 2) / down)
    return x + (column * across + WIDTH / 2) * scale, y + (row * down - TITLE / 2) * scale


def _node(index: int, across: int) -> dict[str, Any]:
    row, column = divmod(index, across)
    return {
        "id": index + 1,
        "type": CLASS,
        "pos": [column * (WIDTH + GAP), row * (HEIGHT + GAP)],
        "size": [WIDTH, HEIGHT],
        "flags": {},
        "order": index,
        "mode": 0,
        "inputs": [{"name": name, "type": "IMAGE", "link": None} for name in ("left", "above")],
        "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": []}],
        "properties": {"Node name for S&R": CLASS},
        "widgets_values": [index % 100, 0.5, f"words of node {index + 1}", "second"],
    }


def _connect(nodes: list[dict[str, Any]], links: list[list[Any]], source: int, target: int, slot: int) -> None:
    link = len(links) + 1
    links.append([link, source + 1, 0, target + 1, slot, "IMAGE"])
    nodes[source]["outputs"][0]["links"].append(link)
    nodes[target]["inputs"][slot]["link"] = link
