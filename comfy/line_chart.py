"""A line chart of numbers as a picture."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

from comfy.images import from_bytes

MARGIN = 60
PAPER, INK, LINE, GRID = "white", "#222222", "#c0392b", "#dddddd"
GRID_LINES = 5


def line_chart(values: Sequence[float], title: str, across: str, width: int = 800, height: int = 600) -> Tensor:
    """The values from left to right, [1, height, width, 3], with their range at the left and a word below."""
    picture = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(picture)
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    inner_width, inner_height = width - 2 * MARGIN, height - 2 * MARGIN

    def place(index: int, value: float) -> tuple[float, float]:
        share = index / max(len(values) - 1, 1)
        return MARGIN + share * inner_width, MARGIN + (high - value) / span * inner_height

    for number in range(GRID_LINES):
        value = low + span * number / (GRID_LINES - 1)
        y = place(0, value)[1]
        draw.line([(MARGIN, y), (width - MARGIN, y)], fill=GRID)
        draw.text((MARGIN - 6, y), f"{value:.4g}", fill=INK, anchor="rm")
    points = [place(index, value) for index, value in enumerate(values)]
    draw.line(points if len(points) > 1 else points * 2, fill=LINE, width=2)
    draw.text((width / 2, MARGIN / 2), title, fill=INK, anchor="mm")
    draw.text((width / 2, height - MARGIN / 2), f"{across} 1 to {len(values)}", fill=INK, anchor="mm")
    return from_bytes(np.asarray(picture)[None])
