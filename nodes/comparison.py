"""The node that compares two pictures."""

from typing import Annotated

from comfy.comparison import VIEWS, compare
from nodes.declare import node
from nodes.types import FloatValue, Image
from nodes.widgets import OPTIONAL, Choice, Name, Tip


@node("image", display_name="Compare Images")
class CompareImages:
    """Show two pictures beside each other, half and half, in turn, or what differs."""

    def compare(
        self, image1: Image, image2: Image, view: Annotated[str, Choice(tuple(VIEWS)), OPTIONAL] = next(iter(VIEWS))
    ) -> tuple[Image, Annotated[FloatValue, Name("decibels"), Tip("Peak signal to noise; above 40 hardly visible.")]]:
        return compare(image1, image2, view)
