"""A seed of -1 is drawn when a prompt is validated, and then it is a seed like any other."""

from typing import Any

from execution.prompt import Prompt
from execution.validate import validate


class Seeded:
    RETURN_TYPES = ()
    FUNCTION = "run"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        largest = 2**64 - 1
        return {
            "required": {
                "seed": ("INT", {"min": 0, "max": largest}),
                "variation": ("INT", {"min": -1, "max": largest, "control_after_generate": True}),
                "offset": ("INT", {"min": -100, "max": 100}),
                "number": ("INT", {"min": -largest, "max": largest, "control_after_generate": True}),
            }
        }

    def run(self, **_: Any) -> tuple[()]:
        return ()


def validated(**inputs: Any) -> Any:
    given = {"seed": -1, "variation": -1, "offset": -1, "number": -1, **inputs}
    found = validate(Prompt.parse({"1": {"class_type": "Seeded", "inputs": given}}), {"Seeded": Seeded})
    assert found.error is None
    return found.prompt.to_json()["1"]["inputs"]


def test_seeds_are_drawn_and_other_numbers_are_not() -> None:
    first, second = validated(), validated()
    assert 0 <= first["seed"] < 2**32
    assert 0 <= first["variation"] < 2**32
    assert first["offset"] == first["number"] == -1
    assert first["seed"] != second["seed"]


def test_seeds_that_are_given_stay() -> None:
    assert validated(seed=5, variation=2**64 - 1)["variation"] == 2**64 - 1
