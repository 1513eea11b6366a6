"""Nodes whose cards the scripts beside change."""

from typing import Any


class Mannered:
    """Says words so many times."""

    CATEGORY = "tests"
    FUNCTION = "say"
    RETURN_TYPES = ("STRING",)
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {
            "required": {
                "words": ("STRING", {"default": "hello", "multiline": True}),
                "mode": (["simple", "full"],),
                "times": ("INT", {"default": 2}),
                "insert": (["Choose one", "blue", "red"],),
            },
            "optional": {"other": ("STRING", {"forceInput": True})},
        }

    def say(self, words: str, mode: str, times: int, insert: str, other: str = "") -> dict[str, Any]:
        """The words, as often as was asked for."""
        return {"ui": {"text": [words * times]}, "result": (words * times,)}


NODE_CLASS_MAPPINGS = {"Mannered": Mannered}
WEB_DIRECTORY = "./web"
