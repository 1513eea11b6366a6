"""X/Y/Z grids: axes as they are written, cells that share what they can, sheets, and going on after a stop."""

import os
from typing import Any

import pytest
import torch
from PIL import Image

from execution import paths
from execution.prompt import Prompt
from nodes.grid_axes import AxisError, read_axis
from nodes.registry import built_in_nodes
from tests.execution.runs import Bench, Ran
from tests.nodes.test_loops import Drawn

made: list[Any] = []


class Paint:
    """A picture as grey as it is told, counted."""

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "paint"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"grey": ("FLOAT", {}), "steps": ("INT", {}), "text": ("STRING", {})}}

    def paint(self, grey: float, steps: int, text: str) -> tuple[Any]:
        made.append((grey, steps, text))
        return (torch.full((1, 64, 64, 3), grey),)


class Keep:
    RETURN_TYPES = ()
    FUNCTION = "keep"
    OUTPUT_NODE = True
    INPUT_IS_LIST = True
    shown: Any = None

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"sheet": ("IMAGE",), "pictures": ("IMAGE",)}}

    def keep(self, sheet: Any, pictures: Any) -> tuple[()]:
        Keep.shown = (sheet, pictures)
        return ()


def run(bench: Bench, **axes: Any) -> Ran:
    grid = {name: "" for axis in "xyz" for name in (f"{axis}_axis", f"{axis}_values")} | axes
    prompt = {
        "p": ("Paint", {"grey": 0.5, "steps": 3, "text": "a red cat"}),
        "i": ("ImageInvert", {"image": ["p", 0]}),
        "g": ("XYZGrid", {"image": ["i", 0], "filename_prefix": "grid/c", "resume": True, **grid}),
        "show": ("Keep", {"sheet": ["g", 0], "pictures": ["g", 1]}),
    }
    graph = {key: {"class_type": kind, "inputs": inputs} for key, (kind, inputs) in prompt.items()}
    ended = bench.run(Prompt.parse(graph))
    assert ended.outcome.error is None, ended.outcome.error
    return ended


@pytest.fixture
def bench(folders: paths.Paths) -> Bench:
    made.clear()
    return Bench({**built_in_nodes(), "Paint": Paint, "Keep": Keep})


def test_a_grid_makes_every_combination_once_on_a_sheet_for_each_z(bench: Bench, folders: paths.Paths) -> None:
    axes = {"x_axis": "Paint.grey", "x_values": "0, 0.5, 1", "y_axis": "p.steps", "y_values": "1-3 (+2)"}
    run(bench, **axes, z_axis="search and replace", z_values="cat, dog")
    assert sorted(made) == sorted((g, s, f"a red {t}") for g in (0, 0.5, 1) for s in (1, 3) for t in ("cat", "dog"))
    (sheets,), pictures = Keep.shown
    assert len(pictures) == 12
    assert [float(picture[0, 0, 0, 0]) for picture in pictures[:3]] == [1, 0.5, 0]
    assert sheets.shape[0] == 2
    assert sheets.shape[2] > 3 * 64
    assert len(list((folders.output / "grid").glob("c_*.png"))) == 12


def test_a_stopped_grid_goes_on_from_its_files_and_says_what_made_them(bench: Bench, folders: paths.Paths) -> None:
    run(bench, x_axis="Paint.grey", x_values="0, 1")
    made.clear()
    again = Bench(dict(bench.more))
    run(again, x_axis="Paint.grey", x_values="0, 1, 0.25")
    assert made == [(0.25, 3, "a red cat")]
    assert [float(picture[0, 0, 0, 0]) for picture in Keep.shown[1]] == pytest.approx([1, 0, 0.75], abs=0.01)
    texts = [Image.open(file).text["prompt"] for file in (folders.output / "grid").glob("c_*.png")]  # type: ignore[attr-defined]
    assert any('"grey": 0.25' in text for text in texts)


def graph_of(prompt: dict[str, tuple[str, dict[str, Any]]]) -> Prompt:
    return Prompt.parse({key: {"class_type": kind, "inputs": inputs} for key, (kind, inputs) in prompt.items()})


