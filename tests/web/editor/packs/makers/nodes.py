"""A node with an input of a type of its own, for which the script beside makes the widget, and one that draws."""

from typing import Any


class Tinted:
    """Says which tint was chosen."""

    CATEGORY = "tests"
    FUNCTION = "say"
    RETURN_TYPES = ("STRING",)
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        tint = ("TINT", {"default": "mild"})
        return {
            "required": {"tint": tint, "times": ("INT", {"default": 2})},
            "optional": {"words": ("STRING", {"forceInput": True})},
        }

    def say(self, tint: str, times: int, words: str = "") -> dict[str, Any]:
        """The tint, as often as was asked for."""
        return {"ui": {"text": [tint * times + words]}, "result": (tint * times + words,)}


class Drawn(Tinted):
    """One whose script draws on its card."""


NODE_CLASS_MAPPINGS = {"Tinted": Tinted, "Drawn": Drawn}
WEB_DIRECTORY = "./web"
