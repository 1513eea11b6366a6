"""The nodes of Stable Diffusion, end to end on a small checkpoint with random weights."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from execution import paths
from nodes.fitting import MismatchError, fit_conditioning, fit_latent
from nodes.registry import built_in_nodes
from tests.comfy.small_sd1 import write_small_checkpoint
from tests.nodes.running import run_prompt

Prompt = dict[str, dict[str, Any]]

SAMPLER = {
    "seed": 5,
    "steps": 3,
    "cfg": 2.0,
    "sampler_name": "euler",
    "scheduler": "normal",
    "positive": ["text", 0],
    "negative": ["no text", 0],
    "latent_image": ["empty", 0],
}
TEXT_TO_IMAGE: Prompt = {
    "checkpoint": {"class_type": "LoadCheckpoint", "inputs": {"ckpt_name": "small.safetensors"}},
    "text": {"class_type": "CLIPTextEncode", "inputs": {"text": "a (red:1.2) apple", "clip": ["checkpoint", 1]}},
    "no text": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["checkpoint", 1]}},
    "empty": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
    "sampler": {"class_type": "KSampler", "inputs": {**SAMPLER, "model": ["checkpoint", 0], "denoise": 1.0}},
    "decode": {"class_type": "VAEDecode", "inputs": {"samples": ["sampler", 0], "vae": ["checkpoint", 2]}},
    "save": {"class_type": "SaveImage", "inputs": {"images": ["decode", 0], "filename_prefix": "pic"}},
}


@pytest.fixture
def models(folders: paths.Paths) -> Path:
    """A models folder with a small checkpoint."""
    folder = folders.models / "checkpoints"
    folder.mkdir(parents=True)
    write_small_checkpoint(folder / "small.safetensors")
    return folders.models


def run(prompt: Prompt) -> dict[str, Any]:
    return run_prompt(prompt, built_in_nodes())


def changed(**nodes: Any) -> Prompt:
    """The text-to-image prompt with some nodes replaced or added, or with some inputs changed."""
    prompt = copy.deepcopy(TEXT_TO_IMAGE)
    for name, node in nodes.items():
        if "class_type" in node:
            prompt[name] = node
        else:
            prompt[name]["inputs"] |= node
    return prompt


def samples(prompt: Prompt, node: str = "sampler") -> torch.Tensor:
    return run(prompt)[node][0]["samples"]


def test_a_prompt_becomes_a_picture_with_its_settings(models: Path, folders: paths.Paths) -> None:
    results = run(TEXT_TO_IMAGE)
    (entry,) = results["save"]["ui"]["images"]
    saved = Image.open(folders.output / entry["filename"])
    assert saved.size == (64, 64)
    made = np.asarray(saved).astype(float)
    assert np.abs(made - results["decode"][0][0].numpy() * 255).max() < 1
    assert saved.text["parameters"].startswith("a (red:1.2) apple\nSteps: 3, Sampler: Euler, CFG scale: 2, Seed: 5, ")
    assert "Model: small" in saved.text["parameters"]


def test_the_same_seed_gives_the_same_picture_and_another_one_another(models: Path) -> None:
    first = samples(TEXT_TO_IMAGE)
    assert torch.equal(first, samples(TEXT_TO_IMAGE))
    assert not torch.allclose(first, samples(changed(sampler={"seed": 6})))
    assert not torch.allclose(first, samples(changed(text={"text": "a green apple"})))


def test_two_samplers_that_share_the_steps_give_the_picture_of_one(models: Path) -> None:
    shared = {key: value for key, value in SAMPLER.items() if key != "seed"} | {"noise_seed": 5}
    first = {"add_noise": "enable", "start_at_step": 0, "end_at_step": 2, "return_with_leftover_noise": "enable"}
    second = {
        "add_noise": "disable",
        "start_at_step": 2,
        "end_at_step": 10_000,
        "return_with_leftover_noise": "disable",
        "latent_image": ["first", 0],
    }
    prompt = changed(
        first={"class_type": "KSamplerAdvanced", "inputs": {**shared, **first, "model": ["checkpoint", 0]}},
        second={"class_type": "KSamplerAdvanced", "inputs": {**shared, **second, "model": ["checkpoint", 0]}},
    )
    results = run(prompt)
    assert torch.allclose(results["second"][0]["samples"], results["sampler"][0]["samples"], atol=1e-4)


def test_parts_put_together_by_hand_give_the_picture_of_ksampler(models: Path) -> None:
    model = {"model": ["checkpoint", 0]}
    conditionings = {"positive": ["text", 0], "negative": ["no text", 0], "cfg": 2.0}
    prompt = changed(
        noise={"class_type": "RandomNoise", "inputs": {"noise_seed": 5}},
        guider={"class_type": "CFGGuider", "inputs": {**model, **conditionings}},
        rule={"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
        sigmas={"class_type": "BasicScheduler", "inputs": {**model, "scheduler": "normal", "steps": 3, "denoise": 1.0}},
        custom={
            "class_type": "SamplerCustomAdvanced",
            "inputs": {
                "noise": ["noise", 0],
                "guider": ["guider", 0],
                "sampler": ["rule", 0],
                "sigmas": ["sigmas", 0],
                "latent_image": ["empty", 0],
            },
        },
    )
    results = run(prompt)
    assert torch.equal(results["custom"][0]["samples"], results["sampler"][0]["samples"])
    assert torch.allclose(results["custom"][1]["samples"], results["custom"][0]["samples"], atol=1e-4)


def test_inpainting_leaves_the_rest_alone(models: Path, folders: paths.Paths) -> None:
    picture = np.full((64, 64, 4), 128, dtype=np.uint8)
    picture[..., 3] = 255
    picture[:, 32:, 3] = 0
    Image.fromarray(picture).save(folders.input / "half.png")
    prompt = changed(
        picture={"class_type": "LoadImage", "inputs": {"image": "half.png"}},
        encode={"class_type": "VAEEncode", "inputs": {"pixels": ["picture", 0], "vae": ["checkpoint", 2]}},
        masked={"class_type": "SetLatentNoiseMask", "inputs": {"samples": ["encode", 0], "mask": ["picture", 1]}},
        sampler={"latent_image": ["masked", 0], "denoise": 0.7},
    )
    results = run(prompt)
    before, after = results["encode"][0]["samples"], results["sampler"][0]["samples"]
    assert torch.allclose(before[..., :4], after[..., :4], atol=1e-3)
    assert not torch.allclose(before[..., 4:], after[..., 4:], atol=1e-1)


def test_a_lora_changes_the_picture_as_far_as_its_strength_says(models: Path) -> None:
    key = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q"
    width = 4 * 32
    (models / "loras").mkdir()
    lora = {
        f"{key}.lora_down.weight": torch.randn(2, width),
        f"{key}.lora_up.weight": torch.randn(width, 2),
        f"{key}.alpha": torch.tensor(2.0),
    }
    save_file(lora, models / "loras" / "l.safetensors")
    loader = {
        "class_type": "LoraLoader",
        "inputs": {
            "model": ["checkpoint", 0],
            "clip": ["checkpoint", 1],
            "lora_name": "l.safetensors",
            "strength_model": 1.0,
            "strength_clip": 1.0,
        },
    }
    plain = samples(TEXT_TO_IMAGE)
    with_lora = changed(lora=loader, sampler={"model": ["lora", 0]})
    assert not torch.allclose(samples(with_lora), plain, atol=1e-4)
    with_lora["lora"]["inputs"]["strength_model"] = 0.0
    assert torch.equal(samples(with_lora), plain)


def test_stopping_the_text_encoder_early_changes_the_picture(models: Path) -> None:
    earlier = changed(
        skip={"class_type": "CLIPSetLastLayer", "inputs": {"clip": ["checkpoint", 1], "stop_at_clip_layer": -2}},
        text={"clip": ["skip", 0]},
    )
    assert not torch.allclose(samples(earlier), samples(TEXT_TO_IMAGE), atol=1e-4)


def test_tiles_give_about_the_same_picture(models: Path) -> None:
    tiled = {"tile_size": 64, "overlap": 16, "temporal_size": 64, "temporal_overlap": 8}
    prompt = changed(
        tiles={
            "class_type": "VAEDecodeTiled",
            "inputs": {"samples": ["sampler", 0], "vae": ["checkpoint", 2], **tiled},
        },
        encode={"class_type": "VAEEncodeTiled", "inputs": {"pixels": ["decode", 0], "vae": ["checkpoint", 2], **tiled}},
    )
    results = run(prompt)
    # The autoencoder looks at a whole tile, so tiles of other shapes differ a little everywhere.
    assert (results["tiles"][0] - results["decode"][0]).abs().mean() < 0.05
    assert results["encode"][0]["samples"].shape == (1, 4, 8, 8)


def test_an_empty_latent_fits_any_model_and_another_says_what_is_wrong(models: Path) -> None:
    results = run(TEXT_TO_IMAGE)
    model, positive = results["checkpoint"][0], results["text"][0]
    assert fit_latent(model, {"samples": torch.zeros(2, 16, 8, 8)})["samples"].shape == (2, 4, 8, 8)
    with pytest.raises(MismatchError, match=r"latent_image has 16 channels.*have 4"):
        fit_latent(model, {"samples": torch.ones(1, 16, 8, 8)})
    with pytest.raises(MismatchError, match=r"input negative is 99 numbers wide.*reads 64"):
        fit_conditioning(model, positive=positive, negative=[[torch.ones(1, 77, 99), {}]])


def test_a_checkpoint_without_its_parts_says_which_node_helps(models: Path) -> None:
    from safetensors.torch import load_file

    whole = load_file(models / "checkpoints" / "small.safetensors")
    rest = {name: tensor for name, tensor in whole.items() if not name.startswith("first_stage_model.")}
    save_file(rest, models / "checkpoints" / "small.safetensors")
    with pytest.raises(ValueError, match=r"input vae is empty.*Load VAE"):
        run(TEXT_TO_IMAGE)
