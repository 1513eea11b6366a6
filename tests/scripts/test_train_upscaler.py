"""The demo upscaler sharpens, and its training writes a file that can be loaded."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from comfy.upscaling import load_picture_model, upscale
from scripts import train_upscaler

pytestmark = pytest.mark.skipif(find_spec("torchvision") is None, reason="spandrel needs torchvision")


def discs() -> torch.Tensor:
    """Coloured discs on plain backgrounds, [4, 3, 96, 96]."""
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(96.0), indexing="ij")
    inside = ((x - 48) ** 2 + (y - 48) ** 2).sqrt()[None] < torch.tensor([20.0, 28.0, 34.0, 40.0])[:, None, None]
    colours = torch.tensor([[0.9, 0.2, 0.1], [0.2, 0.6, 0.3], [0.9, 0.8, 0.2], [0.1, 0.1, 0.1]])[:, :, None, None]
    return torch.where(inside[:, None], colours, 1 - colours)


def test_the_upscaler_that_ships_comes_nearer_to_the_sharp_picture_than_bicubic_interpolation() -> None:
    torch.manual_seed(0)
    sharp = discs()
    small = train_upscaler.spoil(sharp)
    plain = F.interpolate(small, scale_factor=2, mode="bicubic").clamp(0, 1)
    made = upscale(load_picture_model(train_upscaler.TARGET), small.movedim(1, -1)).movedim(-1, 1)
    assert made.shape == sharp.shape
    assert F.l1_loss(made, sharp) < 0.9 * F.l1_loss(plain, sharp)


def test_a_trained_network_is_read_as_an_upscaler(tmp_path: Path) -> None:
    sprites = torch.zeros(1, 128, 128, 4, dtype=torch.uint8)
    sprites[:, 32:96, 32:96] = 255
    train_upscaler.write(train_upscaler.train(sprites, steps=2), tmp_path / "upscaler.safetensors")
    model = load_picture_model(tmp_path / "upscaler.safetensors")
    assert upscale(model, torch.rand(1, 16, 24, 3)).shape == (1, 32, 48, 3)
