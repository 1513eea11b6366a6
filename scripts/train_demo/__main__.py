"""Train the demo checkpoint: `python -m scripts.train_demo` and a stage's name."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from scripts.train_demo import diffusion, emoji_set, vae
from scripts.train_demo.export import export
from scripts.train_demo.latents import Pairs, build
from scripts.train_demo.recipe import RECIPES, Recipe
from scripts.train_demo.run import Run

CHECKPOINT = Path("models/checkpoints/skein-emoji.safetensors")
SHEET = Path("docs/images/contact-sheet.png")


def main() -> None:
    """Read the command line and run one stage."""
    options = parser().parse_args()
    options.state.mkdir(parents=True, exist_ok=True)
    STAGES[options.stage](options, RECIPES[options.recipe])


def parser() -> argparse.ArgumentParser:
    """The command line; every stage takes what it needs of it."""
    parser = argparse.ArgumentParser(prog="python -m scripts.train_demo", description=__doc__)
    parser.add_argument("stage", choices=list(STAGES))
    parser.add_argument("--state", type=Path, default=Path("build/train_demo"), help="where runs keep their state")
    parser.add_argument("--recipe", choices=list(RECIPES), default="cpu")
    parser.add_argument("--device", type=torch.device, default=torch.device("cpu"), help="cpu or cuda")
    parser.add_argument("--minutes", type=float, help="train for this long instead of the recipe's steps")
    parser.add_argument("--font", type=Path, default=emoji_set.FONT)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT, help="the file to write, or to paint with")
    parser.add_argument("--sheet", type=Path, default=SHEET)
    return parser


def make_sprites(options: argparse.Namespace, recipe: Recipe) -> None:
    """Cut the emoji out of the font. Only this stage needs the font and the package `emoji`."""
    sprites = emoji_set.build(options.state / "sprites.npz", options.font)
    print(f"{len(sprites.names)} emoji")


def train_vae(options: argparse.Namespace, recipe: Recipe) -> None:
    sprites = emoji_set.load(options.state / "sprites.npz")
    run = Run(options.state, "vae", recipe.vae_steps, options.minutes)
    vae.train(recipe, run, torch.from_numpy(sprites.pixels).to(options.device), options.device)


def make_latents(options: argparse.Namespace, recipe: Recipe) -> None:
    sprites = emoji_set.load(options.state / "sprites.npz")
    model = None if recipe.thumbnails else vae.load(options.state / "vae.pt", recipe, options.device)
    pairs = build(recipe, model, sprites, options.device, options.state / "captions.jsonl")
    pairs.save(options.state / "latents.pt")
    print(f"{len(pairs.latents)} pictures, {len(pairs.vocabulary)} tokens, deviation {pairs.deviation:.4f}")


def train_diffusion(options: argparse.Namespace, recipe: Recipe) -> None:
    run = Run(options.state, "diffusion", recipe.steps, options.minutes)
    diffusion.train(recipe, run, Pairs.load(options.state / "latents.pt"), options.device)


def write_checkpoint(options: argparse.Namespace, recipe: Recipe) -> None:
    pairs = Pairs.load(options.state / "latents.pt")
    painter = diffusion.load_average(options.state / "diffusion.pt", recipe, len(pairs.vocabulary))
    autoencoder = vae.load(options.state / "vae.pt", recipe, torch.device("cpu"))
    size = export(options.checkpoint, painter, autoencoder.state_dict(), pairs.deviation, pairs.vocabulary)
    print(f"{options.checkpoint}: {size / 1e6:.1f} MB")


def paint_sheet(options: argparse.Namespace, recipe: Recipe) -> None:
    from scripts.train_demo.sheet import make_sheet  # the only stage that needs the samplers' packages

    make_sheet(options.checkpoint, options.sheet, recipe.size)


STAGES = {
    "sprites": make_sprites,
    "vae": train_vae,
    "latents": make_latents,
    "diffusion": train_diffusion,
    "export": write_checkpoint,
    "sheet": paint_sheet,
}

if __name__ == "__main__":
    main()
