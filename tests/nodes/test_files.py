"""Latents and models are found, read, and read again when their files change."""

import os

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from comfy.checkpoint import load_checkpoint
from comfy.errors import ModelFileError
from execution import paths
from nodes.embedding_files import embedding_file
from nodes.image_files import LoadImage
from nodes.latent_files import LoadLatent, SaveLatent
from nodes.loaders import CheckpointLoaderSimple, LoraLoader, LoraLoaderModelOnly
from nodes.needs import MissingModelError
from nodes.vae import VAEDecode
from tests.comfy.small_sd1 import write_small_checkpoint


def test_a_latent_is_written_and_read_again(folders: paths.Paths) -> None:
    samples = torch.randn(2, 4, 8, 8)
    (entry,) = SaveLatent().save({"samples": samples}, "lat/x", {"1": {}}, {"workflow": {"a": 1}})["ui"]["latents"]
    assert entry == {"filename": "x_00001_.latent", "subfolder": "lat", "type": "output"}
    file = folders.output / "lat" / "x_00001_.latent"
    with safe_open(file, framework="pt") as opened:
        assert opened.metadata() == {"prompt": '{"1": {}}', "workflow": '{"a": 1}'}
        assert set(opened.keys()) == {"latent_tensor", "latent_format_version_0"}
    file.rename(folders.input / "x.latent")
    assert LoadLatent.INPUT_TYPES()["required"]["latent"] == (["x.latent"],)
    (read,) = LoadLatent().load("x.latent")
    assert torch.equal(read["samples"], samples)


def test_the_oldest_latents_are_unscaled(folders: paths.Paths) -> None:
    save_file({"latent_tensor": torch.full((1, 4, 2, 2), 0.18215)}, folders.input / "old.latent")
    (read,) = LoadLatent().load("old.latent")
    assert torch.allclose(read["samples"], torch.ones(1, 4, 2, 2))


def test_a_file_without_a_latent_is_named(folders: paths.Paths) -> None:
    save_file({"other": torch.zeros(1)}, folders.input / "no.latent")
    with pytest.raises(ModelFileError, match=r"no\.latent holds no latent"):
        LoadLatent().load("no.latent")


def test_a_replaced_model_file_changes_the_fingerprint(folders: paths.Paths) -> None:
    file = folders.models / "loras" / "a.safetensors"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"one")
    before = LoraLoader.IS_CHANGED(lora_name="a.safetensors", strength_model=1.0)
    assert LoraLoaderModelOnly.IS_CHANGED(lora_name="a.safetensors") == before
    file.write_bytes(b"two")
    os.utime(file, ns=(0, 0))
    assert LoraLoader.IS_CHANGED(lora_name="a.safetensors") != before


@pytest.mark.parametrize(
    ("cls", "name"), [(LoadImage, "image"), (LoadLatent, "latent"), (CheckpointLoaderSimple, "ckpt_name")]
)
def test_a_name_that_comes_by_a_link_has_no_fingerprint_yet(folders: paths.Paths, cls: type, name: str) -> None:
    assert cls.IS_CHANGED(**{name: None}) is None  # type: ignore[attr-defined]
    assert getattr(cls, "VALIDATE_INPUTS", lambda **_: True)(**{name: None}) is True


def test_embeddings_are_found_with_and_without_their_ending(folders: paths.Paths) -> None:
    file = folders.models / "embeddings" / "sub" / "style.v2.pt"
    file.parent.mkdir(parents=True)
    file.touch()
    assert embedding_file("sub/style.v2") == embedding_file("sub/style.v2.pt") == file
    assert embedding_file("style") is None


def test_an_empty_input_names_itself_and_the_remedy() -> None:
    with pytest.raises(MissingModelError, match=r"input vae is empty.*Load VAE"):
        VAEDecode().decode(None, {"samples": torch.zeros(1, 4, 8, 8)})


def test_a_lora_at_strength_zero_is_not_even_read() -> None:
    assert LoraLoader().load_lora(None, None, "missing.safetensors", 0.0, 0.0) == (None, None)
    assert LoraLoaderModelOnly().load_lora_model_only(None, "missing.safetensors", 0.0) == (None,)


def test_a_lora_that_changes_nothing_is_told(folders: paths.Paths, caplog: pytest.LogCaptureFixture) -> None:
    loras = folders.models / "loras"
    loras.mkdir(parents=True)
    checkpoint = load_checkpoint(write_small_checkpoint(folders.models / "small.safetensors", torch.float32))
    save_file({"model.of.another.kind": torch.zeros(1)}, loras / "other.safetensors")
    key = "lora_te_text_model_encoder_layers_0_mlp_fc1"
    change = {f"{key}.lora_down.weight": torch.ones(2, 64), f"{key}.lora_up.weight": torch.ones(128, 2)}
    save_file(change, loras / "fits.safetensors")
    given = (checkpoint.model, checkpoint.clip)
    assert LoraLoader().load_lora(*given, "fits.safetensors", 1.0, 1.0)[1] is not checkpoint.clip
    assert caplog.messages == []
    model, _ = LoraLoader().load_lora(*given, "other.safetensors", 1.0, 1.0)
    assert model.weights is checkpoint.model.weights
    (model,) = LoraLoaderModelOnly().load_lora_model_only(checkpoint.model, "fits.safetensors", 1.0)
    assert model.weights is checkpoint.model.weights
    assert [message.split(" changes")[0] for message in caplog.messages] == [
        "The LoRA other.safetensors",
        "The LoRA fits.safetensors",
    ]
