"""Models are hashed once: small ones when a picture is saved, large ones beside other work."""

import time
from pathlib import Path

import pytest

from execution import model_hashes, paths
from nodes import hashing

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def model(folders: paths.Paths) -> Path:
    file = folders.models / "checkpoints" / "m.safetensors"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"abc")
    return file


def test_a_model_is_hashed_once_and_remembered_after_a_start(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hashing.short_model_hash("m.safetensors") == ABC[:10]
    monkeypatch.setattr(model_hashes, "sha256_of", lambda path, told: pytest.fail("hashed again"))
    assert hashing.short_model_hash("m.safetensors") == ABC[:10]
    monkeypatch.setattr(model_hashes, "sha256_of", lambda path, told: "f" * 64)
    model.write_bytes(b"other")
    assert hashing.short_model_hash("m.safetensors") == "f" * 10


def test_a_large_model_is_hashed_beside_and_told_when_known(
    model: Path, folders: paths.Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "LARGEST_WAITED_FOR", 2)
    hashing.prepare_hash(model)
    deadline = time.monotonic() + 30
    while hashing.short_model_hash("m.safetensors") is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert hashing.short_model_hash("m.safetensors") == ABC[:10]
    assert model_hashes.ModelHashes(folders.user).known(model) == ABC


def test_no_hash_where_there_is_no_model_or_no_folder_to_keep_it(folders: paths.Paths, model: Path) -> None:
    assert hashing.short_model_hash("missing.safetensors") is None
    assert hashing.short_model_hash(None) is None
    folders.user.write_text("a file where a folder should be")
    assert hashing.short_model_hash("m.safetensors") == ABC[:10]
