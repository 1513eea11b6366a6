"""The node whose picture is painted by hand in the editor."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

import torch

from comfy import image_files
from comfy import images as ops
from execution import paths
from nodes.declare import node
from nodes.hashing import sha256_of
from nodes.input_files import check_file
from nodes.types import Image, Mask, Pixels
from nodes.widgets import Slot, Tip

HEX_COLOUR = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")


@dataclass(frozen=True)
class Painting(Slot):
    """A file painted in the editor, named as file widgets name theirs; empty while nothing is painted."""

    def type_name(self, python_type: Any) -> str:
        return "STRING"

    def options(self, python_type: Any) -> dict[str, Any]:
        return {"default": "", "widgetType": "PAINTER"}


@dataclass(frozen=True)
class Colour(Slot):
    """A colour as #rrggbb."""

    default: str

    def type_name(self, python_type: Any) -> str:
        return "COLOR"

    def options(self, python_type: Any) -> dict[str, Any]:
        return {"default": self.default}


def painting_fingerprint(mask: str | None = None, **_other: Any) -> str | None:
    """What the painting's content is; None while nothing is painted or another node is to name it."""
    return sha256_of(paths.current().annotated(mask)) if mask else None


def check_painting(mask: str | None = None, bg_color: str | None = None) -> bool | str:
    """True, or why the painting or the colour cannot be used."""
    if bg_color is not None and not HEX_COLOUR.fullmatch(bg_color):
        return f"bg_color is {bg_color!r}; a colour is written as # and six hexadecimal digits, such as #ffffff."
    return check_file(mask) if mask else True


@node("image", display_name="Painter", fingerprint=painting_fingerprint, validate=check_painting)
class Painter:
    """Paint in colour, on a picture or on a ground of one colour; what was painted on is masked."""

    def paint(
        self,
        mask: Annotated[str, Painting(), Tip("What was painted in the editor; transparent where nothing was.")],
        width: Annotated[Pixels, Tip("Of the ground; a linked picture has its own size.")],
        height: Annotated[Pixels, Tip("Of the ground; a linked picture has its own size.")],
        bg_color: Annotated[str, Colour("#ffffff"), Tip("Of the ground where no picture is linked.")],
        image: Image | None = None,
    ) -> tuple[Image, Mask]:
        ground = ops.solid(width, height, 1, _colour(bg_color)) if image is None else image[..., :3]
        batch, height, width, _ = ground.shape
        if not mask:
            return ground, torch.zeros((batch, height, width))
        picture = image_files.read_picture(paths.current().annotated(mask))
        paint = ops.resize(picture.images[:1], width, height, "bilinear")
        opacity = ops.resize(_opacity(picture)[:1, :, :, None], width, height, "bilinear")
        return ground + (paint - ground) * opacity, opacity[..., 0].expand(batch, -1, -1)


def _opacity(picture: image_files.Picture) -> torch.Tensor:
    """[B, H, W]; a file without opacity covers everything."""
    size = picture.images.shape[1:3]
    return 1 - picture.masks if picture.masks.shape[1:] == size else torch.ones((1, *size))


def _colour(text: str) -> int:
    found = HEX_COLOUR.fullmatch(text)
    if found is None:
        raise ValueError(f"bg_color is {text!r}; a colour is written as # and six hexadecimal digits, such as #ffffff.")
    digits = found[1]
    return int(digits if len(digits) == 6 else "".join(digit * 2 for digit in digits), 16)
