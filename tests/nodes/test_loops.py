"""Loops, branches and grids in the real engine."""

import os
from typing import Any

import pytest
import torch
from PIL import Image

from execution import paths
from execution.progress import CancelToken
from execution.prompt import Prompt
from nodes.registry import built_in_nodes
from tests.execution.runs import Bench, Ran

ran: list[Any] = []


class AddOne:
    RETURN_TYPES = ("*",)
    FUNCTION = "add"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"a": ("*",), "b": ("*",)}}

    def add(self, a: Any, b: Any) -> tuple[Any]:
        ran.append((a, b))
        return (a + b,)


class Below:
    RETURN_TYPES = ("BOOLEAN",)
    FUNCTION = "below"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"a": ("*",), "limit": ("INT", {})}}

    def below(self, a: Any, limit: int) -> tuple[bool]:
        return (a < limit,)


class Show:
    RETURN_TYPES = ()
    FUNCTION = "show"
    OUTPUT_NODE = True
    INPUT_IS_LIST = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"value": ("*",)}}

    def show(self, value: Any) -> dict[str, Any]:
        return {"ui": {"values": list(value)}}


OWN = {"AddOne": AddOne, "Below": Below, "Show": Show}


@pytest.fixture
def bench() -> Bench:
    ran.clear()
    return Bench({**built_in_nodes(), **OWN})


def run(bench: Bench, prompt: dict[str, tuple[str, dict[str, Any]]], **more: Any) -> Ran:
    graph = {key: {"class_type": kind, "inputs": inputs} for key, (kind, inputs) in prompt.items()}
    return bench.run(Prompt.parse(graph), **more)


def values(ended: Ran, node: str = "show") -> list[Any]:
    assert ended.outcome.error is None, ended.outcome.error
    return list(ended.outcome.outputs[node]["values"])


def summing(count: int) -> dict[str, tuple[str, dict[str, Any]]]:
    """Adds each number to what is carried."""
    return {
        "start": ("RepeatStart", {"count": count, "first": 1, "step": 1, "carried": ["zero", 0]}),
        "zero": ("PrimitiveInt", {"value": 0}),
        "add": ("AddOne", {"a": ["start", 3], "b": ["start", 1]}),
        "end": ("ForEachEnd", {"loop": ["start", 0], "result": ["add", 0], "carried": ["add", 0]}),
        "show": ("Show", {"value": ["end", 0]}),
        "last": ("Show", {"value": ["end", 1]}),
    }


def test_rounds_carry_on_and_give_a_list(bench: Bench) -> None:
    graph = summing(4)
    ended = bench.run(
        Prompt.parse({key: {"class_type": kind, "inputs": inputs} for key, (kind, inputs) in graph.items()}),
        "show",
        "last",
    )
    assert values(ended) == [1, 3, 6, 10]
    assert values(ended, "last") == [10]
    assert ran == [(0, 1), (1, 2), (3, 3), (6, 4)]


def test_rounds_that_were_run_are_not_run_again(bench: Bench) -> None:
    run(bench, summing(3))
    ran.clear()
    assert values(run(bench, summing(4))) == [1, 3, 6, 10]
    assert ran == [(6, 4)]


def test_no_rounds_give_nothing_but_what_was_carried(bench: Bench) -> None:
    graph = summing(0)
    ended = run(bench, {**graph, "show": ("Show", {"value": ["end", 1]})})
    assert values(ended) == [0]


def test_what_saves_inside_a_loop_runs_in_every_round_and_not_beside_it(bench: Bench) -> None:
    ended = run(
        bench,
        {
            "texts": ("TextList", {"text": "a\n\nb"}),
            "start": ("ForEachStart", {"items": ["texts", 0]}),
            "add": ("AddOne", {"a": ["start", 1], "b": "!"}),
            "inside": ("Show", {"value": ["add", 0]}),
            "end": ("ForEachEnd", {"loop": ["start", 0], "result": ["add", 0]}),
            "show": ("Show", {"value": ["end", 0]}),
        },
    )
    assert values(ended) == ["a!", "b!"]
    shown = [event["output"]["values"] for event in ended.of("executed") if event["display_node"] == "inside"]
    assert shown == [["a!"], ["b!"]]


