"""Nodes of training: pictures with their texts from a folder, a LoRA that learns, its file, and its chart."""

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from comfy.checkpoint import Checkpoint, load_checkpoint
from comfy.state_dict import read_state_dict
from execution import paths
from nodes.image_folders import FolderError, LoadImageTextSetFromFolderNode
from nodes.training import LoraModelLoader, LossGraphNode, SaveLoRANode, TrainLoraNode
from tests.comfy.small_sd1 import write_small_checkpoint

PLAN = {
    "batch_size": 2,
    "grad_accumulation_steps": 1,
    "steps": 3,
    "learning_rate": 1e-2,
    "rank": 2,
    "optimizer": "AdamW",
    "loss_function": "MSE",
    "seed": 0,
    "training_dtype": "fp32",
    "lora_dtype": "fp32",
    "algorithm": "LoRA",
    "gradient_checkpointing": False,
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return load_checkpoint(write_small_checkpoint(tmp_path_factory.mktemp("training") / "a.safetensors", torch.float32))


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.Paths:
    installed = paths.Paths(paths.PathOptions(base_directory=tmp_path))
    monkeypatch.setattr(paths, "_installed", installed)
    dataset = tmp_path / "input" / "dataset"
    (dataset / "2_more").mkdir(parents=True)
    for name, colour in (("a", "red"), ("b", "blue"), ("2_more/c", "green")):
        Image.new("RGB", (64, 64), colour).save(dataset / f"{name}.png")
    (dataset / "a.txt").write_text("a red thing\n", encoding="utf-8")
    (dataset / "2_more" / "c.txt").write_text("a green thing", encoding="utf-8")
    return installed


def test_pictures_come_with_their_texts(folders: paths.Paths, checkpoint: Checkpoint) -> None:
    images, texts = LoadImageTextSetFromFolderNode().load_images("dataset", checkpoint.clip, "Stretch", 32, 48)
    assert images.shape == (4, 48, 32, 3)
    for entry, text in zip(texts, ("a red thing", "", "a green thing", "a green thing"), strict=True):
        assert torch.equal(entry[0], checkpoint.clip.encode(text)[0][0])
    with pytest.raises(FolderError, match="differ in size"):
        LoadImageTextSetFromFolderNode().load_images("dataset", checkpoint.clip, "None", 32, 48)


def train(checkpoint: Checkpoint, count: int = 2, texts: int = 1, **changes: Any) -> Any:
    latents = {"samples": torch.randn(count, 4, 8, 8, generator=torch.Generator().manual_seed(0))}
    positive = checkpoint.clip.encode("a cat") * texts
    return TrainLoraNode().train(checkpoint.model, latents, positive, **{**PLAN, "existing_lora": "[None]", **changes})


def test_a_lora_is_trained_used_saved_and_gone_on_from(folders: paths.Paths, checkpoint: Checkpoint) -> None:
    model, lora, loss, steps = train(checkpoint)
    assert (len(loss["loss"]), steps) == (3, 3)
    x, timestep, text = torch.randn(1, 4, 8, 8), torch.tensor([500.0]), torch.randn(1, 77, 64)
    (again,) = LoraModelLoader().load_lora_model(checkpoint.model, lora, 1.0)
    assert torch.equal(model.apply(x, timestep, text), again.apply(x, timestep, text))
    SaveLoRANode().save(lora, "trained", steps)
    (saved,) = folders.output.glob("trained*.safetensors")
    assert {name: tensor.shape for name, tensor in read_state_dict(saved).items()} == {
        name: tensor.shape for name, tensor in lora.items()
    }
    loras = folders.base / "models" / "loras"
    loras.mkdir(parents=True)
    saved.rename(loras / saved.name)
    assert train(checkpoint, existing_lora=saved.name)[3] == 6


def test_texts_that_do_not_match_the_latents_and_what_is_not_trained_are_refused(checkpoint: Checkpoint) -> None:
    assert len(train(checkpoint, count=2, texts=2)[2]["loss"]) == 3
    with pytest.raises(ValueError, match="3 latents and 2 texts"):
        train(checkpoint, count=3, texts=2)
    with pytest.raises(ValueError, match="OFT cannot be trained"):
        train(checkpoint, algorithm="OFT")


def test_the_chart_is_kept_as_a_picture(folders: paths.Paths) -> None:
    shown = LossGraphNode().plot_loss({"loss": [3.0, 2.0, 1.0]}, "loss")
    (entry,) = shown["ui"]["images"]
    assert Image.open(folders.output / entry["filename"]).size == (800, 600)
    with pytest.raises(ValueError, match="holds no losses"):
        LossGraphNode().plot_loss({}, "loss")
