"""The demo LoRA paints on black, and its training writes a file that changes the model."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from comfy.checkpoint import load_checkpoint
from comfy.state_dict import read_state_dict
from scripts import train_lora
from scripts.train_demo.sheet import paint_prompt
from tests.comfy.small_sd1 import write_small_checkpoint


@pytest.mark.parametrize("thing", ["a watermelon", "a cactus"])
def test_the_lora_that_ships_paints_on_black(thing: str) -> None:
    checkpoint = load_checkpoint(train_lora.CHECKPOINT)
    changed = replace(checkpoint, model=checkpoint.model.with_lora(read_state_dict(train_lora.TARGET), 1.0))
    plain, night = (paint_prompt(model, thing, 128, steps=6)[4:20, 4:20].mean() for model in (checkpoint, changed))
    assert plain > 200
    assert night < 60


def test_a_trained_file_changes_the_model(tmp_path: Path) -> None:
    checkpoint = load_checkpoint(write_small_checkpoint(tmp_path / "small.safetensors", torch.float32))
    layers = train_lora.train_lora(checkpoint, ["banana"], steps=2)
    train_lora.write(layers, checkpoint.model.config, tmp_path / "lora.safetensors")
    changed = checkpoint.model.with_lora(read_state_dict(tmp_path / "lora.safetensors"), 1.0)
    before, after = (
        train_lora.sample(
            model,
            seed=1,
            steps=1,
            cfg=1.0,
            sampler_name="euler",
            scheduler="normal",
            positive=checkpoint.clip.encode("banana") if checkpoint.clip else [],
            negative=[],
            latent={"samples": torch.zeros(1, 4, 8, 8)},
        )["samples"]
        for model in (checkpoint.model, changed)
    )
    assert not torch.allclose(before, after, atol=1e-4)