def test_loops_lie_inside_loops(bench: Bench) -> None:
    ended = run(
        bench,
        {
            "outer": ("RepeatStart", {"count": 2, "first": 10, "step": 10}),
            "inner": ("RepeatStart", {"count": 2, "first": 1, "step": 1}),
            "add": ("AddOne", {"a": ["outer", 1], "b": ["inner", 1]}),
            "offset": ("AddOne", {"a": ["inner", 1], "b": ["outer", 1]}),
            "inner_end": ("ForEachEnd", {"loop": ["inner", 0], "result": ["add", 0]}),
            "outer_end": ("ForEachEnd", {"loop": ["outer", 0], "result": ["inner_end", 0]}),
            "show": ("Show", {"value": ["outer_end", 0]}),
        },
    )
    assert sorted(values(ended)) == [11, 12, 21, 22]


def test_a_loop_may_have_several_ends(bench: Bench) -> None:
    graph: dict[str, tuple[str, dict[str, Any]]] = {
        "each": ("RepeatStart", {"count": 3, "first": 1, "step": 2}),
        "plus": ("AddOne", {"a": ["each", 1], "b": ["each", 2]}),
        "same": ("ForEachEnd", {"loop": ["each", 0], "result": ["each", 1]}),
        "sums": ("ForEachEnd", {"loop": ["each", 0], "result": ["plus", 0]}),
    }
    for name, expected in (("same", [1, 3, 5]), ("sums", [1, 4, 7])):
        assert values(run(bench, {**graph, "show": ("Show", {"value": [name, 0]})})) == expected


def counting(limit: int, most: int = 100) -> dict[str, tuple[str, dict[str, Any]]]:
    return {
        "zero": ("PrimitiveInt", {"value": 0}),
        "start": ("WhileStart", {"carried": ["zero", 0]}),
        "add": ("AddOne", {"a": ["start", 3], "b": 1}),
        "below": ("Below", {"a": ["add", 0], "limit": limit}),
        "end": (
            "WhileEnd",
            {"loop": ["start", 0], "carried": ["add", 0], "condition": ["below", 0], "most_rounds": most},
        ),
        "show": ("Show", {"value": ["end", 0]}),
    }


def test_a_while_loop_goes_on_as_long_as_its_condition_says(bench: Bench) -> None:
    assert values(run(bench, counting(60))) == [60]
    assert len(ran) == 60


def test_a_while_loop_that_does_not_end_says_so(bench: Bench) -> None:
    error = run(bench, counting(50, most=5)).outcome.error
    assert error is not None
    assert "has not ended after 5 rounds" in error.exception_message


def test_a_loop_is_cancelled_between_rounds(bench: Bench) -> None:
    cancel = CancelToken()

    class Cancelling(AddOne):
        def add(self, a: Any, b: Any) -> tuple[Any]:
            if len(ran) == 3:
                cancel.cancel()
            return super().add(a, b)

    stopping = Bench({**bench.more, "AddOne": Cancelling})
    assert run(stopping, counting(60), cancel=cancel).outcome.status == "cancelled"
    assert len(ran) == 4


@pytest.mark.parametrize(("condition", "expected"), [(True, [2]), (False, [20])])
def test_only_the_branch_that_is_chosen_runs(bench: Bench, condition: bool, expected: list[int]) -> None:
    graph: dict[str, tuple[str, dict[str, Any]]] = {
        "yes": ("AddOne", {"a": 1, "b": 1}),
        "no": ("AddOne", {"a": 10, "b": 10}),
        "if": ("IfElse", {"condition": condition, "if_true": ["yes", 0], "if_false": ["no", 0]}),
        "show": ("Show", {"value": ["if", 0]}),
    }
    assert values(run(bench, graph)) == expected
    assert len(ran) == 1
    graph["if"] = ("Switch", {"index": int(condition), "value_0": ["no", 0], "value_1": ["yes", 0]})
    assert values(run(bench, graph)) == expected


def test_rounds_within_rounds_stay_together(bench: Bench) -> None:
    ended = run(
        bench,
        {
            "outer": ("RepeatStart", {"count": 2, "first": 1}),
            "texts": ("TextList", {"text": "x\ny\nz"}),
            "inner": ("ForEachStart", {"items": ["texts", 0], "carried": ["outer", 1]}),
            "text": ("ValueToText", {"value": ["outer", 1]}),
            "add": ("AddOne", {"a": ["text", 0], "b": ["inner", 1]}),
            "ended": ("ForEachEnd", {"loop": ["inner", 0], "result": ["add", 0]}),
            "end": ("ForEachEnd", {"loop": ["outer", 0], "result": ["ended", 0]}),
            "show": ("Show", {"value": ["end", 0]}),
        },
    )
    assert values(ended) == ["1x", "1y", "1z", "2x", "2y", "2z"]


