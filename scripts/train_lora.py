"""`python -m scripts.train_lora`: train the demo LoRA, from pictures that the demo checkpoint paints itself.

The pictures show things on a black background, their captions name the things alone; so the LoRA learns to paint on
black what would be painted on white. It is a low-rank difference of the attention layers of the U-Net (Hu et al.
2021), written in kohya's layout. Some minutes on two CPU cores.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from comfy.checkpoint import Checkpoint, load_checkpoint
from comfy.lora_names import unet_modules
from comfy.models.unet import UNet, UNetConfig
from comfy.sampling import sample
from scripts.train_demo.diffusion import alphas
from scripts.train_demo.emoji_set import familiar_names

MODELS = Path(__file__).resolve().parents[1] / "models"
CHECKPOINT = MODELS / "checkpoints" / "skein-emoji.safetensors"
TARGET = MODELS / "loras" / "skein-night.safetensors"
BACKGROUND = "black"
SIZE = 16
RANK = 4
PICTURES_EACH = 3
BATCH = 16
RATE = 2e-3
METADATA = {"modelspec.title": "Skein night", "modelspec.license": "Apache-2.0"}


class LowRankLinear(nn.Module):
    """A linear layer that stays, and a trained difference of low rank beside it."""

    def __init__(self, layer: nn.Linear, rank: int) -> None:
        super().__init__()
        self.layer = layer
        self.down = nn.Linear(layer.in_features, rank, bias=False)
        self.up = nn.Linear(rank, layer.out_features, bias=False)
        nn.init.normal_(self.down.weight, std=1 / rank)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x) + self.up(self.down(x))


def main() -> None:
    """Paint, train, write the file."""
    parser = argparse.ArgumentParser(prog="python -m scripts.train_lora", description=__doc__)
    parser.add_argument("--steps", type=int, default=500, help="500 unless told")
    parser.add_argument("--things", type=int, default=60, help="how many of the familiar things to learn from; 60")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT, help="the model to change")
    parser.add_argument("--target", type=Path, default=TARGET, help="the file to write")
    options = parser.parse_args()
    checkpoint = load_checkpoint(options.checkpoint)
    layers = train_lora(checkpoint, familiar_names()[: options.things], options.steps)
    write(layers, checkpoint.model.config, options.target)
    print(f"{options.target}: {options.target.stat().st_size:,} bytes")


def train_lora(checkpoint: Checkpoint, things: Sequence[str], steps: int) -> dict[str, LowRankLinear]:
    """The trained differences by their layers' names; the checkpoint's own model stays as it is."""
    torch.manual_seed(0)
    latents, contexts = paint(checkpoint, things)
    unet = UNet(checkpoint.model.config)
    unet.load_state_dict({name: weight.float() for name, weight in checkpoint.model.unet.state_dict().items()})
    layers = add_low_rank(unet)
    train(unet, layers, latents, contexts, steps)
    return layers


@torch.no_grad()
def paint(checkpoint: Checkpoint, things: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Latents [N, 4, SIZE, SIZE] of the things on the background, and what their bare names say [N, 77, C]."""
    assert checkpoint.clip is not None
    latents, contexts = [], []
    for index, thing in enumerate(things):
        painted = sample(
            checkpoint.model,
            seed=index,
            steps=12,
            cfg=3.0,
            sampler_name="dpmpp_2m",
            scheduler="karras",
            positive=checkpoint.clip.encode(f"{thing} on a {BACKGROUND} background"),
            negative=checkpoint.clip.encode(""),
            latent={"samples": torch.zeros(PICTURES_EACH, 4, SIZE, SIZE)},
        )["samples"]
        latents.append(painted * checkpoint.model.latent_format.scale)
        contexts.append(checkpoint.clip.encode(thing)[0][0].expand(PICTURES_EACH, -1, -1))
    return torch.cat(latents).float(), torch.cat(contexts).float()


def add_low_rank(unet: UNet) -> dict[str, LowRankLinear]:
    """Put a trained difference beside every attention layer; by the layer's name."""
    unet.requires_grad_(False)
    names = [name for name, layer in unet.named_modules() if isinstance(layer, nn.Linear) and ".attn" in name]
    layers = {}
    for name in names:
        parent, _, last = name.rpartition(".")
        layers[name] = LowRankLinear(unet.get_submodule(name), RANK)  # type: ignore[arg-type]
        setattr(unet.get_submodule(parent), last, layers[name])
    return layers


def train(
    unet: UNet, layers: Mapping[str, LowRankLinear], latents: torch.Tensor, contexts: torch.Tensor, steps: int
) -> None:
    """Learn to find the noise in the latents, told only what the things are."""
    weights = [weight for layer in layers.values() for weight in (layer.down.weight, layer.up.weight)]
    optimizer = torch.optim.AdamW(weights, lr=RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    cumulative = alphas()
    for step in range(steps):
        chosen = torch.randint(len(latents), (BATCH,))
        timestep = torch.randint(0, 1000, (BATCH,))
        alpha = cumulative[timestep][:, None, None, None]
        noise = torch.randn_like(latents[chosen])
        found = unet(alpha.sqrt() * latents[chosen] + (1 - alpha).sqrt() * noise, timestep, contexts[chosen])
        loss = functional.mse_loss(found.float(), noise)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            print(f"step {step}: loss {float(loss.detach()):.4f}", flush=True)


def write(layers: Mapping[str, LowRankLinear], config: UNetConfig, path: Path) -> None:
    """Write the differences in float16 by kohya's names; alpha equals the rank, so that they count once."""
    names = {ours: "lora_unet_" + theirs.replace(".", "_") for theirs, ours in unet_modules(config).items()}
    tensors = {}
    for name, layer in layers.items():
        tensors[f"{names[name]}.lora_down.weight"] = layer.down.weight.detach().half().contiguous()
        tensors[f"{names[name]}.lora_up.weight"] = layer.up.weight.detach().half().contiguous()
        tensors[f"{names[name]}.alpha"] = torch.tensor(float(RANK)).half()
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, METADATA)


if __name__ == "__main__":
    main()