def test_a_cell_is_made_again_once_its_file_has_changed_and_keeps_every_picture(
    bench: Bench, folders: paths.Paths
) -> None:
    folders.input.mkdir(exist_ok=True)
    grid = {"image": ["b", 0], "x_axis": "l.channel", "x_values": "x", "filename_prefix": "grid/f"}
    prompt = {
        "l": ("LoadImage", {"image": "a.png", "channel": "x"}),
        "b": ("RepeatImageBatch", {"image": ["l", 0], "amount": 3}),
        "g": ("XYZGrid", grid),
        "show": ("Keep", {"sheet": ["g", 0], "pictures": ["g", 1]}),
    }
    for grey in (0, 0, 200):
        Image.new("RGB", (16, 16), (grey, grey, grey)).save(folders.input / "a.png")
        os.utime(folders.input / "a.png", ns=(grey, grey))
        ended = Bench(dict(bench.more)).run(graph_of(prompt))
        assert ended.outcome.error is None, ended.outcome.error
        assert [tuple(picture.shape) for picture in Keep.shown[1]] == [(3, 16, 16, 3)]
        assert float(Keep.shown[1][0][0, 0, 0, 0]) == pytest.approx(grey / 255, abs=0.01)
    files = list((folders.output / "grid").glob("f_*.png"))
    assert len(files) == 6
    told = next(event["output"]["images"] for event in ended.of("executed") if "images" in event["output"])
    assert {image["filename"] for image in told} <= {file.name for file in files}
    assert len(told) == 3


def test_a_loop_within_a_grid_runs_whole_in_every_cell(bench: Bench, folders: paths.Paths) -> None:
    prompt = {
        "start": ("RepeatStart", {"count": 2}),
        "p": ("Paint", {"grey": 0.5, "steps": ["start", 1], "text": "a"}),
        "end": ("ForEachEnd", {"loop": ["start", 0], "result": ["p", 0]}),
        "g": ("XYZGrid", {"image": ["end", 0], "x_axis": "p.grey", "x_values": "0, 1", "filename_prefix": "grid/l"}),
        "show": ("Keep", {"sheet": ["g", 0], "pictures": ["g", 1]}),
    }
    ended = bench.run(graph_of(prompt))
    assert ended.outcome.error is None, ended.outcome.error
    assert {(0.0, 0, "a"), (0.0, 1, "a"), (1.0, 0, "a"), (1.0, 1, "a")} <= set(made)
    sheets, pictures = Keep.shown
    assert len(sheets) == 1
    assert [len(picture) for picture in pictures] == [2, 2]
    assert len(list((folders.output / "grid").glob("l_*.png"))) == 4


def test_a_grid_within_a_loop_takes_the_ids_that_the_page_shows(bench: Bench) -> None:
    prompt = {
        "start": ("RepeatStart", {"count": 2, "first": 5}),
        "p": ("Paint", {"grey": 0.5, "steps": ["start", 1], "text": "a"}),
        "g": ("XYZGrid", {"image": ["p", 0], "x_axis": "p.grey", "x_values": "0, 1", "filename_prefix": "grid/i"}),
        "end": ("ForEachEnd", {"loop": ["start", 0], "result": ["g", 0]}),
        "show": ("Keep", {"sheet": ["end", 0], "pictures": ["end", 0]}),
    }
    ended = bench.run(graph_of(prompt))
    assert ended.outcome.error is None, ended.outcome.error
    assert {(grey, steps) for grey, steps, _ in made} >= {(0.0, 5), (1.0, 5), (0.0, 6), (1.0, 6)}


def test_cells_of_a_grid_whose_pictures_a_loop_makes_tell_each_its_round(folders: paths.Paths) -> None:
    settings = {"latent_image": 0, "positive": 0, "negative": 0, "text": "x", "cfg": 7.5}
    prompt = {
        "start": ("RepeatStart", {"count": 2, "first": 5}),
        "draw": ("Drawn", {**settings, "seed": ["start", 1]}),
        "end": ("ForEachEnd", {"loop": ["start", 0], "result": ["draw", 0]}),
        "g": ("XYZGrid", {"image": ["end", 0], "x_axis": "draw.cfg", "x_values": "2, 3", "filename_prefix": "grid/s"}),
        "show": ("Keep", {"sheet": ["g", 0], "pictures": ["g", 1]}),
    }
    ended = Bench({**built_in_nodes(), "Drawn": Drawn, "Keep": Keep}).run(graph_of(prompt))
    assert ended.outcome.error is None, ended.outcome.error
    told = []
    for file in sorted((folders.output / "grid").glob("s_*.png")):
        with Image.open(file) as opened:
            told.append(opened.text["parameters"])  # type: ignore[attr-defined]
    found = [
        (cfg, seed) for cfg in (2, 3) for seed in (5, 6) if any(f"CFG scale: {cfg}, Seed: {seed}" in x for x in told)
    ]
    assert found == [(2, 5), (2, 6), (3, 5), (3, 6)]
    assert len(told) == 4


