"""`python -m scripts.train_control`: train the demo ControlNet, which paints things into a shape that it is shown.

The demo checkpoint paints things on plain backgrounds itself; each picture is turned, mirrored, moved and made smaller,
and the ControlNet learns to find the noise in it from where it differs from its background, and from the caption, which
says nothing of the place. It is a change of small rank of the checkpoint's own way down, with layers of its own that
look at the shape: a control-LoRA. Some minutes on two CPU cores.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import parametrize

from comfy.checkpoint import Checkpoint, load_checkpoint
from comfy.control import Correcting
from comfy.control_files import LORA_MARK
from comfy.models.changed_unet import run_changed
from comfy.models.control_net import ControlNet, ControlNetConfig
from comfy.models.unet import UNet
from scripts.descent import descend
from scripts.train_demo.diffusion import alphas, noise_loss
from scripts.train_demo.emoji_set import familiar_names
from scripts.train_demo.recipe import BACKGROUNDS
from scripts.train_demo.sheet import paint_prompt

MODELS = Path(__file__).resolve().parents[1] / "models"
CHECKPOINT = MODELS / "checkpoints" / "skein-emoji.safetensors"
TARGET = MODELS / "controlnet" / "skein-shapes.safetensors"
SIZE = 128
PAINTING_STEPS = 8
HINT_CHANNELS = (3, 8, 8, 16, 16, 32, 32, 64)
OWN_LAYERS = ("input_hint_block.", "zero_convs.", "middle_block_out.")
RANK = 16
VARIANTS = 16
BATCH = 8
RATE = 2e-3
EMPTY_CAPTIONS = 0.1
SMALLEST, LARGEST = 0.5, 1.05
MOST_TURNED = math.pi / 4
FROM_BACKGROUND = 0.16
METADATA = {"modelspec.title": "Skein shapes", "modelspec.license": "Apache-2.0"}


@dataclass(frozen=True)
class Lesson:
    """Pictures to learn from: latents as the model sees them [N, 4, h, w], shapes [N, 3, 8h, 8w], texts [N, 77, C]."""

    latents: torch.Tensor
    shapes: torch.Tensor
    contexts: torch.Tensor
    empty: torch.Tensor  # [77, C]


class LowRank(nn.Module):
    """A weight that stays, and a trained difference of low rank."""

    def __init__(self, weight: torch.Tensor, rank: int) -> None:
        super().__init__()
        rows, columns = weight.flatten(1).shape
        self.down = nn.Parameter(torch.randn(rank, columns) / math.sqrt(columns))
        self.up = nn.Parameter(torch.zeros(rows, rank))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return weight + (self.up @ self.down).reshape(weight.shape)


def main() -> None:
    """Paint, train, write the file."""
    parser = argparse.ArgumentParser(prog="python -m scripts.train_control", description=__doc__)
    parser.add_argument("--steps", type=int, default=500, help="500 unless told")
    parser.add_argument("--things", type=int, default=60, help="how many of the familiar things to learn from; 60")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT, help="the model to steer")
    parser.add_argument("--target", type=Path, default=TARGET, help="the file to write")
    options = parser.parse_args()
    checkpoint = load_checkpoint(options.checkpoint)
    lesson = paint(checkpoint, familiar_names()[: options.things])
    write(train(checkpoint, lesson, options.steps), options.target)
    print(f"{options.target}: {options.target.stat().st_size:,} bytes")


@torch.no_grad()
def paint(checkpoint: Checkpoint, things: Sequence[str]) -> Lesson:
    """What the checkpoint paints of the things on all its colours in turn, in variants of size, place and turn."""
    assert checkpoint.clip is not None
    assert checkpoint.vae is not None
    torch.manual_seed(0)
    latents, shapes, contexts = [], [], []
    for thing, background in zip(things, cycle(BACKGROUNDS), strict=False):
        caption = f"{thing} on a {background} background"
        pixels = torch.from_numpy(paint_prompt(checkpoint, caption, SIZE, steps=PAINTING_STEPS)).float() / 255
        moved = move_about(pixels.movedim(-1, 0).expand(VARIANTS, -1, -1, -1)).movedim(1, -1)
        latents.append(checkpoint.model.latent_format.into_model(checkpoint.vae.encode(moved)))
        shapes.append(shape_of(moved).movedim(-1, 1).to(torch.uint8))
        contexts.append(checkpoint.clip.encode(caption)[0][0].expand(VARIANTS, -1, -1).half())
    empty = checkpoint.clip.encode("")[0][0][0].float()
    return Lesson(torch.cat(latents).float(), torch.cat(shapes), torch.cat(contexts), empty)


def move_about(pictures: torch.Tensor) -> torch.Tensor:
    """Pictures [B, 3, H, W] mirrored, turned, made smaller and moved at random; their borders go on outwards."""
    count = len(pictures)
    scale = SMALLEST + (LARGEST - SMALLEST) * torch.rand(count)
    angle = MOST_TURNED * (2 * torch.rand(count) - 1)
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    shift = (1 - scale).clamp(min=0)[:, None] * (2 * torch.rand(count, 2) - 1)
    turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], dim=1).reshape(-1, 2, 2)
    matrix = turn / scale[:, None, None]
    matrix = torch.cat(
        [matrix * torch.stack([mirror, torch.ones(count)], dim=1)[:, :, None], torch.zeros(count, 2, 1)], 2
    )
    matrix[:, :, 2:] = -matrix[:, :, :2] @ shift[:, :, None]
    grid = F.affine_grid(matrix, list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def shape_of(pictures: torch.Tensor) -> torch.Tensor:
    """White where pictures [B, H, W, 3] from 0 to 1 are not of their border's colour, black elsewhere."""
    border = torch.cat([pictures[:, 0], pictures[:, -1], pictures[:, :, 0], pictures[:, :, -1]], dim=1)
    background = border.median(dim=1).values[:, None, None]
    differs = (pictures - background).abs().amax(dim=-1, keepdim=True) > FROM_BACKGROUND
    return differs.float().expand(-1, -1, -1, 3)


