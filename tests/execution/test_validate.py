"""Validation says which outputs can run and what is wrong with the others."""

from pathlib import Path
from typing import Any

import pytest

from execution import paths
from execution.errors import PromptError
from execution.paths import PathOptions
from execution.prompt import Link, Prompt, PromptNode
from execution.validate import Validation, validate
from tests.execution.toys import TOYS, chain, node, prompt

GOOD_WORDS = {"text": "x", "on": True, "scale": 0.5, "mode": "fast"}


def check(nodes: dict[str, type] | None = None, targets: list[str] | None = None, **graph: Any) -> Validation:
    return validate(prompt(**graph), TOYS | (nodes or {}), targets)


def errors(found: Validation, node_id: str) -> list[tuple[str, str | None]]:
    return [(error["type"], error["extra_info"].get("input_name")) for error in found.node_errors[node_id]["errors"]]


@pytest.mark.parametrize(
    "graph",
    [
        None,
        [],
        "x",
        5,
        {"1": None},
        {"1": []},
        {"1": {}},
        {"1": {"class_type": 5}},
        {"1": {"class_type": "Add", "inputs": []}},
    ],
)
def test_a_graph_of_the_wrong_shape_is_an_invalid_prompt(graph: Any) -> None:
    with pytest.raises(PromptError) as caught:
        Prompt.parse(graph)
    assert caught.value.type == "invalid_prompt"
    assert set(caught.value.wire()["error"]) == {"type", "message", "details", "extra_info"}


def test_a_prompt_survives_its_json_form() -> None:
    graph = {
        "1": {
            "inputs": {"a": ["2", 0], "b": {"__value__": ["2", 0]}, "c": [1]},
            "class_type": "X",
            "_meta": {"title": "T"},
        }
    }
    once = Prompt.parse(graph)
    assert once.nodes["1"].inputs["a"] == Link("2", 0)
    assert once.nodes["1"].title == "T"
    assert once.to_json() == graph


def test_a_good_prompt_has_no_errors() -> None:
    found = check(n=node("Number", value=1), a=node("Add", a=["n", 0]), s=node("Show", value=["a", 0]))
    assert (found.outputs, found.node_errors, found.error) == (["s"], {}, None)


def test_an_unknown_class_anywhere_is_an_invalid_prompt_without_node_errors() -> None:
    found = check(x=node("Nowhere"), s=node("Show", value=1))
    assert found.error is not None
    assert (found.error["type"], found.node_errors, found.outputs) == ("invalid_prompt", {}, [])
    assert "Nowhere" in found.error["message"]


def test_a_prompt_without_outputs_is_refused_also_after_choosing_targets() -> None:
    for found in (check(n=node("Number", value=1)), check(s=node("Show", value=1), targets=["n"])):
        assert found.error is not None
        assert found.error["type"] == "prompt_no_outputs"


def test_targets_choose_among_the_outputs() -> None:
    found = check(s=node("Show", value=1), t=node("Show", value=2), targets=["t"])
    assert found.outputs == ["t"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"text": None}, None),
        ({"scale": "much"}, ("invalid_input_type", "scale")),
        ({"scale": "nan"}, ("invalid_input_type", "scale")),
        ({"scale": -0.5}, ("value_smaller_than_min", "scale")),
        ({"scale": 1.5}, ("value_bigger_than_max", "scale")),
        ({"mode": "never"}, ("value_not_in_list", "mode")),
        ({"text": [1, 2, 3]}, ("bad_linked_input", "text")),
        ({"text": ["n", 0]}, ("return_type_mismatch", "text")),
        ({"text": ["gone", 0]}, ("exception_during_validation", "text")),
        ({"text": ["n", 7]}, ("exception_during_validation", "text")),
        ({"scale": 0.55}, None),
        ({"extra": "ignored"}, None),
    ],
)
def test_each_fault_has_its_error_type(change: dict[str, Any], error: tuple[str, str] | None) -> None:
    found = check(
        n=node("Number", value=1), w=node("Words", **{**GOOD_WORDS, **change}), s=node("Show", value=["w", 0])
    )
    if error is None:
        assert found.error is None
        return
    assert errors(found, "w") == [error]
    assert found.node_errors["w"]["dependent_outputs"] == ["s"]
    assert found.node_errors["w"]["class_type"] == "Words"
    assert found.error is not None
    # The fault is upstream, so the outputs have nothing of their own to tell.
    assert (found.error["type"], found.error["details"]) == ("prompt_outputs_failed_validation", "")


