"""Nodes whose inputs depend on others are told of as ComfyUI's page reads them, checked as they stand, and run."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from execution.describe import Descriptions, describe_node
from execution.prompt import Link, Prompt
from execution.replaced_nodes import Replacement
from execution.validate import validate
from execution.workflow.convert import convert
from nodes.compat.api.replacements import REPLACEMENTS
from nodes.packs import load_packs
from tests.execution.runs import Bench
from tests.execution.toys import TOYS, node, prompt

PACK = """
from comfy_api.latest import ComfyAPI, ComfyExtension, io

class Mode(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        rows = io.Autogrow.TemplateNames(io.Int.Input("n"), names=["a", "b", "c"], min=1)
        return io.Schema(
            node_id=f"Pack_{cls.__name__}",
            inputs=[
                io.DynamicCombo.Input("mode", options=[
                    io.DynamicCombo.Option("plain", []),
                    io.DynamicCombo.Option("scaled", [
                        io.Float.Input("by", default=2.0, min=0.0, max=8.0),
                        io.Combo.Input("how", options=["up", "down"], optional=True),
                    ]),
                    io.DynamicCombo.Option("rows", [io.Autogrow.Input("numbers", template=rows)]),
                    io.DynamicCombo.Option("deep", [io.DynamicCombo.Input("inner", options=[
                        io.DynamicCombo.Option("x", [io.String.Input("text")]),
                    ])]),
                ], tooltip="What to do."),
                io.Int.Input("last", default=1),
            ],
            outputs=[io.AnyType.Output()],
        )

    @classmethod
    def fingerprint_inputs(cls, mode, last):
        return mode["mode"], last

    @classmethod
    def execute(cls, mode, last):
        return io.NodeOutput([mode, last])

class Checked(Mode):
    @classmethod
    def validate_inputs(cls, mode):
        return f"not {mode['by']}" if mode.get("by") == 1.5 else True

class Sum(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        row = io.Autogrow.TemplatePrefix(io.Int.Input("number"), prefix="number", min=0, max=4)
        return io.Schema(
            node_id="Pack_Sum", inputs=[io.Autogrow.Input("numbers", template=row)],
            outputs=[io.AnyType.Output()],
        )

    @classmethod
    def execute(cls, numbers):
        return io.NodeOutput(numbers)

class Switch(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        one = io.MatchType.Template("one", allowed_types=[io.Int, io.String])
        case = io.Autogrow.TemplatePrefix(io.MatchType.Input("case", template=one, lazy=True), prefix="case_", min=0)
        return io.Schema(
            node_id="Pack_Switch", search_aliases=["choose"], is_dev_only=True,
            inputs=[io.Int.Input("index"), io.Autogrow.Input("cases", template=case)],
            outputs=[io.MatchType.Output(template=one, id="chosen"), io.Int.Output()],
        )

    @classmethod
    def check_lazy_status(cls, index, cases):
        return [f"case_{index}"] if cases[f"case_{index}"] is None else []

    @classmethod
    def execute(cls, index, cases):
        return io.NodeOutput(cases[f"case_{index}"], index)

class Slot(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        slot = io.DynamicSlot.Input(slot=io.Int.Input("trigger"), inputs=[io.Float.Input("amount", default=1.0)])
        return io.Schema(node_id="Pack_Slot", inputs=[slot], outputs=[io.AnyType.Output()])

    @classmethod
    def execute(cls, trigger=None):
        return io.NodeOutput(trigger)

class Group(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        row = [
            io.String.Input("name"), io.Float.Input("weight", default=1.0, max=2.0),
            io.Boolean.Input("on", optional=True),
        ]
        return io.Schema(
            node_id="Pack_Group",
            inputs=[io.String.Input("first", default="a"),
                    io.DynamicGroup.Input("rows", template=row, min=1, max=3, group_name="Row"),
                    io.Int.Input("last", default=1)],
            outputs=[io.AnyType.Output()],
        )

    @classmethod
    def execute(cls, first, rows, last):
        return io.NodeOutput([first, rows, last])

class Extension(ComfyExtension):
    async def on_load(self):
        await ComfyAPI().node_replacement.register(io.NodeReplace(
            new_node_id="Pack_Mode", old_node_id="Pack_OldMode", old_widget_ids=["amount", "last"],
            input_mapping=[{"new_id": "mode", "set_value": "scaled"}, {"new_id": "mode.by", "old_id": "amount"},
                           {"new_id": "last", "old_id": "last"}],
        ))

    async def get_node_list(self):
        return [Mode, Checked, Sum, Switch, Slot, Group]

def comfy_entrypoint():
    return Extension()
"""

TEMPLATE = {"template_id": "one", "allowed_types": "INT,STRING"}


@pytest.fixture
def classes(tmp_path: Path, names: None) -> dict[str, Any]:
    (tmp_path / "newest.py").write_text(PACK, encoding="utf-8")
    (pack,) = load_packs([tmp_path])
    assert pack.problem is None
    return dict(pack.classes)


def shown(classes: dict[str, Any], **graph: Any) -> Any:
    ran = Bench(classes).run(prompt(**graph, show=node("Show", value=["it", 0])))
    assert ran.outcome.error is None, ran.outcome.error
    return ran.shown("show")[0]


def errors(classes: dict[str, Any], class_type: str, **inputs: Any) -> list[tuple[str, str]]:
    graph = prompt(n=node("Number", value=1), it=node(class_type, **inputs), show=node("Show", value=["it", 0]))
    checked = validate(graph, TOYS | classes)
    return [
        (error["type"], error["extra_info"].get("input_name", ""))
        for error in checked.node_errors.get("it", {}).get("errors", [])
    ]


def test_they_are_told_of_as_the_page_reads_them(classes: dict[str, Any]) -> None:
    kind, options = describe_node("Pack_Mode", classes["Pack_Mode"])["input"]["required"]["mode"]
    assert (kind, options["tooltip"]) == ("COMFY_DYNAMICCOMBO_V3", "What to do.")
    plain, scaled, rows, deep = options["options"]
    assert plain == {"key": "plain", "inputs": {}}
    assert scaled["inputs"]["required"]["by"] == ["FLOAT", {"default": 2.0, "min": 0.0, "max": 8.0}]
    assert scaled["inputs"]["optional"]["how"] == ["COMBO", {"options": ["up", "down"]}]
    assert rows["inputs"]["required"]["numbers"] == [
        "COMFY_AUTOGROW_V3",
        {"template": {"input": {"required": {"n": ["INT", {"forceInput": True}]}}, "names": ["a", "b", "c"], "min": 1}},
    ]
    assert deep["inputs"]["required"]["inner"][1]["options"][0]["key"] == "x"
    switch = describe_node("Pack_Switch", classes["Pack_Switch"])
    template = switch["input"]["required"]["cases"][1]["template"]
    assert (template["prefix"], template["max"]) == ("case_", 10)
    assert template["input"]["required"]["case"] == ["COMFY_MATCHTYPE_V3", {"lazy": True, "template": TEMPLATE}]
    assert switch["output"] == ["COMFY_MATCHTYPE_V3", "INT"]
    assert (switch["output_matchtypes"], switch["search_aliases"], switch["dev_only"]) == (
        ["one", None],
        ["choose"],
        True,
    )


def test_a_node_gets_the_chosen_options_inputs_together(classes: dict[str, Any]) -> None:
    inputs: dict[str, Any] = {"mode": "scaled", "mode.by": 3, "mode.how": "down", "last": 4}
    assert shown(classes, it=node("Pack_Mode", **inputs)) == [{"mode": "scaled", "by": 3.0, "how": "down"}, 4]
    # What another option left behind is nothing to this one.
    inputs = {"mode": "plain", "mode.by": 3, "last": 4}
    assert shown(classes, it=node("Pack_Mode", **inputs)) == [{"mode": "plain"}, 4]
    inputs = {"mode": "rows", "mode.numbers.a": ["n", 0], "mode.numbers.c": ["n", 0], "last": 1}
    graph = {"n": node("Number", value=7), "it": node("Pack_Mode", **inputs)}
    assert shown(classes, **graph) == [{"mode": "rows", "numbers": {"a": 7, "c": 7}}, 1]
    inputs = {"mode": "deep", "mode.inner": "x", "mode.inner.text": "hi", "last": 1}
    assert shown(classes, it=node("Pack_Mode", **inputs)) == [
        {"mode": "deep", "inner": {"inner": "x", "text": "hi"}},
        1,
    ]


@pytest.mark.parametrize(
    ("inputs", "wanted"),
    [
        ({"last": 1}, [("required_input_missing", "mode")]),
        ({"mode": "none", "last": 1}, [("value_not_in_list", "mode")]),
        ({"mode": "scaled", "last": 1}, [("required_input_missing", "mode.by")]),
        ({"mode": "scaled", "mode.by": 99, "last": 1}, [("value_bigger_than_max", "mode.by")]),
        ({"mode": "rows", "mode.numbers.b": ["n", 0], "last": 1}, [("required_input_missing", "mode.numbers.a")]),
        ({"mode": "deep", "mode.inner": "x", "last": 1}, [("required_input_missing", "mode.inner.text")]),
        ({"mode": "plain", "last": 1}, []),
    ],
)
def test_what_is_asked_for_follows_what_is_chosen(
    classes: dict[str, Any], inputs: dict[str, Any], wanted: list[tuple[str, str]]
) -> None:
    assert errors(classes, "Pack_Mode", **inputs) == wanted


def test_a_nodes_own_check_is_told_what_is_chosen_and_the_rest_is_checked_all_the_same(classes: dict[str, Any]) -> None:
    assert errors(classes, "Pack_Checked", **{"mode": "scaled", "mode.by": 2.5, "last": 1}) == []
    failed = errors(classes, "Pack_Checked", **{"mode": "scaled", "mode.by": 1.5, "last": 1})
    assert ("custom_validation_failed", "mode") in failed
    outside = errors(classes, "Pack_Checked", **{"mode": "scaled", "mode.by": 99, "last": 1})
    assert outside == [("value_bigger_than_max", "mode.by")]


def test_rows_that_are_not_linked_are_left_out_and_none_is_an_empty_dict(classes: dict[str, Any]) -> None:
    assert shown(classes, it=node("Pack_Sum")) == {}
    graph = {
        "n": node("Number", value=7),
        "it": node("Pack_Sum", **{"numbers.number0": ["n", 0], "numbers.number2": 5}),
    }
    assert shown(classes, **graph) == {"number0": 7, "number2": 5}
    assert shown(classes, it=node("Pack_Slot")) is None
    graph = {"n": node("Number", value=7), "it": node("Pack_Slot", **{"trigger": ["n", 0], "trigger.amount": 2})}
    assert shown(classes, **graph) == {"trigger": 7, "amount": 2.0}


ROW = {
    "required": {"name": ["STRING", {}], "weight": ["FLOAT", {"default": 1.0, "max": 2.0}]},
    "optional": {"on": ["BOOLEAN", {}]},
}


def test_a_groups_rows_come_as_a_list_each_in_its_place(classes: dict[str, Any]) -> None:
    told = describe_node("Pack_Group", classes["Pack_Group"])["input"]["required"]["rows"]
    assert told == ["COMFY_DYNAMICGROUP_V3", {"template": ROW, "min": 1, "max": 3, "group_name": "Row"}]
    inputs: dict[str, Any] = {"rows.2.name": "C", "rows.2.weight": ["n", 0]}
    inputs |= {"rows.0.name": "A", "rows.0.weight": 0.5, "rows.0.on": True}
    graph = {"n": node("Number", value=2), "it": node("Pack_Group", first="a", last=1, **inputs)}
    nothing = {"name": None, "weight": None, "on": None}
    rows = [{"name": "A", "weight": 0.5, "on": True}, nothing, {"name": "C", "weight": 2, "on": None}]
    assert shown(classes, **graph) == ["a", rows, 1]


@pytest.mark.parametrize(
    ("inputs", "wanted"),
    [
        ({}, [("required_input_missing", "rows.0.name"), ("required_input_missing", "rows.0.weight")]),
        ({"rows.2.name": "x"}, [("required_input_missing", "rows.2.weight")]),
        ({"rows.0.name": "x", "rows.0.weight": 9}, [("value_bigger_than_max", "rows.0.weight")]),
        ({"rows.0.name": "x", "rows.0.weight": 1, "rows.01.name": 5, "rows.100.name": 5, "rows.0.no": 5}, []),
    ],
)
def test_every_row_of_a_group_is_checked(
    classes: dict[str, Any], inputs: dict[str, Any], wanted: list[tuple[str, str]]
) -> None:
    assert errors(classes, "Pack_Group", first="a", last=1, **inputs) == wanted


def test_a_group_of_too_many_rows_fails_with_their_number(classes: dict[str, Any]) -> None:
    rows = {f"rows.{row}.{name}": 1 for row in range(4) for name in ("name", "weight")}
    graph = prompt(it=node("Pack_Group", first="a", last=1, **rows), show=node("Show", value=["it", 0]))
    ran = Bench(classes).run(graph)
    assert ran.outcome.error is not None
    assert ran.outcome.error.node_id == "it"
    assert "rows was given 4 rows and takes at most 3" in ran.outcome.error.exception_message


@pytest.mark.parametrize(
    ("inputs", "limits"),
    [([], {}), (["x", "x"], {}), (["x.y"], {}), (["x"], {"min": 2, "max": 1}), (["x"], {"max": 101}), ([None], {})],
)
def test_a_group_that_cannot_be_drawn_is_refused(names: None, inputs: list[Any], limits: dict[str, int]) -> None:
    io = importlib.import_module("comfy_api.latest").io
    template = [io.Image.Input("image") if one is None else io.Float.Input(one) for one in inputs]
    with pytest.raises(ValueError, match="group 'rows'"):
        io.DynamicGroup.Input("rows", template=template, **limits)


def test_a_saved_group_becomes_a_prompt_with_its_rows(classes: dict[str, Any]) -> None:
    described = {"Pack_Group": describe_node("Pack_Group", classes["Pack_Group"])}
    values = ["head", 2, "A", 1, True, "B", 0.6, False, 7]
    workflow = {
        "nodes": [{"id": 3, "type": "Pack_Group", "inputs": [], "outputs": [], "widgets_values": values}],
        "links": [],
        "version": 0.4,
    }
    assert convert(workflow, described)["3"]["inputs"] == {
        "first": "head", "rows.0.name": "A", "rows.0.weight": 1, "rows.0.on": True,
        "rows.1.name": "B", "rows.1.weight": 0.6, "rows.1.on": False, "last": 7,
    }  # fmt: skip


def test_only_the_row_that_is_wanted_is_run_and_its_type_is_checked(classes: dict[str, Any]) -> None:
    inputs = {"index": 1, "cases.case_0": ["a", 0], "cases.case_1": ["b", 0]}
    graph = prompt(
        a=node("Number", value=1), b=node("Number", value=2), it=node("Pack_Switch", **inputs),
        sum=node("Add", a=["it", 0], b=["it", 1]), show=node("Show", value=["sum", 0]),
    )  # fmt: skip
    checked = validate(graph, TOYS | classes)
    assert not checked.node_errors
    ran = Bench(classes).run(graph)
    assert ran.shown("show") == [3]
    assert "a" not in ran.started


def test_a_saved_workflow_becomes_a_prompt_with_their_paths(classes: dict[str, Any]) -> None:
    described = {"Pack_Mode": describe_node("Pack_Mode", classes["Pack_Mode"])}
    values = ["scaled", 2.5, "up", 9]
    workflow = {
        "nodes": [
            {"id": 3, "type": "Pack_Mode", "mode": 0, "inputs": [], "outputs": [], "widgets_values": values}
        ],
        "links": [],
        "version": 0.4,
    }  # fmt: skip
    made = convert(workflow, described)
    assert made["3"]["inputs"] == {"mode": "scaled", "mode.by": 2.5, "mode.how": "up", "last": 9}


class Table(dict[str, Any]):
    replacements = REPLACEMENTS


def test_a_prompt_of_an_old_class_runs_with_the_one_in_its_place(classes: dict[str, Any]) -> None:
    graph = prompt(it=node("Pack_OldMode", amount=3.0, last=2), show=node("Show", value=["it", 0]))
    checked = validate(graph, Table(TOYS | classes))
    assert not checked.node_errors
    replaced = checked.prompt.nodes["it"]
    assert (replaced.class_type, dict(replaced.inputs)) == (
        "Pack_Mode", {"mode": "scaled", "mode.by": 3.0, "last": 2},
    )  # fmt: skip
    assert validate(graph, TOYS | classes).error, "unknown where nobody has replaced it"


def test_a_workflow_of_an_old_class_runs_with_the_one_in_its_place(classes: dict[str, Any]) -> None:
    workflow = {
        "nodes": [{"id": 1, "type": "Pack_OldMode", "widgets_values": [3.0, 2], "inputs": [], "outputs": []}],
        "links": [],
    }
    table = Table(TOYS | classes)
    graph = convert(workflow, Descriptions(table))
    assert (graph["1"]["class_type"], graph["1"]["inputs"]) == ("Pack_OldMode", {"amount": 3.0, "last": 2})
    replaced = validate(Prompt.parse({**graph, "2": node("Show", value=["1", 0])}), table).prompt.nodes["1"]
    assert (replaced.class_type, replaced.inputs["mode.by"]) == ("Pack_Mode", 3.0)
    assert "Pack_OldMode" not in set(Descriptions(table))
    assert "class_type" not in convert(workflow, Descriptions(TOYS | classes))["1"]


def test_an_old_class_that_only_has_another_name_is_read_like_the_new_one(classes: dict[str, Any]) -> None:
    table = Table(TOYS | classes)
    table.replacements = {"Old": [Replacement("Number")]}
    workflow = {"nodes": [{"id": 1, "type": "Old", "widgets_values": [5]}], "links": []}
    assert convert(workflow, Descriptions(table))["1"]["inputs"] == {"value": 5}


def test_outputs_of_an_old_class_are_found_where_they_went() -> None:
    table = Table(TOYS)
    table.replacements = {"Old": [Replacement("NotThere"), Replacement("Number", None, [{"old_idx": 1, "new_idx": 0}])]}
    graph = prompt(it=node("Old", value=5), show=node("Show", value=["it", 1]))
    assert validate(graph, table).prompt.nodes["show"].inputs["value"] == Link("it", 0)
