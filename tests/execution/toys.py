"""Node classes small enough to read at a glance, for tests of the engine."""

from typing import Any

from execution.prompt import Prompt

Graph = dict[str, dict[str, Any]]


class Number:
    """Gives a number."""

    RETURN_TYPES = ("INT",)
    FUNCTION = "run"
    CATEGORY = "toys"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"value": ("INT", {"default": 0, "min": -1000, "max": 1000})}}

    def run(self, value: int) -> tuple[int]:
        return (value,)


class Add:
    """Adds two numbers; the second is optional."""

    RETURN_TYPES = ("INT",)
    RETURN_NAMES = ("sum",)
    FUNCTION = "run"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"a": ("INT", {})}, "optional": {"b": ("INT", {"default": 0})}}

    def run(self, a: int, b: int = 0) -> tuple[int]:
        return (a + b,)


class Show:
    """An output that shows what it is given."""

    RETURN_TYPES = ()
    FUNCTION = "run"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"value": ("*", {})}}

    def run(self, value: Any) -> dict[str, Any]:
        return {"ui": {"shown": [value]}}


class Words:
    """Has a text, a switch, a decimal and a choice."""

    RETURN_TYPES = ("STRING", "STRING,FLOAT")
    FUNCTION = "run"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {
            "required": {
                "text": ("STRING", {"multiline": True}),
                "on": ("BOOLEAN", {}),
                "scale": ("FLOAT", {"min": 0.0, "max": 1.0, "step": 0.1}),
                "mode": (["fast", "slow"], {}),
            }
        }

    def run(self, text: str, on: bool, scale: float, mode: str) -> tuple[str, str]:
        return text, f"{on} {scale} {mode}"


class Raises:
    """Fails."""

    RETURN_TYPES = ("INT",)
    FUNCTION = "run"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"a": ("INT", {})}}

    def run(self, a: int) -> tuple[int]:
        raise ValueError(f"no {a}")


TOYS: dict[str, type] = {cls.__name__: cls for cls in (Number, Add, Show, Words, Raises)}


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def prompt(**nodes: dict[str, Any]) -> Prompt:
    return Prompt.parse(nodes)


def chain(length: int) -> Prompt:
    """A number, `length` additions one after the other, and a node that shows the sum."""
    nodes = {"0": node("Number", value=0)}
    nodes |= {str(index): node("Add", a=[str(index - 1), 0], b=1) for index in range(1, length + 1)}
    nodes["show"] = node("Show", value=[str(length), 0])
    return Prompt.parse(nodes)


def make(
    name: str, run: Any, returns: tuple[str, ...] = ("INT",), inputs: dict[str, Any] | None = None, **members: Any
) -> type:
    """A node class around a function."""
    declared = {"required": inputs if inputs is not None else {"a": ("INT",)}}
    shape = {"RETURN_TYPES": returns, "FUNCTION": "run", "INPUT_TYPES": classmethod(lambda cls: declared), "run": run}
    return type(name, (), {**shape, **members})


def toy(
    function: Any, inputs: dict[str, Any] | None = None, returns: tuple[str, ...] = ("INT",), **members: Any
) -> type:
    """A node class around a function, where its name does not matter."""
    return make("Toy", function, returns, inputs, **members)


Split = make("Split", lambda self, a: (list(range(a)),), OUTPUT_IS_LIST=(True,))
Gather = make("Gather", lambda self, a: (sum(a),), INPUT_IS_LIST=True)
Pair = make("Pair", lambda self, a, b: (f"{a}{b}",), ("STRING",), {"a": ("INT",), "b": ("INT",)})
Collect = make(
    "Collect", lambda self, value: {"ui": {"shown": value}}, (), {"value": ("*",)}, INPUT_IS_LIST=True, OUTPUT_NODE=True
)
LISTS = {cls.__name__: cls for cls in (Split, Gather, Pair, Collect)}