def test_what_an_error_tells() -> None:
    found = check(w=node("Words", **{**GOOD_WORDS, "scale": 3}), s=node("Show", value=["w", 0]), t=node("Show"))
    [error] = found.node_errors["w"]["errors"]
    assert error["extra_info"] == {
        "input_name": "scale",
        "input_config": ["FLOAT", {"min": 0.0, "max": 1.0, "step": 0.1}],
        "received_value": 3.0,
    }
    assert found.node_errors["t"]["errors"][0]["extra_info"] == {"input_name": "value"}
    assert found.error is not None
    assert found.error["details"] == "Required input is missing: value"


class Loads:
    """A loader of models of which there are none."""

    FUNCTION, RETURN_TYPES, OUTPUT_NODE = "load", (), True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"ckpt_name": ([],), "width": ("INT", {"default": 512})}}

    def load(self, ckpt_name: str, width: int) -> tuple[()]:
        return ()


def test_an_error_says_what_helps_where_nothing_can_be_chosen_and_where_a_value_is_null() -> None:
    found = check({"Loads": Loads}, n=node("Loads", ckpt_name="x", width=None))
    listed, null = found.node_errors["n"]["errors"]
    assert (listed["type"], null["type"]) == ("value_not_in_list", "invalid_input_type")
    assert "put a file into models/checkpoints" in listed["details"]
    assert null["details"] == "width, null, write a value, such as 512, which is the default"


def test_a_link_to_nowhere_carries_a_key_error() -> None:
    found = check(s=node("Show", value=["9", 0]))
    [error] = found.node_errors["s"]["errors"]
    assert error["details"] == (
        "value: the link ['9', 0] leads to node '9', which is not in the prompt. Link value to another node"
    )
    assert error["extra_info"]["exception_message"] == "'9'"
    assert error["extra_info"]["exception_type"] == "KeyError"


@pytest.mark.parametrize("index", [1, 7, -1])
def test_a_link_to_an_output_that_is_not_there_says_how_many_there_are(index: int) -> None:
    found = check(n=node("Number", value=1), s=node("Show", value=["n", index]))
    [error] = found.node_errors["s"]["errors"]
    assert (error["type"], error["extra_info"]["exception_type"]) == ("exception_during_validation", "IndexError")
    assert "node n (Number) that is not there: it has 1 of them" in error["details"]


def test_a_wrapped_value_is_unwrapped_once() -> None:
    graph = {"s": node("Show", value={"__value__": {"__value__": [1]}})}
    once = Prompt.parse(graph)
    assert once.nodes["s"].inputs["value"] == {"__value__": [1]}
    copy = PromptNode("Show", once.nodes["s"].inputs)
    assert Prompt.parse({"s": copy.to_json()}).nodes["s"].inputs == once.nodes["s"].inputs


def test_a_long_list_of_choices_is_not_repeated() -> None:
    class Many:
        RETURN_TYPES, FUNCTION, OUTPUT_NODE = (), "run", True

        @classmethod
        def INPUT_TYPES(cls) -> dict[str, Any]:
            return {"required": {"model": ([str(n) for n in range(21)],)}}

    found = check({"Many": Many}, m=node("Many", model="x"))
    [error] = found.node_errors["m"]["errors"]
    assert error["extra_info"]["input_config"] is None
    assert "length 21" in error["details"]