def test_pictures_saved_behind_a_grid_tell_their_own_cell(bench: Bench, folders: paths.Paths) -> None:
    sampling = {"latent_image": 0, "positive": 0, "negative": 0, "seed": 4, "cfg": 7.5, "text": "x"}
    prompt = {
        "draw": ("Drawn", sampling),
        "g": ("XYZGrid", {"image": ["draw", 0], "x_axis": "draw.seed", "x_values": "1, 2"}),
        "save": ("SaveImage", {"images": ["g", 1], "filename_prefix": "cell_%seed%"}),
    }
    ended = Bench({**built_in_nodes(), "Drawn": Drawn}).run(graph_of(prompt), "save")
    assert ended.outcome.error is None, ended.outcome.error
    assert sorted(file.name for file in folders.output.glob("*.png")) == ["cell_1_00001_.png", "cell_2_00001_.png"]


def test_an_axis_names_a_node_by_the_title_that_the_prompt_tells(bench: Bench) -> None:
    graph: dict[str, Any] = {
        "p": {"class_type": "Paint", "inputs": {"grey": 0.5, "steps": 3, "text": "a"}, "_meta": {"title": "My paint"}},
        "g": {"class_type": "XYZGrid", "inputs": {"image": ["p", 0], "x_axis": "My paint.grey", "x_values": "0, 1"}},
        "show": {"class_type": "Keep", "inputs": {"sheet": ["g", 0], "pictures": ["g", 1]}},
    }
    ended = bench.run(Prompt.parse(graph))
    assert ended.outcome.error is None, ended.outcome.error
    assert made == [(0.0, 3, "a"), (1.0, 3, "a")]


NODES = {
    "1": {"class_type": "KSampler", "inputs": {"cfg": 7.0, "steps": 20, "sampler_name": "euler", "model": ["2", 0]}},
    "2": {"class_type": "Loader", "inputs": {"tiled": True, "file": "a"}},
    "3": {"class_type": "Loader", "inputs": {"tiled": True}},
}


@pytest.mark.parametrize(
    ("target", "text", "expected"),
    [
        ("1.cfg", "1, 2.5", (1.0, 2.5)),
        ("cfg", "1, 2.5", (1.0, 2.5)),
        ("file", "b, c", ("b", "c")),
        ("Mine.cfg", "1-2 [3]", (1.0, 1.5, 2.0)),
        ("KSampler.steps", "10-30 (+10), 50", (10, 20, 30, 50)),
        ("KSampler.steps", "3-1", (3, 2, 1)),
        ("1.sampler_name", "euler, dpmpp_2m", ("euler", "dpmpp_2m")),
        ("2.file", '"a, x", b', ("a, x", "b")),
        ("2.file", 'b, "",', ("b", "")),
        ("search and replace", 'euler, "", lcm', ("euler", "", "lcm")),
        ("2.tiled", "true, off", (True, False)),
    ],
)
def test_axes_are_read(target: str, text: str, expected: tuple[Any, ...]) -> None:
    axis = read_axis(NODES, {"1": "Mine"}, target, text)
    assert axis is not None
    assert axis.values == expected


@pytest.mark.parametrize(
    ("target", "text", "message"),
    [
        ("seed", "1", "has a value 'seed'. Write node.input"),
        ("model", "1", "has a value 'model'. Write node.input"),
        ("tiled", "true", "More than one node has a value 'tiled'. Write which: 2.tiled, 3.tiled."),
        ("1.sampler_name", "euler, dpmp_2m", "'dpmp_2m' is no choice of 1.sampler_name. Did you mean dpmpp_2m"),
        ("1.cfg", "7, 200", "200.0 is out of the range of 1.cfg, which goes from 0.0 to 100.0"),
        ("1.steps", "2.5", "'2.5' is no value for 1.steps"),
        ("Loader.tiled", "true", "More than one node"),
        ("9.cfg", "1", "No node"),
        ("1.model", "1", "comes from a link"),
        ("1.cfg", "x", "'x' is no value for 1.cfg"),
        ("1.cfg", "", "no values"),
        ("1.steps", "1-5 (-1)", "never gets from 1 to 5"),
        ("search and replace", "zebra, horse", "no text that the grid's image comes from has 'zebra' in it"),
    ],
)
def test_axes_that_cannot_be_read_say_why(target: str, text: str, message: str) -> None:
    built_in_nodes()  # whose choices and ranges are known
    with pytest.raises(AxisError, match=message.replace("(", r"\(").replace(".", r"\.")):
        read_axis(NODES, {}, target, text)
