"""Image, mask and latent nodes give the pictures that are on record, within 2 of 255."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from execution import paths
from nodes.registry import built_in_nodes
from tests.nodes.running import run_prompt
from tests.reference import reference_dir, require_reference

GROUPS = ("image",)
TOLERANCE = 2


def cases() -> list[str]:
    """The cases of these groups whose nodes exist."""
    folder = reference_dir()
    if folder is None:
        return []
    groups = json.loads((folder / "cases" / "cases.json").read_text(encoding="utf-8"))
    return [name for name, group in groups.items() if group in GROUPS and _nodes_exist(folder, name)]


def _prompt(folder: Path, case: str) -> dict[str, dict[str, object]]:
    return json.loads((folder / "cases" / case / "prompt.json").read_text(encoding="utf-8"))


def _nodes_exist(folder: Path, case: str) -> bool:
    return all(node["class_type"] in built_in_nodes() for node in _prompt(folder, case).values())


def _pixels(path: Path) -> np.ndarray:
    picture = Image.open(path)
    return np.asarray(picture.convert("RGBA" if picture.mode == "RGBA" else "RGB")).astype(np.float32)


@pytest.mark.parametrize("case", cases())
def test_a_case_gives_the_pictures_on_record(case: str, folders: paths.Paths) -> None:
    reference = require_reference() / "cases"
    shutil.copytree(reference / "inputs", folders.input, dirs_exist_ok=True)
    results = run_prompt(_prompt(reference.parent, case), built_in_nodes())
    saved = [entry for result in results.values() if isinstance(result, dict) for entry in result["ui"]["images"]]
    assert len(saved) == len(list((reference / case).glob("img_*.png")))
    for index, entry in enumerate(saved):
        made = _pixels(folders.output / entry["subfolder"] / entry["filename"])
        expected = _pixels(reference / case / f"img_{index}.png")
        assert made.shape == expected.shape
        assert np.abs(made - expected).max() <= TOLERANCE
