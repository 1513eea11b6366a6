"""Nodes that are declared by a schema run as any other."""

import asyncio
import importlib
from pathlib import Path
from typing import Any

import torch

from execution.describe import describe_node
from execution.validate import validate
from nodes.packs import load_packs
from tests.execution.runs import Bench
from tests.execution.toys import TOYS, node, prompt

PACK = """
import asyncio
from typing_extensions import override
from comfy_api.latest import ComfyAPI, ComfyExtension, io, ui
from comfy_execution.graph_utils import GraphBuilder

api = ComfyAPI()

class Scale(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="Pack_Scale", display_name="Scale it", category="tests/newer", description="Scales a number.",
            inputs=[
                io.Int.Input("number", default=3, min=0, max=100, step=1, display_mode=io.NumberDisplay.slider,
                             tooltip="What to scale."),
                io.Float.Input("factor", default=2.0, min=0.0, max=9.0, step=0.5),
                io.Combo.Input("mode", options=["times", "plus"], default="plus"),
                io.MultiType.Input("more", types=[io.Int, io.Float], optional=True),
                io.Custom("PACK_THING").Input("thing", optional=True),
            ],
            outputs=[io.Float.Output("scaled", tooltip="The scaled number."), io.Int.Output(is_output_list=True)],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt],
            is_experimental=True,
        )

    @classmethod
    def validate_inputs(cls, number):
        return True if number != 13 else "thirteen is not wanted"

    @classmethod
    def fingerprint_inputs(cls, number, **others):
        return number % 2

    @classmethod
    def execute(cls, number, factor, mode, more=0, thing=None) -> io.NodeOutput:
        cls.seen = number
        assert cls.hidden.prompt[cls.hidden.unique_id]["class_type"] == "Pack_Scale"
        value = number * factor if mode == "times" else number + factor
        return io.NodeOutput(value + more, [1, 2])

class Slow(io.ComfyNode):
    running, most = 0, 0

    @classmethod
    def define_schema(cls):
        return io.Schema("Pack_Slow", inputs=[io.AnyType.Input("value")], outputs=[io.AnyType.Output()])

    @classmethod
    async def execute(cls, value) -> io.NodeOutput:
        Slow.running += 1
        Slow.most = max(Slow.most, Slow.running)
        await api.execution.set_progress(1, 2)
        await asyncio.sleep(0.05)
        Slow.running -= 1
        return io.NodeOutput(value)

class Choose(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="Pack_Choose",
            inputs=[io.Boolean.Input("first"), io.AnyType.Input("a", lazy=True), io.AnyType.Input("b", lazy=True)],
            outputs=[io.AnyType.Output("chosen")], hidden=[io.Hidden.unique_id],
        )

    @classmethod
    def check_lazy_status(cls, first, a=None, b=None):
        return ["a"] if first else ["b"]

    @classmethod
    def execute(cls, first, a=None, b=None):
        return io.NodeOutput(a if first else b)

class Grows(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema("Pack_Grows", inputs=[io.Int.Input("times")], outputs=[io.Int.Output()], enable_expand=True)

    @classmethod
    def execute(cls, times):
        if times == 0:
            return io.NodeOutput(block_execution="nothing to do")
        graph = GraphBuilder()
        link = graph.node("Number", value=1).out(0)
        for _ in range(times):
            link = graph.node("Add", a=link, b=1).out(0)
        return io.NodeOutput(link, expand=graph.finalize())

class Tells(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema("Pack_Tells", inputs=[io.AnyType.Input("value")], is_output_node=True, is_input_list=True)

    @classmethod
    def execute(cls, value):
        assert isinstance(cls.hidden.prompt, dict)
        return io.NodeOutput(ui=ui.PreviewText(f"{value}"))

class Extension(ComfyExtension):
    @override
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return [Scale, Slow, Choose, Grows, Tells]

async def comfy_entrypoint() -> ComfyExtension:
    return Extension()
"""


def load(folder: Path) -> dict[str, Any]:
    (folder / "newer.py").write_text(PACK, encoding="utf-8")
    (pack,) = load_packs([folder])
    assert pack.problem is None
    return dict(pack.classes)


def test_a_schema_is_described_as_the_class_protocol_describes_nodes(tmp_path: Path) -> None:
    told = describe_node("Pack_Scale", load(tmp_path)["Pack_Scale"])
    required, optional = told["input"]["required"], told["input"]["optional"]
    assert required["number"] == [
        "INT", {"default": 3, "min": 0, "max": 100, "step": 1, "display": "slider", "tooltip": "What to scale."},
    ]  # fmt: skip
    assert required["mode"] == ["COMBO", {"options": ["times", "plus"], "default": "plus"}]
    assert (optional["more"][0], optional["thing"][0]) == ("INT,FLOAT", "PACK_THING")
    assert told["input"]["hidden"] == {"unique_id": ["UNIQUE_ID"], "prompt": ["PROMPT"]}
    assert (told["output"], told["output_name"], told["output_is_list"]) == (
        ["FLOAT", "INT"], ["scaled", "INT"], [False, True],
    )  # fmt: skip
    assert (told["display_name"], told["category"], told["experimental"]) == ("Scale it", "tests/newer", True)


