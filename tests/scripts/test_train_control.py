"""The demo ControlNet paints things into the shape that it is shown, and its training writes a file that steers."""

from pathlib import Path

import pytest
import torch

from comfy.checkpoint import Checkpoint, load_checkpoint
from comfy.control_files import load_control
from comfy.sampling import sample
from scripts import train_control
from scripts.train_demo.sheet import paint_prompt
from tests.comfy.small_sd1 import write_small_checkpoint


def paint_with(checkpoint: Checkpoint, file: Path, prompt: str, hint: torch.Tensor, steps: int) -> torch.Tensor:
    """The latent of a prompt where a picture [1, H, W, 3] steers, at the picture's size."""
    assert checkpoint.clip is not None
    control = load_control(file).applied(hint, 1.0)
    positive, negative = (
        [(text, {**options, "control": control}) for text, options in checkpoint.clip.encode(words)]
        for words in (prompt, "")
    )
    return sample(
        checkpoint.model,
        seed=7,
        steps=steps,
        cfg=3.0,
        sampler_name="dpmpp_2m",
        scheduler="karras",
        positive=positive,
        negative=negative,
        latent={"samples": torch.zeros(1, 4, hint.shape[1] // 8, hint.shape[2] // 8)},
    )["samples"]


def overlap(one: torch.Tensor, other: torch.Tensor) -> float:
    """What two shapes have in common, as a part of what either covers."""
    one, other = one > 0.5, other > 0.5
    return float((one & other).sum() / (one | other).sum())


@pytest.mark.parametrize("thing", ["rocket", "carrot", "key"])
def test_the_control_that_ships_paints_a_thing_into_its_shape(thing: str) -> None:
    checkpoint = load_checkpoint(train_control.CHECKPOINT)
    assert checkpoint.vae is not None
    prompt = f"{thing} on a blue background"
    plain = torch.from_numpy(paint_prompt(checkpoint, prompt, 128, steps=8)).float()[None] / 255
    shape = train_control.shape_of(plain.flip(2))
    made = checkpoint.vae.decode(paint_with(checkpoint, train_control.TARGET, prompt, shape, steps=8))
    assert overlap(train_control.shape_of(plain), shape) < 0.4
    assert overlap(train_control.shape_of(made), shape) > 0.6


def test_a_trained_file_steers_the_model(tmp_path: Path) -> None:
    checkpoint = load_checkpoint(write_small_checkpoint(tmp_path / "small.safetensors", torch.float32))
    lesson = train_control.paint(checkpoint, ["banana"])
    train_control.write(train_control.train(checkpoint, lesson, steps=2), tmp_path / "control.safetensors")
    dark, light = (
        paint_with(checkpoint, tmp_path / "control.safetensors", "banana", torch.full((1, 64, 64, 3), shade), steps=1)
        for shade in (0.0, 1.0)
    )
    assert not torch.allclose(dark, light, atol=1e-5)
