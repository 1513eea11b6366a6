"""Packs find what they import under the names that they know."""

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from execution import compat, paths
from execution.errors import PathError
from execution.paths import PathOptions
from tests.execution.runs import Bench
from tests.execution.toys import node, prompt


@pytest.fixture
def folder_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for old in compat.ALIASES:
        monkeypatch.delitem(sys.modules, old, raising=False)
    compat.install()
    before = paths.current()
    paths.configure(PathOptions(base_directory=tmp_path))
    yield importlib.import_module("folder_paths")
    paths._installed = before
    for old in compat.ALIASES:
        sys.modules.pop(old, None)


def test_folders_and_files_are_found(folder_paths: Any, tmp_path: Path) -> None:
    loras = tmp_path / "models" / "loras"
    loras.mkdir(parents=True)
    (loras / "a.safetensors").write_bytes(b"")
    assert folder_paths.get_filename_list("loras") == ["a.safetensors"]
    assert folder_paths.get_full_path("loras", "a.safetensors") == str(loras / "a.safetensors")
    assert folder_paths.get_full_path("loras", "b.safetensors") is None
    assert folder_paths.get_full_path("loras", "../x.safetensors") is None
    with pytest.raises(FileNotFoundError, match=r"b\.safetensors"):
        folder_paths.get_full_path_or_raise("loras", "b.safetensors")
    assert folder_paths.models_dir == str(tmp_path / "models")
    assert folder_paths.get_directory_by_type("temp") == folder_paths.get_temp_directory()
    assert folder_paths.map_legacy("unet") == "diffusion_models"


def test_packs_may_add_kinds_and_folders(folder_paths: Any, tmp_path: Path) -> None:
    folder_paths.folder_names_and_paths["words"] = ([str(tmp_path / "words")], {".txt"})
    folder_paths.add_model_folder_path("words", str(tmp_path / "more"), is_default=True)
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "a.txt").write_text("")
    assert paths.current().list_files("words") == ["a.txt"]
    assert folder_paths.get_folder_paths("words") == [str(tmp_path / "more"), str(tmp_path / "words")]


def test_annotated_names_and_save_names(folder_paths: Any, tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "x.png").write_bytes(b"")
    assert folder_paths.get_annotated_filepath("x.png [output]") == str(tmp_path / "output" / "x.png")
    assert folder_paths.exists_annotated_filepath("x.png [output]")
    assert not folder_paths.exists_annotated_filepath("../x.png [output]")
    assert folder_paths.get_annotated_filepath("x.png", str(tmp_path)) == str(tmp_path / "x.png")
    with pytest.raises(PathError):
        folder_paths.get_annotated_filepath("../x.png", str(tmp_path))
    saved = folder_paths.get_save_image_path("sub/pic", folder_paths.get_output_directory(), 8, 8)
    assert saved == (str(tmp_path / "output" / "sub"), "pic", 1, "sub", "sub/pic")


def test_what_there_is_not_is_said_so(folder_paths: Any) -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = folder_paths.nonsense


def test_a_pack_builds_a_graph(folder_paths: Any) -> None:
    graph_utils: Any = importlib.import_module("comfy_execution.graph_utils")

    class Repeats:
        RETURN_TYPES, FUNCTION = ("INT",), "run"
        INPUT_TYPES = staticmethod(lambda: {"required": {"a": ("INT",)}})

        def run(self, a: int) -> Any:
            first, second = graph_utils.GraphBuilder(), graph_utils.GraphBuilder()
            start = first.node("Number", value=a)
            end = second.node("Add", "end", a=start.out(0), b=1)
            assert graph_utils.is_link(end.get_input("a"))
            end.set_override_display_id("show")
            return {"result": (end.out(0),), "expand": {**first.finalize(), **second.finalize()}}

    ran = Bench({"Repeats": Repeats}).run(prompt(r=node("Repeats", a=4), show=node("Show", value=["r", 0])))
    assert ran.shown("show") == [5]
    assert ran.started == ["r", "r.0.0.1", "r.0.1.end", "show"]
    assert [event["display_node"] for event in ran.of("executing")] == ["r", "r", "show", "show"]


def test_a_builder_replaces_and_removes(folder_paths: Any) -> None:
    graph_utils: Any = importlib.import_module("comfy_execution.graph_utils")
    builder = graph_utils.GraphBuilder("p.")
    one, two = builder.node("Number", "one", value=1), builder.node("Add", "two")
    two.set_input("a", one.out(0))
    two.set_input("b", one.out(0))
    builder.replace_node_output("one", 0, 7)
    two.set_input("b", None)
    builder.remove_node("one")
    assert builder.lookup_node("one") is None
    assert builder.finalize() == {"p.two": {"class_type": "Add", "inputs": {"a": 7}}}


def test_blockers_are_the_engines_own(folder_paths: Any) -> None:
    from execution.call import ExecutionBlocker

    assert importlib.import_module("comfy_execution.graph").ExecutionBlocker is ExecutionBlocker