def test_the_results_of_one_loop_are_the_items_of_another(bench: Bench) -> None:
    first = {
        "start": ("RepeatStart", {"count": 3, "first": 5}),
        "end": ("ForEachEnd", {"loop": ["start", 0], "result": ["start", 1]}),
    }
    second = {
        "again": ("ForEachStart", {"items": ["end", 0]}),
        "add": ("AddOne", {"a": ["again", 1], "b": 1}),
        "ended": ("ForEachEnd", {"loop": ["again", 0], "result": ["add", 0]}),
        "show": ("Show", {"value": ["ended", 0]}),
    }
    assert values(run(bench, first | second)) == [6, 7, 8]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"end": ("WhileEnd", {"loop": ["start", 0], "carried": 1, "condition": False})}, "end it with For Each End"),
        ({"end": ("IfElse", {"condition": True, "if_false": 1})}, "if_true is chosen, but nothing is connected"),
        ({"end": ("Switch", {"index": 4})}, "value_4 is chosen"),
    ],
)
def test_what_is_not_wired_says_so(bench: Bench, change: dict[str, Any], reason: str) -> None:
    ended = run(bench, {"start": ("RepeatStart", {"count": 3}), **change, "show": ("Show", {"value": ["end", 0]})})
    assert reason in str(ended.outcome.error)


@pytest.mark.parametrize("inner", [["start", 1], ["start", 2], ["add", 0]])
def test_what_joins_a_loops_results_with_what_is_only_within_it_says_so(bench: Bench, inner: list[Any]) -> None:
    prompt = summing(2) | {"join": ("AddOne", {"a": ["end", 0], "b": inner}), "show": ("Show", {"value": ["join", 0]})}
    ended = run(bench, prompt)
    assert ended.outcome.error is not None
    assert ended.outcome.error.node_id == "end"
    said = f"Node join (AddOne) lies behind the end of this loop, but its input b comes from node {inner[0]} "
    assert said in str(ended.outcome.error)


def test_a_loop_without_an_end_says_so(bench: Bench) -> None:
    ended = run(bench, {"start": ("RepeatStart", {"count": 3}), "show": ("Show", {"value": ["start", 1]})})
    assert "Nothing ends this loop" in str(ended.outcome.error)


class Drawn:
    """A picture from what a sampler takes."""

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "draw"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        settings = {"seed": ("INT", {}), "cfg": ("FLOAT", {}), "text": ("STRING", {})}
        return {"required": dict.fromkeys(("latent_image", "positive", "negative"), ("*",)) | settings}

    def draw(self, **_: Any) -> tuple[Any]:
        return (torch.zeros(1, 8, 8, 3),)


def test_pictures_saved_in_and_behind_a_loop_tell_their_own_round(folders: paths.Paths) -> None:
    settings = {"latent_image": 0, "positive": ["text", 0], "negative": ["text", 0], "seed": ["start", 2], "cfg": 7.5}
    prompt = {
        "texts": ("TextList", {"text": "a cat\na dog"}),
        "start": ("ForEachStart", {"items": ["texts", 0]}),
        "text": ("CLIPTextEncode", {"text": ["start", 1]}),
        "draw": ("Drawn", {**settings, "text": "x"}),
        "inside": ("SaveImage", {"images": ["draw", 0], "filename_prefix": "in_%seed%"}),
        "end": ("ForEachEnd", {"loop": ["start", 0], "result": ["draw", 0]}),
        "inverted": ("ImageInvert", {"image": ["end", 0]}),
        "behind": ("SaveImage", {"images": ["inverted", 0], "filename_prefix": "out_%seed%"}),
    }
    graph = {key: {"class_type": kind, "inputs": inputs} for key, (kind, inputs) in prompt.items()}
    bench = Bench({**built_in_nodes(), "Drawn": Drawn, "CLIPTextEncode": Encoded})
    ended = bench.run(Prompt.parse(graph), "inside", "behind")
    assert ended.outcome.error is None, ended.outcome.error
    for where in ("in", "out"):
        for number, text in enumerate(("a cat", "a dog")):
            with Image.open(folders.output / f"{where}_{number}_00001_.png") as opened:
                parameters = opened.text["parameters"]  # type: ignore[attr-defined]
            assert parameters.startswith(f"{text}\nNegative prompt: {text}\n")
            assert f"CFG scale: 7.5, Seed: {number}" in parameters


