"""No input of any node, whoever queues the prompt, reads or writes a file outside its folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from execution import paths
from execution.node_class import NodeClass, NodeClasses
from execution.paths import PathError, PathOptions, Paths
from execution.prompt import Prompt
from execution.validate_inputs import check_node
from nodes.registry import built_in_nodes

OUTSIDE = (
    "../secret.png", "..\\secret.png", "sub/../../secret.png", "../secret.png [input]", "../secret.png [output]",
    "../secret.png [temp]", "secret.png [user]", "../../etc/passwd", "/etc/passwd", "\\\\server\\share\\a.png",
    "C:\\secret.png", "link/secret.png", "link/secret.png [input]", "link\\secret.png", "file:///etc/passwd", "..", "",
    "secret.png\x00.png", "con", "~/secret.png", "../secret.safetensors", "link/../../secret.png",
)  # fmt: skip
PICTURES = torch.zeros(1, 8, 8, 3)
OF_WIDGETS = ("STRING", "INT", "FLOAT", "BOOLEAN", "COMBO")
VALUES: dict[str, Any] = {"IMAGE": PICTURES, "MASK": PICTURES[..., 0], "LATENT": {"samples": torch.zeros(1, 4, 1, 1)}}


@pytest.fixture(scope="module")
def nodes() -> dict[str, type]:
    return dict(built_in_nodes())


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """An installation two folders deep, so that what leads out of it still leads into this test's own folder."""
    base = tmp_path / "outer" / "inner"
    configured = Paths(PathOptions(base_directory=base))
    monkeypatch.setattr(paths, "_installed", configured)
    for folder in (configured.input, configured.output, configured.temp):
        folder.mkdir(parents=True)
    return configured


@pytest.fixture
def secret(folders: Paths, tmp_path: Path) -> bytes:
    elsewhere = tmp_path / "outer" / "inner" / "elsewhere"
    elsewhere.mkdir()
    for folder in (elsewhere.parent, elsewhere, tmp_path / "outer", tmp_path):
        (folder / "secret.png").write_bytes(b"secret")
    for folder in (folders.input, folders.output, folders.temp):
        (folder / "link").symlink_to(elsewhere)
    return b"secret"


def declared(nodes: dict[str, type]) -> Iterator[tuple[NodeClass, str]]:
    """Every input of every class."""
    for class_type, cls in nodes.items():
        node = NodeClass(class_type, cls)
        yield from ((node, name) for name in node.specs)


def test_no_choice_of_any_node_takes_a_file_outside(nodes: dict[str, type], secret: bytes) -> None:
    tried = 0
    for node, name in declared(nodes):
        if node.specs[name].choices is None:
            continue
        for value in OUTSIDE:
            inputs = {**widget_values(node), name: value}
            prompt = Prompt.parse({"1": {"class_type": node.class_type, "inputs": inputs}})
            errors = check_node(prompt.nodes["1"], node, prompt, NodeClasses(nodes)).errors
            assert [one for one in errors if one["extra_info"].get("input_name") == name], (
                node.class_type,
                name,
                value,
            )
            tried += 1
    assert tried > 500


def test_no_text_of_any_node_that_saves_writes_outside(
    nodes: dict[str, type], folders: Paths, secret: bytes, tmp_path: Path
) -> None:
    saving = [
        (node, name)
        for node, name in declared(nodes)
        if node.is_output and node.specs[name].type == "STRING" and name != "text"
    ]
    assert len(saving) >= 4
    before = everything(tmp_path, folders)
    for node, name in saving:
        for value in (*OUTSIDE, "%date:../../yyyy%", "../%width%", "a" * 300, "x\n../../y"):
            if is_refused(node, name, value) or not can_be_run(node):
                continue
            try:
                run(node, {name: value})
            except (PathError, OSError):
                continue
    assert everything(tmp_path, folders) == before


def is_refused(node: NodeClass, name: str, value: str) -> bool:
    """Whether the node's own check says no, as it does before anything runs."""
    check = getattr(node.cls, "VALIDATE_INPUTS", None)
    return check is not None and name == "filename_prefix" and check(filename_prefix=value) is not True


def can_be_run(node: NodeClass) -> bool:
    """Whether there are values for all that it takes from other nodes; one that saves models takes models."""
    linked = [spec for spec in node.specs.values() if spec.choices is None and str(spec.type) not in OF_WIDGETS]
    return all(str(spec.type) in VALUES for spec in linked)


def widget_values(node: NodeClass) -> dict[str, Any]:
    """Good values of a node's widgets."""
    told = {name: spec.choices[0] if spec.choices else spec.options.get("default") for name, spec in node.specs.items()}
    return {name: value for name, value in told.items() if value is not None}


def linked_values(node: NodeClass) -> dict[str, Any]:
    """Values that come from other nodes."""
    return {name: VALUES[str(spec.type)] for name, spec in node.specs.items() if str(spec.type) in VALUES}


def run(node: NodeClass, given: dict[str, Any]) -> None:
    """Call a node with good values, but for those that are given."""
    getattr(node.cls(), node.function)(**{**linked_values(node), **widget_values(node), **given})


def everything(base: Path, folders: Paths) -> dict[Path, bytes]:
    """The files outside the folders that nodes may write to."""
    free = (folders.output, folders.temp)
    found = (path for path in base.rglob("*") if not any(path.is_relative_to(folder) for folder in free))
    return {path: path.read_bytes() for path in found if path.is_file()}
