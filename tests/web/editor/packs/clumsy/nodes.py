"""A node whose script fails at everything that it is called for."""

from typing import Any


class Clumsy:
    """Gives back its words."""

    CATEGORY = "tests"
    FUNCTION = "say"
    RETURN_TYPES = ()
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"words": ("STRING", {"default": "hello"}), "slip": ("SLIP", {"default": "none"})}}

    def say(self, words: str, slip: str) -> dict[str, Any]:
        """The words."""
        return {"ui": {"text": [words]}}


NODE_CLASS_MAPPINGS = {"Clumsy": Clumsy}
WEB_DIRECTORY = "./web"
