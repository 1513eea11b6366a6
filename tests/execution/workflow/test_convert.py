"""What becomes of each thing a workflow may hold."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.errors import PromptError, WorkflowError
from execution.workflow import check_classes, convert, is_workflow, step_seeds
from execution.workflow.texts import choose

Node = dict[str, Any]

IMAGE = {"input": {"required": {"image": ["IMAGE"]}}, "output": ["IMAGE"]}
INFO: dict[str, Any] = {
    "Make": {
        "display_name": "Make a picture",
        "input": {"required": {"width": ["INT", {"default": 512}], "seed": ["INT", {"min": 0, "max": 99}]}},
        "output": ["IMAGE"],
    },
    "Invert": IMAGE,
    "Blend": {"input": {"required": {"a": ["IMAGE"], "b": ["IMAGE"]}}, "output": ["IMAGE"]},
    "Text": {"input": {"required": {"text": ["STRING", {"dynamicPrompts": True}]}}, "output": ["STRING"]},
    "Load": {"input": {"required": {"image": [["a.png", "b.png"], {"image_upload": True}], "after": ["INT", {}]}}},
    "Save": {"input": {"required": {"images": ["IMAGE"], "filename_prefix": ["STRING", {"default": "x"}]}}},
    "Forced": {
        "input": {
            "required": {"a": ["INT", {"forceInput": True}], "b": ["INT", {"default": 3}]},
            "optional": {"c": ["FLOAT", {"defaultInput": True}], "d": [["x", "y"], {}]},
        },
        "input_order": {"required": ["b", "a"]},
    },
    "Resize": {
        "input": {
            "required": {
                "mode": [
                    "COMFY_DYNAMICCOMBO_V3",
                    {
                        "options": [
                            {"key": "by", "inputs": {"required": {"factor": ["FLOAT", {"default": 2.0}]}}},
                            {"key": "to", "inputs": {"required": {"width": ["INT", {}], "height": ["INT", {}]}}},
                        ]
                    },
                ],
                "method": [["near", "far"]],
            }
        }
    },
}


def node(node_id: int, kind: str, *values: Any, mode: int = 0, **links: Any) -> Node:
    """A node as a file holds it; `links` are its inputs with the id of the link into each, or None."""
    types = {"width": "INT", "text": "STRING", "seed": "INT"}
    inputs = [
        {"name": name, "type": types.get(name, "IMAGE"), "link": link}
        | ({"widget": {"name": name}} if name in types else {})
        for name, link in links.items()
    ]
    outputs = [{"name": "out", "type": "IMAGE", "links": []}]
    return {
        "id": node_id,
        "type": kind,
        "mode": mode,
        "inputs": inputs,
        "outputs": outputs,
        "widgets_values": list(values),
    }


def flow(*nodes: Node, links: list[Any] | None = None, **more: Any) -> Any:
    return {"nodes": list(nodes), "links": links or [], "version": 0.4, **more}


def inputs(document: Any, node_id: str = "9") -> Any:
    return convert(document, INFO)[node_id]["inputs"]


def test_values_fill_the_widgets_in_order_and_controls_take_a_place() -> None:
    prompt = convert(flow(node(1, "Make", 64, 5, "fixed"), node(2, "Note", "hello")), INFO)
    assert prompt == {
        "1": {"inputs": {"width": 64, "seed": 5}, "class_type": "Make", "_meta": {"title": "Make a picture"}}
    }
    assert inputs(flow(node(9, "Load", "b.png", "image", 7))) == {"image": "b.png", "after": 7}


def test_missing_values_are_defaults_and_more_are_ignored() -> None:
    assert inputs(flow(node(9, "Make"))) == {"width": 512, "seed": 0}
    assert inputs(flow(node(9, "Make", 1, 2, "fixed", 3, 4))) == {"width": 1, "seed": 2}
    assert inputs(flow({**node(9, "Make"), "widgets_values": {"width": 4}})) == {"width": 512, "seed": 0}


def test_forced_inputs_are_sockets_and_old_files_hold_a_value_for_them() -> None:
    assert inputs(flow(node(9, "Forced", 5, "y"))) == {"b": 5, "d": "y"}
    assert inputs(flow(node(9, "Forced", 5, 99, 0.5, "y"))) == {"b": 5, "d": "y"}


def test_a_dynamic_choice_brings_its_own_widgets() -> None:
    assert inputs(flow(node(9, "Resize", "to", 3, 4, "far"))) == {
        "mode": "to",
        "mode.width": 3,
        "mode.height": 4,
        "method": "far",
    }
    assert inputs(flow(node(9, "Resize", "by", 1.5, "near"))) == {"mode": "by", "mode.factor": 1.5, "method": "near"}


def test_a_link_wins_over_the_widget_of_its_name() -> None:
    document = flow(node(1, "Make"), node(9, "Make", 64, 1, "fixed", width=5), links=[[5, 1, 0, 9, 0, "INT"]])
    assert inputs(document) == {"width": ["1", 0], "seed": 1}


def test_lists_are_wrapped_and_other_values_left_alone() -> None:
    assert inputs(flow(node(9, "Make", [1, 2], "5", "fixed"))) == {"width": {"__value__": [1, 2]}, "seed": "5"}


@pytest.mark.parametrize(("mode", "source"), [(0, ["2", 0]), (1, ["2", 0]), (2, None), (3, ["2", 0]), (4, ["1", 0])])
def test_modes(mode: int, source: Any) -> None:
    document = flow(
        node(1, "Make"),
        node(2, "Invert", image=5, mode=mode),
        node(9, "Save", "x", images=6),
        links=[[5, 1, 0, 2, 0, "IMAGE"], [6, 2, 0, 9, 0, "IMAGE"]],
    )
    assert inputs(document).get("images") == source


def test_a_bypass_asks_only_the_first_input_that_fits() -> None:
    links = [[5, 1, 0, 2, 1, "IMAGE"], [6, 2, 0, 9, 0, "IMAGE"]]
    document = flow(node(1, "Make"), node(2, "Blend", a=None, b=5, mode=4), node(9, "Save", "x", images=6), links=links)
    assert "images" not in inputs(document)


def test_reroutes_are_followed_and_notes_never_appear() -> None:
    links = [[5, 1, 0, 2, 0, "IMAGE"], [6, 2, 0, 3, 0, "*"], [7, 3, 0, 9, 0, "IMAGE"]]
    document = flow(
        node(1, "Make"),
        node(2, "Reroute", image=5),
        node(3, "Reroute", image=6),
        node(9, "Save", "x", images=7),
        node(4, "MarkdownNote", "x"),
        links=links,
    )
    assert set(convert(document, INFO)) == {"1", "9"}
    assert inputs(document)["images"] == ["1", 0]


def test_reroutes_in_a_circle_end_with_an_error() -> None:
    links = [[5, 3, 0, 2, 0, "*"], [6, 2, 0, 3, 0, "*"], [7, 3, 0, 9, 0, "*"]]
    document = flow(node(2, "Reroute", image=5), node(3, "Reroute", image=6), node(9, "Save", images=7), links=links)
    with pytest.raises(WorkflowError, match="never ends"):
        convert(document, INFO)


def test_a_primitive_gives_its_value_to_widgets() -> None:
    primitive = {**node(1, "PrimitiveNode", 77, "fixed"), "outputs": [{"name": "INT", "type": "INT", "links": [5]}]}
    document = flow(primitive, node(9, "Make", 64, 1, "fixed", width=5), links=[[5, 1, 0, 9, 0, "INT"]])
    assert convert(document, INFO) == {
        "9": {"inputs": {"width": 77, "seed": 1}, "class_type": "Make", "_meta": {"title": "Make a picture"}}
    }


def test_a_dangling_link_is_dropped_and_one_to_a_missing_node_refused() -> None:
    assert inputs(flow(node(9, "Save", "x", images=5))) == {"filename_prefix": "x"}
    with pytest.raises(WorkflowError, match="node 4"):
        convert(flow(node(9, "Save", "x", images=5), links=[[5, 4, 0, 9, 0, "IMAGE"]]), INFO)


def test_an_unknown_class_is_named() -> None:
    document = flow({**node(1, "Nowhere", 1, "two"), "properties": {"cnr_id": "pack"}}, node(9, "Save", "x"))
    prompt = convert(document, INFO)
    assert prompt["1"] == {"inputs": {"UNKNOWN": 1, "UNKNOWN_1": "two"}, "_meta": {"title": "", "cnr_id": "pack"}}
    with pytest.raises(PromptError, match=r"Nowhere \(node 1, pack pack\)"):
        check_classes(document, prompt)


def test_titles_are_the_owners_or_the_classs() -> None:
    prompt = convert(flow({**node(1, "Make"), "title": "Mine"}, node(2, "Make")), INFO)
    assert [prompt[key]["_meta"]["title"] for key in "12"] == ["Mine", "Make a picture"]


SUB = {
    "id": "sub",
    "name": "Sub",
    "version": 1,
    "inputs": [{"name": "image", "linkIds": [1]}, {"name": "width", "linkIds": [4]}],
    "outputs": [{"name": "out", "linkIds": [3]}],
    "nodes": [node(10, "Make", 20, 0, "increment", width=4), node(11, "Blend", a=1, b=2)],
    "links": [
        {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 11, "target_slot": 0, "type": "IMAGE"},
        {"id": 2, "origin_id": 10, "origin_slot": 0, "target_id": 11, "target_slot": 1, "type": "IMAGE"},
        {"id": 3, "origin_id": 11, "origin_slot": 0, "target_id": -20, "target_slot": 0, "type": "IMAGE"},
        {"id": 4, "origin_id": -10, "origin_slot": 1, "target_id": 10, "target_slot": 0, "type": "INT"},
    ],
}


def with_subgraph(host: Node, *more: Any) -> Any:
    links = [[5, 1, 0, 7, 0, "IMAGE"], [6, 7, 0, 9, 0, "IMAGE"]]
    document = flow(node(1, "Make"), host, node(9, "Save", "x", images=6), links=links)
    return {**document, "definitions": {"subgraphs": [SUB, *more]}}


def test_a_subgraph_becomes_its_nodes() -> None:
    prompt = convert(with_subgraph(node(7, "sub", 40, image=5)), INFO)
    assert set(prompt) == {"1", "9", "7:10", "7:11"}
    assert prompt["9"]["inputs"]["images"] == ["7:11", 0]
    assert prompt["7:11"]["inputs"] == {"a": ["1", 0], "b": ["7:10", 0]}
    # The value that the host shows as its own.
    assert prompt["7:10"]["inputs"] == {"width": 40, "seed": 0}


def test_a_hosts_value_may_be_missing_linked_or_proxied() -> None:
    assert inputs(with_subgraph(node(7, "sub", image=5)), "7:10")["width"] == 20
    linked = with_subgraph(node(7, "sub", 40, image=5, width=5))
    assert inputs(linked, "7:10")["width"] == ["1", 0]
    proxied = {**node(7, "sub", 40, 33, image=5), "properties": {"proxyWidgets": [["10", "seed"]]}}
    assert inputs(with_subgraph(proxied), "7:10") == {"width": 40, "seed": 33}
    assert inputs(with_subgraph({**proxied, "widgets_values": [None, 33]}), "7:10") == {"width": 20, "seed": 33}


def test_a_hosts_value_reaches_widgets_that_a_nested_host_shows() -> None:
    within = {**node(3, "sub", 30, 11, image=1), "properties": {"proxyWidgets": [["10", "seed"]]}}
    outer = {
        "id": "outer",
        "name": "Outer",
        "inputs": [{"name": "image"}],
        "outputs": [{"name": "out"}],
        "nodes": [within],
        "links": [[1, -10, 0, 3, 0, "IMAGE"], [2, 3, 0, -20, 0, "IMAGE"]],
    }
    for name in ("10/seed", "10: seed", "seed"):
        shown = {"properties": {"proxyWidgets": [["3", name], ["3", "width"]]}}
        for values, expected in (([5, 6], (6, 5)), ([5], (30, 5)), ([None, 6], (6, 11)), ([], (30, 11))):
            prompt = convert(with_subgraph({**node(7, "outer", *values, image=5), **shown}, outer), INFO)
            made = prompt["7:3:10"]["inputs"]
            assert (made["width"], made["seed"]) == expected, (name, values)


def test_a_bypassed_subgraph_passes_its_input_on_and_a_muted_one_nothing() -> None:
    prompt = convert(with_subgraph(node(7, "sub", image=5, mode=4)), INFO)
    assert (set(prompt), prompt["9"]["inputs"]["images"]) == ({"1", "9"}, ["1", 0])
    assert set(convert(with_subgraph(node(7, "sub", image=5, mode=2)), INFO)) == {"1", "9"}


def test_subgraphs_nest() -> None:
    outer = {
        "id": "outer",
        "name": "Outer",
        "inputs": [{"name": "image"}],
        "outputs": [{"name": "out"}],
        "nodes": [node(3, "sub", image=1)],
        "links": [[1, -10, 0, 3, 0, "IMAGE"], [2, 3, 0, -20, 0, "IMAGE"]],
    }
    prompt = convert(with_subgraph(node(7, "outer", image=5), outer), INFO)
    assert prompt["9"]["inputs"]["images"] == ["7:3:11", 0]
    assert prompt["7:3:11"]["inputs"]["a"] == ["1", 0]


def test_a_subgraph_that_holds_itself_is_refused() -> None:
    endless = {"id": "endless", "inputs": [], "outputs": [], "nodes": [node(3, "endless")], "links": []}
    with pytest.raises(WorkflowError, match="contain each other"):
        convert(with_subgraph(node(7, "endless"), endless), INFO)


def test_a_subgraph_with_an_input_wired_to_an_output_is_refused() -> None:
    wire = {
        "id": "wire",
        "inputs": [{"name": "image"}],
        "outputs": [{}],
        "nodes": [],
        "links": [[1, -10, 0, -20, 0, "*"]],
    }
    with pytest.raises(WorkflowError, match="straight to an output"):
        convert(with_subgraph(node(7, "wire", image=5), wire), INFO)


def test_subgraphs_that_multiply_without_end_are_refused() -> None:
    doubling = [
        {"id": f"d{n}", "inputs": [], "outputs": [], "nodes": [node(1, f"d{n + 1}"), node(2, f"d{n + 1}")], "links": []}
        for n in range(40)
    ]
    with pytest.raises(WorkflowError, match="too many"):
        convert(with_subgraph(node(7, "d0"), *doubling, {**doubling[0], "id": "d40", "nodes": []}), INFO)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_workflow_is_converted_or_refused(data: st.DataObject) -> None:
    document = json.loads(json.dumps(with_subgraph(node(7, "sub", 40, image=5))))
    place: Any = document
    while isinstance(place, (dict, list)) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if data.draw(st.booleans()) or not isinstance(place[key], (dict, list)):
            place[key] = data.draw(st.sampled_from([None, "x", -1, 5, 0.5, True, [], {}, [1], {"a": 1}]))
            break
        place = place[key]
    try:
        assert isinstance(convert(document, INFO), dict)
    except WorkflowError as error:
        assert error.message  # noqa: PT017


@pytest.mark.parametrize(
    "document",
    [None, [], {"nodes": {}}, {"nodes": [5]}, {"nodes": [{"id": 1}]}, flow(links=[[1, 2]]), flow(links=[{"id": 1}])],
)
def test_what_is_no_workflow_is_refused_with_words(document: Any) -> None:
    with pytest.raises(WorkflowError):
        convert(document, INFO)


def test_a_workflow_is_told_from_a_prompt() -> None:
    assert is_workflow(flow())
    assert not is_workflow({"nodes": {"class_type": "X", "inputs": {}}})


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a {b} c", "a b c"),
        ("{a|{b|c}}", "last"),
        ("x // y\nz", "x \nz"),
        ("/* a\nb */c", "c"),
        (r"\{a\|b\}", "{a|b}"),
        ("{a", "{a"),
        ("a}", "a}"),
        ("{}", ""),
    ],
)
def test_texts_choose_among_words(text: str, result: str) -> None:
    assert choose(text, lambda choices: choices[-1]) == result.replace("last", "c")


def test_texts_of_widgets_are_chosen_only_where_the_class_says_so() -> None:
    assert inputs(flow(node(9, "Text", "a {red} b"))) == {"text": "a red b"}
    assert inputs(flow(node(9, "Save", "a {red}"))) == {"filename_prefix": "a {red}"}


def test_file_names_may_hold_values_of_other_nodes() -> None:
    maker = {**node(1, "Make", 64, 5, "fixed"), "properties": {"Node name for S&R": "Maker"}}
    titled = {**node(2, "Text", "a/b"), "title": "Words"}
    document = flow(maker, titled, node(9, "Save", "%Maker.width%-%Words.text%-%date:yyyy%-%width%-%No.x%"))
    prefix = inputs(document)["filename_prefix"]
    assert prefix.startswith("64-a_b-20")
    assert prefix.endswith("-%width%-%No.x%")


@pytest.mark.parametrize(
    ("control", "value", "expected"),
    [
        ("fixed", 5, 5),
        ("increment", 5, 6),
        ("increment", 99, 99),
        ("decrement", 5, 4),
        ("decrement", 0, 0),
        (False, 5, 5),
        ("increment", "x", "x"),
        (None, 5, 5),
    ],
)
def test_seeds_step_as_their_control_says(control: Any, value: Any, expected: Any) -> None:
    document = flow(node(1, "Make", 64, value, control))
    before = json.dumps(document)
    stepped = step_seeds(document, INFO, random.Random(0))
    assert stepped["nodes"][0]["widgets_values"] == [64, expected, control]
    assert json.dumps(document) == before


@pytest.mark.parametrize("control", ["randomize", True])
def test_random_seeds_stay_within_their_bounds(control: Any) -> None:
    source = random.Random(1)
    seeds = {
        step_seeds(flow(node(1, "Make", 64, 5, control)), INFO, source)["nodes"][0]["widgets_values"][1]
        for _ in range(50)
    }
    assert len(seeds) > 20
    assert all(0 <= seed <= 99 for seed in seeds)


def test_primitives_and_hosts_step_the_seeds_they_hold() -> None:
    primitive = step_seeds(flow(node(1, "PrimitiveNode", 77, "increment")), INFO, random.Random(0))
    assert primitive["nodes"][0]["widgets_values"][0] == 78
    promoted = json.loads(json.dumps(SUB).replace('"name": "width"', '"name": "seed"'))
    document = with_subgraph(node(7, "sub", 40, image=5)) | {"definitions": {"subgraphs": [promoted]}}
    assert step_seeds(document, INFO, random.Random(0))["nodes"][1]["widgets_values"] == [41]
