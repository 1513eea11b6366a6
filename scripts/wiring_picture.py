"""A picture of how a workflow is wired, for templates whose models do not ship."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageDraw

SIZE = 256
MARGIN = 14
SHARPER = 4
"""Drawn so many times larger, then made smaller, for smooth lines."""
GROUND = "#1c1f26"
CARD = "#3a404d"
HEAD = "#596273"
LOADER = "#c28f2c"
"""The head of a card that wants a file to be fetched."""
LINK = "#8fb6e8"


def wiring_picture(workflow: Any) -> Image.Image:
    """The cards and links of a workflow, in its own proportions."""
    boxes = {node["id"]: _box(node) for node in workflow["nodes"]}
    left, top = (min(box[side] for box in boxes.values()) for side in (0, 1))
    right, bottom = (max(box[side] for box in boxes.values()) for side in (2, 3))
    scale = SHARPER * (SIZE - 2 * MARGIN) / max(right - left, bottom - top)
    edge = SHARPER * SIZE
    shift = ((edge - (right - left) * scale) / 2 - left * scale, (edge - (bottom - top) * scale) / 2 - top * scale)
    places = {key: tuple(side * scale + shift[n % 2] for n, side in enumerate(box)) for key, box in boxes.items()}
    picture = Image.new("RGB", (edge, edge), GROUND)
    draw = ImageDraw.Draw(picture)
    for _, source, _, target, _, _ in workflow["links"]:
        _link(draw, places[source], places[target])
    for node in workflow["nodes"]:
        _card(draw, places[node["id"]], LOADER if node["properties"].get("models") else HEAD)
    return picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def _box(node: Any) -> tuple[float, float, float, float]:
    (x, y), (width, height) = node["pos"], node["size"]
    return x, y, x + width, y + height


def _card(draw: ImageDraw.ImageDraw, place: tuple[float, ...], head: str) -> None:
    left, top, right, bottom = place
    draw.rounded_rectangle((left, top, right, bottom), 3 * SHARPER, CARD)
    draw.rounded_rectangle((left, top, right, min(bottom, top + 5 * SHARPER)), 2 * SHARPER, head)


def _link(draw: ImageDraw.ImageDraw, source: tuple[float, ...], target: tuple[float, ...]) -> None:
    """A curve that leaves to the right and arrives from the left."""
    start, end = (source[2], (source[1] + source[3]) / 2), (target[0], (target[1] + target[3]) / 2)
    bend = abs(end[0] - start[0]) / 2
    points = [start, (start[0] + bend, start[1]), (end[0] - bend, end[1]), end]
    shares = [step / 24 for step in range(25)]
    weights = [((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3) for t in shares]
    curve = [tuple(sum(w * p[axis] for w, p in zip(row, points, strict=True)) for axis in (0, 1)) for row in weights]
    draw.line(curve, LINK, SHARPER)
