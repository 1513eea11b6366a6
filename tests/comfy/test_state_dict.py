"""Reading model files: what is read, what is refused, and that damage is named."""

import json
import pickle
import struct
from contextlib import suppress

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from comfy.errors import ModelFileError, UnsafeFileError
from comfy.state_dict import metadata_of, read_state_dict


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool]
)
def test_safetensors_are_read_as_they_were_saved(tmp_path, dtype):
    saved = {"odd": torch.ones(3, dtype=torch.uint8), "a.b": torch.arange(6).reshape(2, 3).to(dtype)}
    saved |= {"scalar": torch.ones((), dtype=dtype), "empty": torch.zeros(0, 4, dtype=dtype)}
    save_file(saved, tmp_path / "x.safetensors", metadata={"title": "x"})
    read = read_state_dict(tmp_path / "x.safetensors")
    assert metadata_of(read) == {"title": "x"}
    assert set(read) == set(saved)
    for name, tensor in saved.items():
        assert read[name].dtype == tensor.dtype
        assert torch.equal(read[name], tensor)


def test_a_tensor_that_was_paged_out_is_read_again(tmp_path):
    saved = {"a": torch.randn(200, 200), "b": torch.randn(200, 200)}
    save_file(saved, tmp_path / "x.safetensors")
    read = read_state_dict(tmp_path / "x.safetensors")
    before = read["a"].clone()
    read.page_out("a")
    assert torch.equal(read["a"], before)
    assert torch.equal(read["b"], saved["b"])


@pytest.mark.parametrize("name", ["model.ckpt", "model.safetensors"])
def test_a_torch_file_is_told_by_content_and_its_tensors_are_unwrapped(tmp_path, name):
    tensors = {"a.weight": torch.randn(4, 4), "steps": 7}
    torch.save({"state_dict": tensors, "epoch": 3}, tmp_path / name)
    read = read_state_dict(tmp_path / name)
    assert set(read) == {"a.weight"}
    assert torch.equal(read["a.weight"], tensors["a.weight"])


class RunsCode:
    def __reduce__(self):
        return print, ("this must never be printed",)


def test_a_torch_file_that_could_run_code_is_refused(tmp_path, capsys):
    torch.save({"a": RunsCode()}, tmp_path / "bad.ckpt")
    with pytest.raises(UnsafeFileError, match=r"bad\.ckpt.*safetensors"):
        read_state_dict(tmp_path / "bad.ckpt")
    assert capsys.readouterr().out == ""


def test_a_bare_pickle_is_refused_unread(tmp_path, capsys):
    (tmp_path / "bad.pt").write_bytes(pickle.dumps(RunsCode(), protocol=2))
    with pytest.raises(UnsafeFileError, match=r"bad\.pt.*pickle"):
        read_state_dict(tmp_path / "bad.pt")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>404 not found</html>", "neither"),
        (b"", "neither"),
        (struct.pack("<Q", 1 << 40) + b"{}", "header claims"),
        (struct.pack("<Q", 500) + b"{}", "header claims"),
        (struct.pack("<Q", 4) + b"{no}", "not JSON"),
        (struct.pack("<Q", 2) + b"{}", None),
        (b"PK\x03\x04 and then nothing like a zip file", "not a torch model file"),
    ],
)
def test_a_file_that_is_no_model_is_named_with_a_remedy(tmp_path, content, words):
    (tmp_path / "x.safetensors").write_bytes(content)
    if words is None:
        assert read_state_dict(tmp_path / "x.safetensors") == {}
        return
    with pytest.raises(ModelFileError, match=words) as raised:
        read_state_dict(tmp_path / "x.safetensors")
    assert "x.safetensors" in str(raised.value)


def test_a_missing_file_is_a_model_file_error(tmp_path):
    with pytest.raises(ModelFileError, match=r"gone\.safetensors cannot be read"):
        read_state_dict(tmp_path / "gone.safetensors")


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [4], "data_offsets": [0, 64]},
        {"dtype": "F32", "shape": [4], "data_offsets": [-16, 0]},
        {"dtype": "F32", "shape": [-4], "data_offsets": [0, 16]},
        {"dtype": "F32", "shape": [100], "data_offsets": [0, 400]},
        {"dtype": "Q7", "shape": [4], "data_offsets": [0, 16]},
        {"dtype": "F32", "shape": ["x"], "data_offsets": [0, 16]},
        {"dtype": "F32", "data_offsets": [0, 16]},
        ["F32"],
        None,
    ],
)
def test_a_tensor_that_does_not_lie_in_the_file_is_named(tmp_path, entry):
    header = json.dumps({"weight": entry}).encode()
    (tmp_path / "x.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(16))
    with pytest.raises(ModelFileError, match="weight"):
        read_state_dict(tmp_path / "x.safetensors")


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 400), flips=st.lists(st.tuples(st.integers(0, 399), st.integers(1, 255)), max_size=4))
def test_a_damaged_file_never_raises_anything_else(tmp_path_factory, cut, flips):
    folder = tmp_path_factory.mktemp("damaged")
    save_file({"a": torch.randn(5, 5), "b": torch.randn(3)}, folder / "x.safetensors")
    content = bytearray((folder / "x.safetensors").read_bytes())
    for place, change in flips:
        if place < len(content):
            content[place] ^= change
    (folder / "x.safetensors").write_bytes(content[: max(len(content) - cut, 0)])
    with suppress(ModelFileError):
        read_state_dict(folder / "x.safetensors")
