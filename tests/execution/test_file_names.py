"""Names of files to save tell what other nodes of the prompt say."""

from typing import Any

import pytest

from execution.file_names import fill, with_filled_prefixes
from execution.prompt import Prompt
from execution.validate import validate

GRAPH: dict[str, Any] = {
    "1": {"class_type": "Number", "inputs": {"value": 12}},
    "2": {
        "class_type": "KSampler",
        "inputs": {"seed": 7, "cfg": 8.0, "name": "a/b:c?", "steps": ["1", 0], "model": ["9", 0], "exact": True},
        "_meta": {"title": "Second pass"},
    },
    "3": {"class_type": "KSampler", "inputs": {"seed": 8}},
    "4": {"class_type": "Save", "inputs": {"filename_prefix": "x_%KSampler.seed%", "text": "%KSampler.seed%"}},
}


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("%KSampler.seed%", "7"),
        ("%Second pass.seed%_%KSampler.seed%", "7_7"),
        ("%Second pass.name%", "a_b_c_"),
        ("%Second pass.cfg%-%Second pass.exact%", "8-true"),
        ("%Second pass.steps%", "12"),
        ("%Second pass.model%", "%Second pass.model%"),
        ("%Nobody.seed%/%date:yyyy.MM%/%seed%", "%Nobody.seed%/%date:yyyy.MM%/%seed%"),
        ("100% of %KSampler.seed%", "100% of 7"),
    ],
)
def test_marks_are_filled_in_or_stay(prefix: str, name: str) -> None:
    assert fill(prefix, Prompt.parse(GRAPH)) == name


def test_a_long_value_is_cut_to_what_a_name_has_room_for() -> None:
    graph = {"1": {"class_type": "A", "inputs": {"text": "ü" * 300}}}
    assert fill("x_%A.text%", Prompt.parse(graph)) == "x_" + "ü" * 64


def test_a_title_goes_before_a_class() -> None:
    graph = {"1": {"class_type": "A", "inputs": {"x": 1}}, "2": {"class_type": "B", "inputs": {"x": 2}}}
    graph["2"]["_meta"] = {"title": "A"}
    assert fill("%A.x%", Prompt.parse(graph)) == "2"


def test_only_names_of_files_are_filled_and_the_rest_stays() -> None:
    filled = with_filled_prefixes(Prompt.parse(GRAPH)).to_json()
    assert filled["4"]["inputs"] == {"filename_prefix": "x_7", "text": "%KSampler.seed%"}
    assert {key: filled[key] for key in "123"} == {key: GRAPH[key] for key in "123"}


class Sampler:
    RETURN_TYPES = ("INT",)
    FUNCTION = "run"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"seed": ("INT", {"min": 0, "max": 2**64 - 1})}}

    def run(self, seed: int) -> tuple[int]:
        return (seed,)


class Save:
    RETURN_TYPES = ()
    FUNCTION = "run"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"number": ("INT",), "filename_prefix": ("STRING",)}}

    def run(self, **_: Any) -> tuple[()]:
        return ()


def test_a_drawn_seed_is_the_one_in_the_name() -> None:
    graph = {
        "1": {"class_type": "Sampler", "inputs": {"seed": -1}},
        "2": {"class_type": "Save", "inputs": {"number": ["1", 0], "filename_prefix": "%Sampler.seed%"}},
    }
    found = validate(Prompt.parse(graph), {"Sampler": Sampler, "Save": Save}).prompt.to_json()
    assert found["1"]["inputs"]["seed"] >= 0
    assert found["2"]["inputs"]["filename_prefix"] == str(found["1"]["inputs"]["seed"])
