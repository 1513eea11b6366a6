"""Models that were saved load to the same models, changes of their weights included."""

from pathlib import Path

import pytest
import torch

from comfy.checkpoint import load_checkpoint, load_clip, load_unet, load_vae
from comfy.diffusion_model import DiffusionModel
from comfy.state_dict import metadata_of, read_state_dict
from execution import paths
from nodes.merging import ModelMergeSimple, ModelMergeSubtract
from nodes.model_saving import CheckpointSave, CLIPSave, LoraSave, ModelSave, VAESave
from tests.comfy.small_families import SD2_PARTS, XL_PARTS, Parts, tensors_of, write
from tests.comfy.small_sd1 import small_state_dict, write_small_checkpoint


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.Paths:
    configured = paths.Paths(paths.PathOptions(base_directory=tmp_path))
    monkeypatch.setattr(paths, "_installed", configured)
    return configured


@pytest.mark.parametrize("parts", [SD2_PARTS, XL_PARTS], ids=["SD2", "XL"])
def test_a_checkpoint_is_saved_as_it_was_read(tmp_path: Path, folders: paths.Paths, parts: Parts) -> None:
    tensors = tensors_of(parts) | {"v_pred": torch.ones(()), "ztsnr": torch.ones(())}
    checkpoint = load_checkpoint(write(tmp_path / "a.safetensors", tensors))
    CheckpointSave().save(checkpoint.model, checkpoint.clip, checkpoint.vae, "saved", {"1": {}}, None)
    saved = read_state_dict(folders.output / "saved_00001_.safetensors")
    assert {name: t.shape for name, t in saved.items()} == {name: t.shape for name, t in tensors.items()}
    assert all(torch.equal(saved[name], tensors[name].to(saved[name].dtype)) for name in tensors)
    assert metadata_of(saved)["prompt"] == '{"1": {}}'


def test_parts_are_saved_by_themselves(tmp_path: Path, folders: paths.Paths) -> None:
    checkpoint = load_checkpoint(write(tmp_path / "a.safetensors", tensors_of(XL_PARTS)))
    ModelSave().save(checkpoint.model, "unet")
    VAESave().save(checkpoint.vae, "vae")
    CLIPSave().save(checkpoint.clip, "clip")
    assert load_unet(folders.output / "unet_00001_.safetensors").config == checkpoint.model.config
    assert load_vae(folders.output / "vae_00001_.safetensors").config == checkpoint.vae.config
    clip = load_clip([folders.output / f"clip_clip_{role}_00001_.safetensors" for role in "lg"])
    assert clip.width == checkpoint.clip.width


def test_a_merged_model_is_saved_merged(tmp_path: Path, folders: paths.Paths) -> None:
    one = load_checkpoint(write_small_checkpoint(tmp_path / "a.safetensors", torch.float32)).model
    other = load_checkpoint(write_small_checkpoint(tmp_path / "b.safetensors", torch.float32, seed=9)).model
    (merged,) = ModelMergeSimple().merge(one, other, 0.25)
    ModelSave().save(merged, "merged")
    saved = load_unet(folders.output / "merged_00001_.safetensors").unet.state_dict()
    a, b = one.unet.state_dict(), other.unet.state_dict()
    torch.testing.assert_close(saved["out.2.weight"], a["out.2.weight"] * 0.25 + b["out.2.weight"] * 0.75)


def test_a_saved_model_tells_title_and_rights_of_every_file_that_it_was_made_from(
    tmp_path: Path, folders: paths.Paths
) -> None:
    base = {"modelspec.title": "One", "modelspec.license": "MIT", "modelspec.hash_sha256": "0x1", "workflow": "{}"}
    other = {"modelspec.title": "Two", "modelspec.license": "MIT", "author": "Ann", "modelspec.usage_hint": "low cfg"}
    one = load_checkpoint(_with_texts(tmp_path / "a.safetensors", {**base, "notes": "kept"}))
    two = load_checkpoint(_with_texts(tmp_path / "b.safetensors", other, seed=9))
    (merged,) = ModelMergeSimple().merge(one.model, two.model, 0.5)
    lora = write(tmp_path / "lora.safetensors", _lora_for(one.model), {"modelspec.title": "Three", "author": "Bob"})
    merged = merged.with_lora(read_state_dict(lora), 1.0)
    CheckpointSave().save(merged, one.clip, one.vae, "saved", {"1": {}}, None)
    told = metadata_of(read_state_dict(folders.output / "saved_00001_.safetensors"))
    assert told.pop("modelspec.architecture") == "stable-diffusion-v1"
    rights = {"modelspec.title": "One; Two; Three", "modelspec.license": "MIT", "author": "Ann; Bob", "notes": "kept"}
    assert {name: told[name] for name in rights} == rights
    assert told["prompt"] == '{"1": {}}'
    assert not {"modelspec.hash_sha256", "modelspec.usage_hint", "workflow"} & set(told)


def test_parts_keep_the_texts_of_their_file(tmp_path: Path, folders: paths.Paths) -> None:
    checkpoint = load_checkpoint(_with_texts(tmp_path / "a.safetensors", {"license": "MIT"}))
    ModelSave().save(checkpoint.model, "unet")
    VAESave().save(checkpoint.vae, "vae")
    CLIPSave().save(checkpoint.clip, "clip")
    for name in ("unet", "vae", "clip_clip_l"):
        assert metadata_of(read_state_dict(folders.output / f"{name}_00001_.safetensors"))["license"] == "MIT"


def _with_texts(path: Path, texts: dict[str, str], seed: int = 0) -> Path:
    return write(path, small_state_dict(torch.float32, seed), texts)


def _lora_for(model: DiffusionModel) -> dict[str, torch.Tensor]:
    width = model.unet.state_dict()["time_embed.0.weight"].shape
    return {"diffusion_model.time_embed.0.diff": torch.zeros(width)}


def test_an_extracted_lora_of_full_rank_brings_one_model_to_the_other(tmp_path: Path, folders: paths.Paths) -> None:
    one = load_checkpoint(write_small_checkpoint(tmp_path / "a.safetensors", torch.float32)).model
    other = load_checkpoint(write_small_checkpoint(tmp_path / "b.safetensors", torch.float32, seed=9)).model
    (difference,) = ModelMergeSubtract().merge(other, one, 1.0)
    LoraSave().save("lora", 4096, "standard", True, difference)
    lora = read_state_dict(folders.output / "lora_00001_.safetensors")
    inputs = torch.randn(1, 4, 8, 8), torch.tensor([500]), torch.randn(1, 77, one.config.context_dim)
    brought = one.with_lora(lora, 1.0).apply(*inputs)
    torch.testing.assert_close(brought, other.apply(*inputs), atol=2e-2, rtol=2e-2)
    assert not torch.allclose(one.apply(*inputs), other.apply(*inputs), atol=2e-1)
