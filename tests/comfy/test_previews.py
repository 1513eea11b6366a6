"""Previews: their colours and size, and that they never change what they show."""

import io

import torch
from PIL import Image

from comfy.latent_formats import STABLE_DIFFUSION_1
from comfy.previews import encode_jpeg, latent_to_rgb


def latent() -> torch.Tensor:
    return torch.randn(2, 4, 8, 16, generator=torch.Generator().manual_seed(0))


def test_colours_are_linear_in_the_channels() -> None:
    grey = latent_to_rgb(torch.zeros(4, 2, 3), STABLE_DIFFUSION_1)
    assert grey.shape == (2, 3, 3)
    assert grey.dtype == torch.uint8
    assert bool((grey == 127).all())
    bright = latent_to_rgb(torch.tensor([9.0, 9, 0, 0]).reshape(4, 1, 1).expand(4, 2, 3), STABLE_DIFFUSION_1)
    assert bool((bright == 255).all())


def test_a_preview_is_enlarged_up_to_the_limit() -> None:
    rgb = latent_to_rgb(latent()[0], STABLE_DIFFUSION_1)
    assert Image.open(io.BytesIO(encode_jpeg(rgb))).size == (128, 64)
    assert Image.open(io.BytesIO(encode_jpeg(rgb, largest_side=32))).size == (32, 16)
    assert Image.open(io.BytesIO(encode_jpeg(rgb, largest_side=8))).size == (8, 4)


def test_colours_are_a_copy_and_leave_the_latent_alone() -> None:
    shown = latent()[0]
    before = shown.clone()
    rgb = latent_to_rgb(shown, STABLE_DIFFUSION_1).clone()
    assert torch.equal(shown, before)
    shown.zero_()
    assert torch.equal(latent_to_rgb(before, STABLE_DIFFUSION_1), rgb)
