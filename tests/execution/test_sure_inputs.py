"""What is right at a glance is right by the whole rules too, and stays as it is."""

from typing import Any

import pytest

from execution.node_class import NodeClasses
from execution.prompt import Prompt
from execution.sure_inputs import are_sure, glances
from execution.validate_inputs import check_node

DECLARED: tuple[Any, ...] = (
    ("INT",),
    ("INT", {"min": 0, "max": 5}),
    ("INT", {"control_after_generate": True}),
    ("FLOAT", {"min": -1.0, "max": float("inf")}),
    ("STRING", {}),
    ("STRING", {"image_upload": True}),
    ("BOOLEAN",),
    (["a", "b", 1],),
    ("COMBO", {"options": ["a"]}),
    ("COMBO",),
    ("IMAGE",),
    ("IMAGE,MASK",),
    ("*",),
    ("SOMETHING",),
)
VALUES: tuple[Any, ...] = (
    *(0, 1, 5, 6, -1, 10**30, 0.5, 1.0, -2.0, 1e308, float("inf"), float("nan"), True, False, None),
    *("a", "b", "", "12", {"a": 1}, {"__value__": [1]}),
    *(["source", 0], ["source", 1], ["source", 2], ["nowhere", 0], ["a", "b"], []),
)


class Source:
    RETURN_TYPES = ("IMAGE", "INT")
    FUNCTION = "run"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {}


def taking(declared: Any, group: str) -> type:
    class Taker:
        RETURN_TYPES = ()
        FUNCTION = "run"

        @classmethod
        def INPUT_TYPES(cls) -> dict[str, Any]:
            return {group: {"x": declared}}

    return Taker


@pytest.mark.parametrize("group", ["required", "optional"])
def test_what_is_sure_passes_the_whole_rules_unchanged(group: str) -> None:
    sure = 0
    for declared in DECLARED:
        for value in (*VALUES, None):
            inputs = {} if value is None else {"x": value}
            graph = {"source": {"class_type": "Source"}, "t": {"class_type": "Taker", "inputs": inputs}}
            prompt = Prompt.parse(graph)
            classes = NodeClasses({"Source": Source, "Taker": taking(declared, group)})
            _, taker = classes["Source"], classes["Taker"]
            looked_for = glances(taker)
            assert looked_for is not None
            if are_sure(prompt.nodes["t"], looked_for, prompt.nodes, classes):
                sure += 1
                check = check_node(prompt.nodes["t"], taker, prompt, classes)
                assert not check.errors, (declared, value)
                assert not check.is_changed, (declared, value)
    assert sure > len(DECLARED)


def test_a_class_that_checks_its_inputs_itself_is_never_judged_at_a_glance() -> None:
    class Own(Source):
        @classmethod
        def VALIDATE_INPUTS(cls) -> bool:
            return True

    assert glances(NodeClasses({"Own": Own})["Own"]) is None