class Twice:
    """Hands each picture on twice, one by one."""

    RETURN_TYPES = ("IMAGE",)
    OUTPUT_IS_LIST = (True,)
    FUNCTION = "give"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"image": ("IMAGE",)}}

    def give(self, image: Any) -> tuple[Any]:
        return ([image, image],)


def test_rounds_with_several_results_and_while_loops_tell_what_made_each(folders: paths.Paths) -> None:
    settings = {"latent_image": 0, "positive": 0, "negative": 0, "cfg": 7.5, "text": "x"}
    prompt = {
        "start": ("RepeatStart", {"count": 2}),
        "draw": ("Drawn", {**settings, "seed": ["start", 1]}),
        "twice": ("Twice", {"image": ["draw", 0]}),
        "end": ("ForEachEnd", {"loop": ["start", 0], "result": ["twice", 0]}),
        "behind": ("SaveImage", {"images": ["end", 0], "filename_prefix": "two_%seed%"}),
        "zero": ("EmptyImage", {"width": 8, "height": 8, "batch_size": 1, "color": 0}),
        "while": ("WhileStart", {"carried": ["zero", 0]}),
        "drawn": ("Drawn", {**settings, "latent_image": ["while", 3], "seed": ["while", 2]}),
        "below": ("Below", {"a": ["while", 2], "limit": 2}),
        "ended": ("WhileEnd", {"loop": ["while", 0], "carried": ["drawn", 0], "condition": ["below", 0]}),
        "last": ("SaveImage", {"images": ["ended", 0], "filename_prefix": "while_%seed%"}),
    }
    graph = {key: {"class_type": kind, "inputs": inputs} for key, (kind, inputs) in prompt.items()}
    bench = Bench({**built_in_nodes(), **OWN, "Drawn": Drawn, "Twice": Twice})
    ended = bench.run(Prompt.parse(graph), "behind", "last")
    assert ended.outcome.error is None, ended.outcome.error
    names = sorted(file.name for file in folders.output.glob("*.png"))
    assert names == [*(f"two_{seed}_0000{number}_.png" for seed in (0, 1) for number in (1, 2)), "while_2_00001_.png"]


class Encoded:
    RETURN_TYPES = ("CONDITIONING",)
    FUNCTION = "encode"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"text": ("STRING", {})}}

    def encode(self, text: str) -> tuple[Any]:
        return ([text],)


def test_a_picture_by_name_is_read_again_once_its_file_has_changed(folders: paths.Paths) -> None:
    folders.input.mkdir(exist_ok=True)
    bench = Bench(dict(built_in_nodes()))
    prompt = {
        "load": {"class_type": "LoadImageByName", "inputs": {"name": "a.png"}},
        "save": {"class_type": "SaveImage", "inputs": {"images": ["load", 0], "filename_prefix": "by_name"}},
    }
    for number, grey in enumerate((10, 200), 1):
        Image.new("RGB", (8, 8), (grey, grey, grey)).save(folders.input / "a.png")
        os.utime(folders.input / "a.png", ns=(grey, grey))
        assert bench.run(Prompt.parse(prompt), "save").outcome.error is None
        with Image.open(folders.output / f"by_name_0000{number}_.png") as opened:
            assert opened.getpixel((0, 0)) == (grey, grey, grey)


def test_a_picture_whose_name_is_linked_is_kept_as_long_as_its_file_is(folders: paths.Paths) -> None:
    folders.input.mkdir(exist_ok=True)
    bench = Bench(dict(built_in_nodes()))
    prompt = {
        "name": {"class_type": "PrimitiveString", "inputs": {"value": "linked.png"}},
        "load": {"class_type": "LoadImageByName", "inputs": {"name": ["name", 0]}},
        "look": {"class_type": "PreviewImage", "inputs": {"images": ["load", 0]}},
    }
    was_run = []
    for grey in (10, 10, 10, 200, 200):
        Image.new("RGB", (8, 8), (grey, grey, grey)).save(folders.input / "linked.png")
        os.utime(folders.input / "linked.png", ns=(grey, grey))
        ended = bench.run(Prompt.parse(prompt), "look")
        assert ended.outcome.error is None
        was_run.append("load" not in {node for event in ended.of("execution_cached") for node in event["nodes"]})
    # Once more after the first run, for only then the name is known beforehand.
    assert was_run == [True, True, False, True, False]
