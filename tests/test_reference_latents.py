"""Whole workflows give the latents and pictures that are on record for the same weights and seeds.

Needs the reference folder, and in SKEIN_REFERENCE_MODELS a folder named models with the weights that its scripts make.
"""

import json
import os
import shutil
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from execution import paths
from nodes import loaders
from nodes.registry import built_in_nodes
from tests.nodes.running import run_prompt
from tests.reference import reference_dir, require_reference

GROUPS = ("sd15", "sampler", "scheduler", "prompt", "custom", "patch", "latent", "merge", "controlnet", "sd21v", "sdxl")
LARGEST_PIXEL_DIFFERENCE = 2
LARGEST_LATENT_DIFFERENCE = 1e-3  # in standard deviations; rounding alone comes to about 1e-4

pytestmark = pytest.mark.slow


def _prompt(folder: Path, case: str) -> dict[str, Any]:
    return json.loads((folder / "cases" / case / "prompt.json").read_text(encoding="utf-8"))


def cases() -> list[str]:
    """The cases of these groups whose nodes exist."""
    folder = reference_dir()
    if folder is None:
        return []
    groups = json.loads((folder / "cases" / "cases.json").read_text(encoding="utf-8"))
    table = built_in_nodes()
    return [
        name
        for name, group in groups.items()
        if group in GROUPS and all(node["class_type"] in table for node in _prompt(folder, name).values())
    ]


@pytest.fixture(scope="module")
def models() -> Path:
    folder = os.environ.get("SKEIN_REFERENCE_MODELS")
    if not folder or not Path(folder).is_dir():
        pytest.skip("SKEIN_REFERENCE_MODELS names no folder of reference weights")
    return Path(folder)


@pytest.fixture
def folders(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.Paths:
    """An installation with the reference weights and inputs; a checkpoint stays loaded from test to test."""
    shutil.copytree(require_reference() / "cases" / "inputs", tmp_path / "input")
    options = paths.PathOptions(
        base_directory=models.parent,
        input_directory=tmp_path / "input",
        output_directory=tmp_path / "output",
        temp_directory=tmp_path / "temp",
        user_directory=tmp_path / "user",
    )
    monkeypatch.setattr(paths, "_installed", paths.Paths(options))
    monkeypatch.setattr(loaders, "load_checkpoint", _load_once)
    return paths.current()


@lru_cache(maxsize=1)
def _load_once(path: Path, *options: Any) -> Any:
    from comfy.checkpoint import load_checkpoint

    return load_checkpoint(path, *options)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("case", cases())
def test_a_workflow_gives_what_is_on_record(case: str, folders: paths.Paths) -> None:
    folder = require_reference()
    results = run_prompt(_prompt(folder, case), built_in_nodes())
    made = [result["ui"] for result in results.values() if isinstance(result, dict) and "ui" in result]
    for index, entry in enumerate(entry for ui in made for entry in ui.get("latents", [])):
        _assert_latents_agree(
            load_file(_path_of(entry, folders))["latent_tensor"],
            load_file(folder / "cases" / case / f"latent_{index}.safetensors")["latent_tensor"],
        )
    for index, entry in enumerate(entry for ui in made for entry in ui.get("images", [])):
        pixels = _pixels(_path_of(entry, folders))
        expected = _pixels(folder / "cases" / case / f"img_{index}.png")
        assert pixels.shape == expected.shape
        assert np.abs(pixels - expected).max() <= LARGEST_PIXEL_DIFFERENCE


def _path_of(entry: dict[str, str], folders: paths.Paths) -> Path:
    return folders.output / entry["subfolder"] / entry["filename"]


def _assert_latents_agree(made: torch.Tensor, expected: torch.Tensor) -> None:
    assert made.shape == expected.shape
    assert float((made - expected).abs().max() / expected.std()) <= LARGEST_LATENT_DIFFERENCE


def _pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(np.float32)
