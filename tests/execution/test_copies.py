"""Copies of a prompt with stepped seeds."""

import json
import random
from typing import Any

from execution.copies import make_copies, make_workflow_copies, workflow_classes

SEED = ("INT", {"default": 0, "min": 0, "max": 2**64 - 1, "control_after_generate": True})
OBJECT_INFO: dict[str, Any] = {
    "Sampler": {"input": {"required": {"seed": SEED, "steps": ("INT", {"default": 20}), "model": ("MODEL",)}}},
    "Noise": {"input": {"required": {"noise_seed": ("INT", {"max": 9})}}},
    "Number": {"input": {"required": {"value": ("INT", {"control_after_generate": True, "min": -5, "max": 5})}}},
    "Plain": {"input": {"required": {"seed": ("INT", {"control_after_generate": False}), "name": ("STRING", {})}}},
    "Pick": {"input": {"required": {"file": (["a", "b"], {"control_after_generate": True})}}},
}


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def inputs(graph: dict[str, Any], count: int, extra_data: Any = None) -> list[dict[str, Any]]:
    """The inputs of the node called 1 in each copy."""
    copies = make_copies(json.dumps(graph), extra_data or {}, OBJECT_INFO, count)
    return [json.loads(copy.graph)["1"]["inputs"] for copy in copies]


def test_the_first_is_as_it_was_and_each_next_seed_is_one_higher() -> None:
    graph = {"1": node("Sampler", seed=7, steps=20, model=["2", 0]), "2": node("Unknown", seed=1)}
    copies = make_copies(json.dumps(graph), {}, OBJECT_INFO, 3)
    assert [json.loads(copy.graph)["1"]["inputs"]["seed"] for copy in copies] == [7, 8, 9]
    assert json.loads(copies[0].graph) == graph
    assert json.loads(copies[2].graph)["2"] == graph["2"]


def test_seeds_are_what_the_declaration_calls_so() -> None:
    assert inputs({"1": node("Noise", noise_seed=1)}, 2)[1] == {"noise_seed": 2}
    assert inputs({"1": node("Number", value=-2)}, 2)[1] == {"value": -1}
    assert inputs({"1": node("Plain", seed=1, name="x")}, 2)[1] == {"seed": 1, "name": "x"}
    assert inputs({"1": node("Pick", file="a")}, 2)[1] == {"file": "a"}


def test_a_seed_that_another_node_gives_is_stepped_there() -> None:
    graph = {"1": node("Sampler", seed=["2", 0]), "2": node("Number", value=3)}
    copies = make_copies(json.dumps(graph), {}, OBJECT_INFO, 2)
    assert json.loads(copies[1].graph) == {"1": graph["1"], "2": node("Number", value=4)}


def test_the_lowest_seed_follows_the_highest() -> None:
    assert [each["noise_seed"] for each in inputs({"1": node("Noise", noise_seed=8)}, 4)] == [8, 9, 0, 1]
    assert [each["seed"] for each in inputs({"1": node("Sampler", seed=2**64 - 1)}, 2)] == [2**64 - 1, 0]


def workflow(seed: int, **slot: Any) -> dict[str, Any]:
    shown = {"id": 1, "type": "Sampler", "inputs": [{"name": "seed", **slot}], "widgets_values": [seed, "fixed", 20]}
    return {"client_id": "c", "extra_pnginfo": {"workflow": {"nodes": [shown], "id": "w"}, "note": 1}}


def stored_seeds(extra_data: dict[str, Any], seed: int = 7) -> list[Any]:
    graph = {"1": node("Sampler", seed=seed, steps=20, model=["2", 0])}
    copies = make_copies(json.dumps(graph), extra_data, OBJECT_INFO, 3)
    stored = [json.loads(copy.extra_data)["extra_pnginfo"] for copy in copies]
    assert all(each["note"] == 1 for each in stored)
    return [each["workflow"]["nodes"][0]["widgets_values"] for each in stored]


def test_each_copys_workflow_says_the_seed_that_it_ran_with() -> None:
    extra_data = workflow(7)
    assert stored_seeds(extra_data) == [[7, "fixed", 20], [8, "fixed", 20], [9, "fixed", 20]]
    assert extra_data == workflow(7)


def test_the_seed_of_a_primitive_node_changes_as_its_own_control_says() -> None:
    seed = {"name": "seed", "type": "INT", "link": 1, "widget": {"name": "seed"}}
    primitive = {"id": 2, "type": "PrimitiveNode", "mode": 0, "widgets_values": [7, "decrement"]}
    sampler = {"id": 1, "type": "Sampler", "mode": 0, "inputs": [seed], "widgets_values": [7, "increment", 20]}
    document = {"nodes": [{**primitive, "outputs": [{"type": "INT", "links": [1]}]}, sampler]}
    extra_data = {"extra_pnginfo": {"workflow": {**document, "links": [[1, 2, 0, 1, 0, "INT"]]}}}
    assert workflow_classes(extra_data) == {"PrimitiveNode", "Sampler"}
    graph = json.dumps({"1": node("Sampler", seed=7, steps=20)})
    copies = make_workflow_copies(graph, extra_data, OBJECT_INFO, 3, random.Random(1))
    assert [json.loads(copy.graph)["1"]["inputs"]["seed"] for copy in copies] == [7, 6, 5]


def test_a_workflow_that_holds_another_value_or_a_link_stays_as_it_is() -> None:
    assert stored_seeds(workflow(8)) == [[8, "fixed", 20]] * 3
    assert stored_seeds(workflow(7, link=4)) == [[7, "fixed", 20]] * 3


def test_any_extra_data_may_come_along() -> None:
    odd: list[Any] = [
        {},
        {"extra_pnginfo": None},
        {"extra_pnginfo": {"workflow": {"nodes": [3, None, {"id": 1, "type": "Noise", "inputs": 5}]}}},
    ]
    for extra_data in odd:
        assert inputs({"1": node("Noise", noise_seed=1)}, 2, extra_data) == [{"noise_seed": 1}, {"noise_seed": 2}]
