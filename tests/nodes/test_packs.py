"""Packs are loaded from files and folders, and one that fails harms only itself."""

from pathlib import Path

import pytest

from execution import paths, progress
from nodes.options import DefaultOptions
from nodes.packs import load_packs, prepare_packs
from nodes.registry import load_nodes

PACK = """
class {name}:
    FUNCTION, CATEGORY, RETURN_TYPES = "run", "tests", ()
    @classmethod
    def INPUT_TYPES(cls): return {{"required": {{}}}}
    def run(self): return ()
NODE_CLASS_MAPPINGS = {{"{name}": {name}}}
NODE_DISPLAY_NAME_MAPPINGS = {{"{name}": "{name} shown"}}
"""


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_file_and_a_package_are_packs(tmp_path: Path) -> None:
    write(tmp_path, "single.py", PACK.format(name="Single"))
    write(tmp_path, "my-pack.v2/__init__.py", "from .inner import NODE_CLASS_MAPPINGS")
    write(tmp_path, "my-pack.v2/inner.py", PACK.format(name="Packaged"))
    packs = load_packs([tmp_path])
    assert [(pack.name, list(pack.classes), pack.problem) for pack in packs] == [
        ("my-pack.v2", ["Packaged"], None),
        ("single", ["Single"], None),
    ]
    assert packs[1].display_names == {"Single": "Single shown"}
    assert packs[1].classes["Single"].RELATIVE_PYTHON_MODULE == "custom_nodes.single"


@pytest.mark.parametrize("body", ["import not_there_at_all", "1 / 0", "def (", "raise SystemExit(3)"])
def test_a_pack_that_fails_is_named_and_the_others_load(tmp_path: Path, body: str) -> None:
    write(tmp_path, "bad.py", f"x = 1\n{body}")
    write(tmp_path, "good.py", PACK.format(name="Good"))
    bad, good = load_packs([tmp_path])
    assert bad.name == "bad"
    assert "could not be imported" in (bad.problem or "")
    assert not bad.classes
    assert list(good.classes) == ["Good"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("NODE_CLASS_MAPPINGS = {'Number': 5}", "Number is not a node class"),
        (PACK.format(name="Taken"), "Taken is already taken"),
        ("VERSION = 1", "names no nodes"),
        (PACK.format(name="Raises").replace('return {"required": {}}', "1 / 0"), "cannot say which inputs"),
    ],
)
def test_a_pack_none_of_whose_nodes_can_be_used_has_failed(tmp_path: Path, text: str, problem: str) -> None:
    write(tmp_path, "pack.py", text)
    [pack] = load_packs([tmp_path], taken=frozenset({"Taken"}))
    assert pack.state == "failed"
    assert problem in (pack.problem or "")
    assert "none of its nodes can be used" in (pack.remedy or "")


def test_the_line_that_failed_is_told(tmp_path: Path) -> None:
    write(tmp_path, "bad.py", "x = 1\n1 / 0\n")
    assert "ZeroDivisionError: division by zero at bad.py:2" in (load_packs([tmp_path])[0].problem or "")


def test_what_is_not_a_pack_is_passed_over(tmp_path: Path) -> None:
    for name in ("_draft.py", ".hidden.py", "notes.txt", "off.disabled/__init__.py", "empty/notes.txt"):
        write(tmp_path, name, "raise RuntimeError")
    for name in ("test_mine.py", "mine_test.py", "conftest.py"):
        write(tmp_path, name, "from custom_nodes.mine import NODE_CLASS_MAPPINGS\nraise RuntimeError")
    assert load_packs([tmp_path, tmp_path / "missing"]) == ()
    write(tmp_path, "test_node.py", PACK.format(name="Mine"))
    assert [pack.name for pack in load_packs([tmp_path])] == ["test_node"]


def test_a_class_that_is_taken_stays_what_it_was(tmp_path: Path) -> None:
    write(tmp_path, "a.py", PACK.format(name="KSampler"))
    write(tmp_path, "b.py", PACK.format(name="Mine"))
    write(tmp_path, "c.py", PACK.format(name="Mine"))
    first, second, third = load_packs([tmp_path], taken=frozenset({"KSampler"}))
    assert (list(first.classes), list(second.classes), list(third.classes)) == ([], ["Mine"], [])
    assert "KSampler is already taken" in (first.problem or "")


