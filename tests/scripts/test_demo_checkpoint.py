"""The demo checkpoint does what its model card says."""

from functools import cache
from pathlib import Path

import pytest
import torch
from torch import Tensor

from comfy.checkpoint import Checkpoint, load_checkpoint
from comfy.sampling import sample
from scripts.train_demo.recipe import BACKGROUNDS

PATH = Path(__file__).resolve().parents[2] / "models" / "checkpoints" / "skein-emoji.safetensors"
SIZE = 128


@cache
def checkpoint() -> Checkpoint:
    return load_checkpoint(PATH)


def paint(
    prompt: str,
    seed: int = 1,
    steps: int = 8,
    denoise: float = 1.0,
    image: Tensor | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """A picture [SIZE, SIZE, 3] of a prompt, or one made from an image [SIZE, SIZE, 3]."""
    model = checkpoint()
    assert model.clip is not None
    assert model.vae is not None
    latent = {"samples": torch.zeros(1, 4, SIZE // 8, SIZE // 8) if image is None else model.vae.encode(image[None])}
    if mask is not None:
        latent["noise_mask"] = mask[None]
    made = sample(
        model.model,
        seed=seed,
        steps=steps,
        cfg=3.0,
        sampler_name="dpmpp_2m",
        scheduler="karras",
        positive=model.clip.encode(prompt),
        negative=model.clip.encode(""),
        latent=latent,
        denoise=denoise,
    )
    return model.vae.decode(made["samples"])[0]


def corners(picture: Tensor) -> Tensor:
    """The mean colour [3] of the picture's four corners, away from the edge."""
    parts = [picture[y : y + 8, x : x + 8] for y in (6, SIZE - 14) for x in (6, SIZE - 14)]
    return torch.stack(parts).median(dim=0).values.mean(dim=(0, 1))


def nearest_background(colour: Tensor) -> str:
    return min(BACKGROUNDS, key=lambda name: float((colour - torch.tensor(BACKGROUNDS[name]) / 255).square().sum()))


def distance(a: Tensor, b: Tensor) -> float:
    return float((a - b).square().mean().sqrt())


def test_the_file_is_small_enough_to_clone() -> None:
    assert PATH.stat().st_size < 40e6


@pytest.mark.parametrize("background", ["red", "yellow", "green", "blue", "purple", "white", "black"])
def test_the_background_has_the_colour_that_the_prompt_names(background: str) -> None:
    assert nearest_background(corners(paint(f"a star on a {background} background"))) == background


def test_a_red_apple_is_red_and_a_green_apple_green() -> None:
    middle = slice(48, 88)
    red, green = (
        paint(f"{colour} apple on a white background")[middle, middle].mean((0, 1)) for colour in ("red", "green")
    )
    assert red[0] > red[1] + 0.3
    assert green[1] > green[0] + 0.1


def test_a_picture_changes_more_the_more_of_it_is_denoised() -> None:
    start = paint("a house on a green background")
    away = [
        distance(paint("a sunflower on a blue background", seed=2, denoise=part, image=start), start)
        for part in (0.3, 0.6, 0.9)
    ]
    assert away[0] < away[1] < away[2]


def test_inpainting_leaves_the_rest_alone() -> None:
    start = paint("a house on a green background")
    mask = torch.zeros(SIZE, SIZE)
    mask[:, SIZE // 2 :] = 1
    model = checkpoint()
    assert model.vae is not None
    kept = model.vae.decode(model.vae.encode(start[None]))[0]
    made = paint("a rocket on a red background", seed=3, image=start, mask=mask)
    left, right = slice(0, SIZE // 2 - 24), slice(SIZE // 2, SIZE)
    assert distance(made[:, left], kept[:, left]) < 0.05
    assert distance(made[:, right], kept[:, right]) > 0.1