def train(checkpoint: Checkpoint, lesson: Lesson, steps: int) -> ControlNet:
    """Learn to find the noise in the latents, told what the things are and shown their shapes."""
    torch.manual_seed(0)
    unet = UNet(checkpoint.model.config)
    unet.load_state_dict({name: weight.float() for name, weight in checkpoint.model.unet.state_dict().items()})
    unet.requires_grad_(False)
    net = start_from(unet)
    weights = [weight for weight in net.parameters() if weight.requires_grad]
    cumulative = alphas()

    def loss_of_batch() -> torch.Tensor:
        chosen = torch.randint(len(lesson.latents), (BATCH,))
        contexts = lesson.contexts[chosen].float()
        contexts[torch.rand(BATCH) < EMPTY_CAPTIONS] = lesson.empty
        shapes = lesson.shapes[chosen].float()

        def painter(x: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
            return run_changed(unet, Correcting([net(x, timestep, context, shapes)]), x, timestep, context)

        return noise_loss(painter, lesson.latents[chosen], contexts, cumulative)

    descend(weights, loss_of_batch, steps, RATE, weight_decay=1e-3, longest_gradient=1.0)
    return net


def start_from(unet: UNet) -> ControlNet:
    """A ControlNet that corrects nothing yet: the U-Net's way down with trainable differences, and its own layers."""
    net = ControlNet(ControlNetConfig(unet.config, HINT_CHANNELS))
    for layer in net.input_hint_block:
        if isinstance(layer, nn.Conv2d):  # the usual start would let nearly nothing of thin lines through
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    own = {name: weight for name, weight in net.state_dict().items() if name.startswith(OWN_LAYERS)}
    for name in own:
        if not name.startswith("input_hint_block."):
            own[name] = torch.zeros_like(own[name])
    base = unet.state_dict()
    net.load_state_dict({name: own[name] if name in own else base[name] for name in net.state_dict()})
    for name, weight in net.named_parameters():
        weight.requires_grad_(name in own)
    for _, layer in _changed_layers(net):
        parametrize.register_parametrization(layer, "weight", LowRank(layer.weight, RANK))  # type: ignore[arg-type]
    return net


def _changed_layers(net: ControlNet) -> Iterator[tuple[str, nn.Module]]:
    for name, layer in list(net.named_modules()):
        if isinstance(layer, nn.Linear | nn.Conv2d) and not name.startswith(OWN_LAYERS):
            yield name, layer


def write(net: ControlNet, path: Path) -> None:
    """Write the differences and the layers of its own in float16, in the layout of control-LoRAs."""
    tensors = {name: tensor for name, tensor in net.state_dict().items() if name.startswith(OWN_LAYERS)}
    for name, layer in _changed_layers(net):
        change = layer.parametrizations.weight[0]  # type: ignore[union-attr,index]
        tensors |= {f"{name}.up": change.up, f"{name}.down": change.down}  # type: ignore[union-attr]
    halves = {name: tensor.detach().half().contiguous() for name, tensor in tensors.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(halves | {LORA_MARK: torch.zeros(0)}, path, METADATA)


if __name__ == "__main__":
    main()