def test_values_are_coerced_in_the_prompt_that_runs() -> None:
    found = check(
        w=node("Words", text=5, on=1, scale="0.25", mode={"__value__": "slow"}),
        n=node("Number", value="64"),
        s=node("Show", value=["w", 0]),
        t=node("Show", value=["n", 0]),
    )
    assert found.prompt.nodes["w"].inputs == {"text": "5", "on": True, "scale": 0.25, "mode": "slow"}
    assert found.prompt.nodes["n"].inputs == {"value": 64}


def test_good_outputs_run_while_bad_ones_are_reported() -> None:
    found = check(
        n=node("Number", value=5000),
        m=node("Number", value=1),
        s=node("Show", value=["n", 0]),
        t=node("Show", value=["m", 0]),
    )
    assert found.outputs == ["t"]
    assert found.error is None
    assert errors(found, "n") == [("value_bigger_than_max", "value")]


def test_nodes_that_no_output_needs_are_not_checked() -> None:
    found = check(n=node("Number"), s=node("Show", value=1))
    assert (found.outputs, found.node_errors) == (["s"], {})


def test_a_circle_is_reported_as_such() -> None:
    found = check(
        a=node("Add", a=["b", 0]), b=node("Add", a=["a", 0]), s=node("Show", value=["a", 0]), t=node("Show", value=1)
    )
    assert found.outputs == ["t"]
    for node_id in "ab":
        [error] = found.node_errors[node_id]["errors"]
        assert error["extra_info"]["exception_type"] == "DependencyCycle"
        assert "cycle" in error["message"]


def test_a_circle_that_no_output_needs_changes_nothing() -> None:
    found = check(a=node("Add", a=["b", 0]), b=node("Add", a=["a", 0]), t=node("Show", value=1))
    assert (found.outputs, found.error) == (["t"], None)


@pytest.mark.parametrize(
    ("received", "wanted", "fits"),
    [
        ("INT", "INT", True),
        ("INT", "FLOAT", False),
        ("INT,FLOAT", "FLOAT,STRING", True),
        ("IMAGE", "*", True),
        ("*", "IMAGE", True),
        (["a"], ["a"], True),
        (["a"], ["b"], False),
        (["a"], "COMBO", True),
        ("COMBO", ["a"], True),
        ("STRING", ["a"], False),
    ],
)
def test_types_match_by_their_sets(received: Any, wanted: Any, fits: bool) -> None:
    class Source:
        RETURN_TYPES, FUNCTION = (received,), "run"
        INPUT_TYPES = staticmethod(dict)

    class Target:
        RETURN_TYPES, FUNCTION, OUTPUT_NODE = (), "run", True
        INPUT_TYPES = staticmethod(lambda: {"required": {"x": (wanted,)}})

    found = check({"Source": Source, "Target": Target}, a=node("Source"), b=node("Target", x=["a", 0]))
    assert (found.error is None) == fits


def make_checked(function: Any) -> dict[str, type]:
    class Checked:
        RETURN_TYPES, FUNCTION, OUTPUT_NODE = (), "run", True
        VALIDATE_INPUTS = staticmethod(function)
        INPUT_TYPES = staticmethod(
            lambda: {"required": {"mode": (["a"],), "size": ("INT", {"max": 4})}, "optional": {"linked": ("STRING",)}}
        )

    return {"Checked": Checked}


def test_a_class_checks_the_inputs_that_its_validator_names() -> None:
    nodes = make_checked(lambda mode: mode == "b" or "only b")
    assert check(nodes, c=node("Checked", mode="b", size=1)).error is None
    found = check(nodes, c=node("Checked", mode="z", size=1))
    assert errors(found, "c") == [("custom_validation_failed", "mode")]
    assert "only b" in found.node_errors["c"]["errors"][0]["details"]
    assert errors(check(nodes, c=node("Checked", mode="b", size=9)), "c") == [("value_bigger_than_max", "size")]


def test_a_validator_that_takes_anything_covers_every_input() -> None:
    assert check(make_checked(lambda **inputs: True), c=node("Checked", mode="z", size=9)).error is None


def test_a_validator_may_be_async_and_may_judge_types() -> None:
    async def judge(mode: str, input_types: dict[str, str]) -> bool:
        return input_types == {"linked": "INT"}

    nodes = make_checked(judge)
    graph = {"n": node("Number", value=1), "c": node("Checked", mode="x", size=1, linked=["n", 0])}
    assert check(nodes, **graph).error is None