@pytest.mark.parametrize(
    ("named", "is_served"), [("./js", True), ("js", True), ("..", False), (".", False), ("no", False)]
)
def test_only_a_folder_inside_the_pack_is_given_to_the_page(tmp_path: Path, named: str, is_served: bool) -> None:
    write(tmp_path, "pack/__init__.py", f"WEB_DIRECTORY = {named!r}")
    write(tmp_path, "pack/js/a.js", "")
    (pack,) = load_packs([tmp_path])
    assert pack.web_folder == (tmp_path / "pack" / "js" if is_served else None)


def test_a_class_without_the_protocol_is_named(tmp_path: Path) -> None:
    write(tmp_path, "odd.py", "NODE_CLASS_MAPPINGS = {'Odd': int}")
    (pack,) = load_packs([tmp_path])
    assert "Odd is not a node class" in (pack.problem or "")


@pytest.mark.parametrize("error", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException"])
@pytest.mark.parametrize("place", ["import", "prestartup", "INPUT_TYPES"])
def test_a_pack_that_wants_to_end_the_program_is_named_and_others_load(tmp_path: Path, error: str, place: str) -> None:
    rude = f"raise {error}('enough')"
    asks = f"    @classmethod\n    def INPUT_TYPES(cls): {rude}\n    FUNCTION = 'run'\n    def run(self): pass\n"
    codes = {"import": rude, "INPUT_TYPES": f"class A:\n{asks}\nNODE_CLASS_MAPPINGS = {{'A': A}}"}
    write(tmp_path, "rude/__init__.py", codes.get(place, PACK.format(name="Rude")))
    if place == "prestartup":
        write(tmp_path, "rude/prestartup_script.py", rude)
    write(tmp_path, "two.py", PACK.format(name="Two"))
    packs = load_packs([tmp_path], faults=prepare_packs([tmp_path]))
    assert [pack.name for pack in packs] == ["rude", "two"]
    assert error in (packs[0].problem or "")
    assert list(packs[1].classes) == ["Two"]


def test_ctrl_c_while_a_pack_is_imported_is_not_taken_for_its_fault(tmp_path: Path) -> None:
    write(tmp_path, "slow.py", "from execution.progress import StoppedByHand\nraise StoppedByHand")
    with pytest.raises(progress.StoppedByHand):
        load_packs([tmp_path])


def test_packs_can_be_switched_off_except_for_those_named(tmp_path: Path) -> None:
    write(tmp_path, "one.py", PACK.format(name="One"))
    write(tmp_path, "two.py", PACK.format(name="Two"))
    assert load_packs([tmp_path], DefaultOptions(disable_all_custom_nodes=True)) == ()
    kept = load_packs([tmp_path], DefaultOptions(disable_all_custom_nodes=True, whitelist_custom_nodes=("two",)))
    assert [pack.name for pack in kept] == ["two"]


def test_the_table_lists_a_node_once_and_knows_its_other_names(folders: paths.Paths) -> None:
    table = load_nodes()
    assert table["LoadCheckpoint"] is table["CheckpointLoaderSimple"]
    assert "LoadCheckpoint" in table
    assert "LoadCheckpoint" not in list(table)
    assert "NoSuchNode" not in table
    assert table.get("NoSuchNode") is None
    assert table.display_names["CheckpointLoaderSimple"] == "Load Checkpoint"


def test_the_example_pack_darkens_corners() -> None:
    import torch

    folder = Path(__file__).resolve().parents[2] / "custom_nodes"
    example = next(pack for pack in load_packs([folder]) if pack.name == "example_vignette")
    assert example.problem is None
    (darker,) = example.classes["ExampleVignette"]().darken(torch.ones(2, 9, 9, 3), 0.5)
    assert darker.shape == (2, 9, 9, 3)
    assert darker[0, 4, 4, 0] == 1
    assert darker[0, 0, 0, 0] == pytest.approx(0.5)


def test_packs_find_the_built_in_classes_in_the_nodes_package() -> None:
    import nodes

    assert nodes.NODE_CLASS_MAPPINGS["LoadImage"] is nodes.LoadImage
    assert nodes.MAX_RESOLUTION == 16384
    with pytest.raises(AttributeError, match="NoSuchNode"):
        _ = nodes.NoSuchNode
