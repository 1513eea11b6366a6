"""Packs find what they import under the names that they know."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from execution import compat, paths
from execution.errors import PathError
from execution.paths import PathOptions
from tests.execution.runs import Bench
from tests.execution.toys import LISTS, TOYS, make, node, prompt


@pytest.fixture
def folder_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    compat.install()
    before = paths.current()
    monkeypatch.setattr(paths, "_installed", before)
    paths.configure(PathOptions(base_directory=tmp_path))
    yield importlib.import_module("folder_paths")
    compat.uninstall()


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


def test_what_packs_set_or_change_is_seen_by_the_rest(folder_paths: Any, tmp_path: Path) -> None:
    here = paths.current()
    folder_paths.output_directory = str(tmp_path / "elsewhere")
    folder_paths.supported_pt_extensions.add(".gguf")
    folder_paths.folder_names_and_paths["loras"][0].append(str(tmp_path / "mine"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.gguf").write_bytes(b"")
    assert here.output == tmp_path / "elsewhere"
    assert here.list_files("loras") == ["a.gguf"]
    folder_paths.folder_names_and_paths = {"only": ((str(tmp_path / "mine"),), [".gguf"])}
    assert here.list_files("only") == ["a.gguf"]
    folder_paths.add_model_folder_path("only", str(tmp_path / "more"))
    assert folder_paths.get_folder_paths("only") == [str(tmp_path / "mine"), str(tmp_path / "more")]
    folder_paths.add_model_folder_path("LLM", str(tmp_path / "mine"))
    assert folder_paths.get_filename_list("LLM") == ["a.gguf"]


def test_a_kind_that_a_pack_has_garbled_harms_no_other(folder_paths: Any, tmp_path: Path) -> None:
    folder_paths.folder_names_and_paths["odd"] = 7
    folder_paths.folder_names_and_paths["one"] = (str(tmp_path / "one"), ".bin")
    with pytest.raises(KeyError, match="odd"):
        folder_paths.get_filename_list("odd")
    assert folder_paths.get_folder_paths("one") == [str(tmp_path / "one")]
    told = paths.current().tell()
    assert "odd" not in told.kinds
    other = paths.Paths(PathOptions(base_directory=tmp_path / "other"))
    other.adopt(told)
    assert other.kind_folders("one") == [tmp_path / "one"]
    assert other.output == paths.current().output


def test_a_kind_that_there_is_not_is_missing_as_from_a_dict(folder_paths: Any) -> None:
    with pytest.raises(KeyError, match="nonsense"):
        folder_paths.get_folder_paths("nonsense")


def test_folders_are_searched_and_files_told_apart_by_their_content(folder_paths: Any, tmp_path: Path) -> None:
    for name in ("a.png", "sub/b.MP4", ".git/c.png", "d.glb", "e.wav", "f.qqq"):
        (tmp_path / "input" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "input" / name).write_text("")
    files, folders = folder_paths.recursive_search(folder_paths.get_input_directory(), excluded_dir_names=[".git"])
    assert sorted(files) == ["a.png", "d.glb", "e.wav", "f.qqq", "sub/b.MP4"]
    assert set(folders) >= {str(tmp_path / "input"), str(tmp_path / "input" / "sub")}
    by_type = {kind: folder_paths.filter_files_content_types(files, [kind]) for kind in ("image", "video", "model")}
    assert by_type == {"image": ["a.png"], "video": ["sub/b.MP4"], "model": ["d.glb"]}
    assert folder_paths.recursive_search(str(tmp_path / "none")) == ([], {})
    assert folder_paths.get_input_subfolders() == ["sub"]


def test_the_module_seems_to_lie_in_the_base_folder(folder_paths: Any, tmp_path: Path) -> None:
    assert Path(folder_paths.__file__).parent == tmp_path


def test_caches_that_packs_empty_are_there(folder_paths: Any) -> None:
    folder_paths.filename_list_cache.pop("loras", None)
    with folder_paths.cache_helper:
        folder_paths.cache_helper.clear()


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


def test_prefixes_are_of_the_node_and_call_that_run_or_of_what_is_given(folder_paths: Any) -> None:
    builder: Any = importlib.import_module("comfy_execution.graph_utils").GraphBuilder
    made: list[str] = []

    def run(self: Any, a: int) -> tuple[int]:
        made.extend([builder.alloc_prefix(), builder.alloc_prefix("root", 7, 9), builder.alloc_prefix(call_index=5)])
        if a == 1:
            builder.set_default_prefix("set", 3, 4)
            made.extend([builder().prefix, builder().prefix, builder.alloc_prefix(root="other")])
        return (a,)

    bench = Bench({"Makes": make("Makes", run), "Split": LISTS["Split"]})
    graph = prompt(n=node("Split", a=2), m=node("Makes", a=["n", 0]), show=node("Show", value=["m", 0]))
    assert bench.run(graph).outcome.status == "success"
    first, second = ["m.0.0.", "root.7.9.", "m.5.2."], ["m.1.3.", "root.7.9.", "m.5.5."]
    assert made == [*first, *second, "set.3.4.", "set.3.5.", "other.3.6."]
    assert len({builder().prefix for _ in range(3)}) == 3
    assert builder.alloc_prefix("a", 1, 2) == "a.1.2."


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


def test_a_classs_input_is_told_with_its_group_and_options(folder_paths: Any) -> None:
    graph: Any = importlib.import_module("comfy_execution.graph")
    options = {"default": 0, "min": -1000, "max": 1000}
    assert graph.get_input_info(TOYS["Number"], "value") == ("INT", "required", options)
    assert graph.get_input_info(TOYS["Add"], "b")[:2] == ("INT", "optional")
    assert graph.get_input_info(TOYS["Add"], "c") == (None, None, None)


def test_a_graph_is_given_a_prefix_wherever_its_nodes_are_named(folder_paths: Any) -> None:
    add_graph_prefix = importlib.import_module("comfy_execution.graph_utils").add_graph_prefix
    graph = {"a": node("Number", value=1), "b": node("Add", a=["a", 0], b=2)}
    wanted = {"p.a": node("Number", value=1), "p.b": node("Add", a=["p.a", 0], b=2)}
    assert add_graph_prefix(graph, (["b", 0], 5), "p.") == (wanted, (["p.b", 0], 5))
