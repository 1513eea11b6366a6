"""`python -m scripts.train_upscaler`: train the demo upscaler, which doubles pictures of emoji and sharpens outlines.

It is shown emoji of Noto Color Emoji on plain backgrounds, blurred and halved, and learns to give them back. The
network is Real-ESRGAN's compact one (Wang et al. 2021) with few channels. Some minutes on two CPU cores.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import ImageFont
from safetensors.torch import save_file
from torch import nn

from scripts.descent import descend
from scripts.train_demo.compose import paint_at_random
from scripts.train_demo.emoji_set import FONT, STRIKE, familiar_names, render, wanted
from scripts.train_demo.recipe import BACKGROUNDS

TARGET = Path(__file__).resolve().parents[1] / "models" / "upscale_models" / "skein-outlines-2x.safetensors"
SIZE = 64
SCALE = 2
CHANNELS, LAYERS = 24, 4
BATCH = 8
RATE = 2e-3
LEAST_BLUR, MOST_BLUR = 0.8, 4.0  # of the large picture, standard deviations in pixels
METADATA = {"modelspec.title": "Skein outlines 2x", "modelspec.license": "Apache-2.0"}


class Compact(nn.Module):
    """Convolutions at the small size, then pixels out of channels, added to the picture simply enlarged."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, CHANNELS, 3, padding=1), nn.PReLU(CHANNELS)]
        for _ in range(LAYERS):
            layers += [nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1), nn.PReLU(CHANNELS)]
        self.body = nn.Sequential(*layers, nn.Conv2d(CHANNELS, 3 * SCALE**2, 3, padding=1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.pixel_shuffle(self.body(x), SCALE) + F.interpolate(x, scale_factor=SCALE, mode="nearest")


def main() -> None:
    """Draw, train, write the file."""
    parser = argparse.ArgumentParser(prog="python -m scripts.train_upscaler", description=__doc__)
    parser.add_argument("--steps", type=int, default=700, help="700 unless told")
    parser.add_argument("--target", type=Path, default=TARGET, help="the file to write")
    options = parser.parse_args()
    torch.manual_seed(0)
    net = train(familiar_sprites(), options.steps)
    write(net, options.target)
    print(f"{options.target}: {options.target.stat().st_size:,} bytes")


def familiar_sprites() -> torch.Tensor:
    """The familiar emoji, uint8 [N, S, S, 4], colours premultiplied by opacity."""
    face = ImageFont.truetype(str(FONT), STRIKE)
    known = set(familiar_names())
    pictures = [render(symbol, face) for symbol, names in wanted() if names[0] in known]
    return torch.from_numpy(np.stack([picture for picture in pictures if picture is not None]))


def train(sprites: torch.Tensor, steps: int) -> nn.Module:
    """Learn to give back what was blurred and halved."""
    net = Compact()
    palette = torch.tensor(list(BACKGROUNDS.values())) / 255

    def loss_of_batch() -> torch.Tensor:
        large = (paint_at_random(sprites, BATCH, SIZE, palette) + 1) / 2
        return F.l1_loss(net(spoil(large)), large)

    descend(list(net.parameters()), loss_of_batch, steps, RATE)
    return net.eval()


def write(net: nn.Module, path: Path) -> None:
    """Write the weights by the names that Real-ESRGAN gives them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: weight.contiguous() for name, weight in net.state_dict().items()}, path, METADATA)


def spoil(large: torch.Tensor) -> torch.Tensor:
    """Pictures [B, 3, H, W] blurred, the whole batch alike, and halved."""
    deviation = LEAST_BLUR * math.exp(float(torch.rand(())) * math.log(MOST_BLUR / LEAST_BLUR))
    place = torch.arange(-12.0, 13.0)
    bell = torch.exp(-(place**2) / (2 * deviation**2))
    bell = (bell / bell.sum()).repeat(3, 1)
    padded = F.pad(large, (12, 12, 12, 12), mode="replicate")
    blurred = F.conv2d(F.conv2d(padded, bell[:, None, None, :], groups=3), bell[:, None, :, None], groups=3)
    return F.interpolate(blurred, scale_factor=1 / SCALE, mode="area")


if __name__ == "__main__":
    main()