def test_a_node_runs_with_what_it_asked_the_engine_for(tmp_path: Path) -> None:
    classes = load(tmp_path)
    graph = prompt(s=node("Pack_Scale", number=4, factor=2.5, mode="times"), show=node("Show", value=["s", 0]))
    assert Bench(classes).run(graph).shown("show") == [10.0]
    assert not hasattr(classes["Pack_Scale"], "seen"), "one call leaves nothing behind for the next"


def test_a_link_into_an_input_that_it_does_not_take_is_not_followed(tmp_path: Path) -> None:
    scale = node("Pack_Scale", number=4, factor=2.5, mode="times", other=["f", 0])
    graph = prompt(f=node("Raises", a=1), s=scale, show=node("Show", value=["s", 0]))
    assert Bench(load(tmp_path)).run(graph).shown("show") == [10.0]


def test_its_own_check_and_its_choices_are_heard(tmp_path: Path) -> None:
    classes = load(tmp_path)
    for inputs, kind in (
        ({"number": 13, "factor": 1.0, "mode": "plus"}, "custom_validation_failed"),
        ({"number": 4, "factor": 1.0, "mode": "minus"}, "value_not_in_list"),
        ({"number": 4, "factor": 99.0, "mode": "plus"}, "value_bigger_than_max"),
    ):
        graph = prompt(s=node("Pack_Scale", **inputs), show=node("Show", value=["s", 0]))
        checked = validate(graph, TOYS | classes)
        assert [error["type"] for error in checked.node_errors["s"]["errors"]] == [kind]


def test_nodes_that_await_run_beside_each_other(tmp_path: Path) -> None:
    classes = load(tmp_path)
    graph = prompt(
        n=node("Number", value=1), a=node("Pack_Slow", value=["n", 0]), b=node("Pack_Slow", value=["n", 0]),
        s=node("Add", a=["a", 0], b=["b", 0]),
        show=node("Show", value=["s", 0]),
    )  # fmt: skip
    assert Bench(classes).run(graph).shown("show") == [2]
    assert classes["Pack_Slow"].most == 2


def test_a_lazy_input_is_not_run(tmp_path: Path) -> None:
    graph = prompt(
        a=node("Number", value=1), b=node("Number", value=2),
        c=node("Pack_Choose", first=True, a=["a", 0], b=["b", 0]), show=node("Show", value=["c", 0]),
    )  # fmt: skip
    ran = Bench(load(tmp_path)).run(graph)
    assert ran.shown("show") == [1]
    assert "b" not in ran.started


def test_a_node_expands_or_stops_what_needs_it(tmp_path: Path) -> None:
    classes = load(tmp_path)
    for times, shown in ((3, [4]), (0, None)):
        ran = Bench(classes).run(prompt(g=node("Pack_Grows", times=times), show=node("Show", value=["g", 0])))
        assert ran.outcome.outputs.get("show", {}).get("shown") == shown


def test_a_text_is_shown_and_lists_come_whole(tmp_path: Path) -> None:
    ran = Bench(load(tmp_path)).run(
        prompt(s=node("Pack_Scale", number=1, factor=1.0, mode="plus"), t=node("Pack_Tells", value=["s", 1])), "t"
    )
    assert ran.outcome.outputs["t"] == {"text": ["[1, 2]"]}


def test_pictures_are_shown_and_saved_with_their_workflow(folders: Any) -> None:
    ui: Any = importlib.import_module("comfy_api.latest").ui
    shown = ui.PreviewImage(torch.rand(2, 8, 8, 3)).as_dict()
    assert len(shown["images"]) == 2
    assert all((folders.temp / one["filename"]).is_file() for one in shown["images"])
    (saved,) = ui.ImageSaveHelper.save_images(torch.rand(1, 8, 8, 3), "mine", "output")
    assert (folders.output / saved.filename).is_file()
    masks = ui.PreviewMask(torch.rand(1, 8, 8)).as_dict()
    assert (folders.temp / masks["images"][0]["filename"]).is_file()


def test_progress_is_told_by_both_faces(tmp_path: Path) -> None:
    api: Any = importlib.import_module("comfy_api.latest")
    numbered: Any = importlib.import_module("comfy_api.v0_0_2")
    assert numbered.ComfyAPI is api.ComfyAPI
    api.ComfyAPISync().execution.set_progress(1, 3, preview_image=torch.rand(1, 8, 8, 3))
    asyncio.run(api.ComfyAPI().execution.set_progress(1, 3))
