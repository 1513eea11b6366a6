"""Many pictures on one sheet, with a word beside each row and above each column."""

from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from comfy.images import from_bytes, resize, to_bytes

MARGIN, GAP = 8, 4
SMALLEST_TYPE, LARGEST_TYPE = 11, 32
# Files with letters of many scripts, as Linux, macOS and Windows have them; Pillow looks where systems keep them.
TYPEFACES = (
    "NotoSansCJK-Regular.ttc",
    "Arial Unicode.ttf",
    "msyh.ttc",
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "Arial.ttf",
)


def contact_sheet(pictures: Sequence[Tensor], columns: Sequence[str], rows: Sequence[str], title: str = "") -> Tensor:
    """Pictures [H, W, 3], row by row, on white with their labels; [H, W, 3]. Others take the first's size."""
    height, width = pictures[0].shape[:2]
    font = _font_for("".join([title, *columns, *rows]), max(SMALLEST_TYPE, min(LARGEST_TYPE, width // 16)))
    left = max((_wrapped_size(row, width, font)[0] for row in rows if row), default=0) + (MARGIN if any(rows) else 0)
    above = max((_wrapped_size(column, width, font)[1] for column in columns if column), default=0)
    above += MARGIN if any(columns) else 0
    head = _wrapped_size(title, width * len(columns), font)[1] + MARGIN if title else 0
    sheet = Image.new(
        "RGB",
        (left + len(columns) * (width + GAP) + GAP, head + above + len(rows) * (height + GAP) + GAP),
        "white",
    )
    draw = ImageDraw.Draw(sheet)
    draw.multiline_text((left + GAP, 2), _wrapped(title, width * len(columns), font), "black", font)
    for index, column in enumerate(columns):
        at = (left + GAP + index * (width + GAP), head + 2)
        draw.multiline_text(at, _wrapped(column, width, font), "black", font)
    for index, row in enumerate(rows):
        at = (2, head + above + GAP + index * (height + GAP))
        draw.multiline_text(at, _wrapped(row, width, font), "black", font)
    for number, picture in enumerate(pictures):
        down, across = divmod(number, len(columns))
        place = (left + GAP + across * (width + GAP), head + above + GAP + down * (height + GAP))
        sheet.paste(_as_picture(picture, width, height), place)
    return from_bytes(np.asarray(sheet))


def _font_for(text: str, size: int) -> "ImageFont.FreeTypeFont | ImageFont.ImageFont":
    """Pillow's own typeface; for letters that it lacks the first of the system's that is there."""
    if not text.isascii():
        for name in TYPEFACES:
            with suppress(OSError):
                return ImageFont.truetype(name, size)
    return ImageFont.load_default(size)


def _as_picture(picture: Tensor, width: int, height: int) -> Image.Image:
    fitted = picture[None, ..., :3]
    if fitted.shape[1:3] != (height, width):
        fitted = resize(fitted, width, height, "lanczos")
    return Image.fromarray(to_bytes(fitted)[0])


def _wrapped(text: str, width: int, font: "ImageFont.FreeTypeFont | ImageFont.ImageFont") -> str:
    """The text in lines that are no wider than a picture."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def _wrapped_size(text: str, width: int, font: "ImageFont.FreeTypeFont | ImageFont.ImageFont") -> tuple[int, int]:
    """Room for a text in its lines; lines are equally high, whichever letters they hold."""
    draw, wrapped = ImageDraw.Draw(Image.new("1", (1, 1))), _wrapped(text, width, font)
    across = draw.multiline_textbbox((0, 0), wrapped, font=font)[2]
    down = draw.multiline_textbbox((0, 0), "\n".join(["Äg"] * (wrapped.count("\n") + 1)), font=font)[3]
    return int(across) + 1, int(down) + 1