def test_a_validator_is_given_none_for_a_link() -> None:
    nodes = make_checked(lambda linked, mode: linked is None)
    graph = {"w": node("Words", **GOOD_WORDS), "c": node("Checked", mode="x", size=1, linked=["w", 0])}
    assert check(nodes, **graph).error is None


def test_a_validator_that_fails_is_reported() -> None:
    found = check(make_checked(lambda mode: 1 / 0), c=node("Checked", mode="a", size=1))
    assert found.node_errors["c"]["errors"][0]["extra_info"]["exception_type"] == "ZeroDivisionError"


def test_a_file_may_be_anywhere_in_its_folder_but_nowhere_else(tmp_path: Path) -> None:
    class Load:
        RETURN_TYPES, FUNCTION, OUTPUT_NODE = (), "run", True
        INPUT_TYPES = staticmethod(lambda: {"required": {"image": (["a.png"], {"image_upload": True})}})

    before = paths.current()
    here = paths.configure(PathOptions(base_directory=tmp_path))
    try:
        for folder, name in ((here.input / "sub", "b.png"), (here.output, "c.png")):
            folder.mkdir(parents=True)
            (folder / name).write_bytes(b"")
        (tmp_path / "secret.png").write_bytes(b"")
        for name in ("a.png", "sub/b.png", "c.png [output]"):
            assert check({"Load": Load}, n=node("Load", image=name)).error is None
        for name in ("../secret.png", "/etc/passwd", "../secret.png [output]", "sub/../../secret.png"):
            assert errors(check({"Load": Load}, n=node("Load", image=name)), "n") == [
                ("custom_validation_failed", "image")
            ]
        assert errors(check({"Load": Load}, n=node("Load", image="d.png")), "n") == [("value_not_in_list", "image")]
    finally:
        paths._installed = before


def test_ten_thousand_nodes_in_a_row_validate_without_recursion() -> None:
    found = validate(chain(10_000), TOYS)
    assert (found.outputs, found.error) == (["show"], None)


def test_a_broken_start_spoils_a_long_row() -> None:
    long = chain(5_000)
    broken = Prompt({**long.nodes, "0": Prompt.parse({"0": node("Number")}).nodes["0"]})
    found = validate(broken, TOYS)
    assert list(found.node_errors) == ["0"]
    assert found.node_errors["0"]["dependent_outputs"] == ["show"]


class TakesModel:
    FUNCTION, RETURN_TYPES, OUTPUT_NODE, CATEGORY = "run", (), True, "test"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"model": ("MODEL",)}}


@pytest.mark.parametrize("literal", [3, 0.5, "model.safetensors", True])
def test_a_value_where_only_a_link_can_be_is_refused_in_words(literal: Any) -> None:
    found = check({"TakesModel": TakesModel}, a=node("TakesModel", model=literal))
    assert errors(found, "a") == [("invalid_input_type", "model")]
    assert "link this input" in found.node_errors["a"]["errors"][0]["message"]


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_check_that_wants_to_end_the_program_is_that_nodes_error(error: type[BaseException]) -> None:
    def end(mode: str) -> bool:
        raise error("enough")

    [fault] = check(make_checked(end), c=node("Checked", mode="a", size=1)).node_errors["c"]["errors"]
    assert (fault["type"], fault["extra_info"]["exception_type"]) == ("exception_during_validation", error.__name__)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_declaration_that_wants_to_end_the_program_is_that_nodes_error(error: type[BaseException]) -> None:
    def end() -> Any:
        raise error("enough")

    checked = make_checked(lambda mode: True)
    checked["Checked"].INPUT_TYPES = staticmethod(end)  # type: ignore[attr-defined]
    [fault] = check(checked, c=node("Checked")).node_errors["c"]["errors"]
    assert fault["type"] == "exception_during_validation"
    assert f"{error.__name__}('enough')" in fault["details"]
