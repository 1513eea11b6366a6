"""Stage two: many composed pictures as latents beside their captions' tokens, so that stage three needs no pictures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from comfy.models.autoencoder import Autoencoder
from comfy.text.tokenizer import END_TOKEN, START_TOKEN, tokenize
from scripts.train_demo.compose import draw_scene, paint_scenes, sprite_odds
from scripts.train_demo.emoji_set import Sprites
from scripts.train_demo.linear_start import colour_latents
from scripts.train_demo.recipe import Recipe

LENGTH = 77  # tokens of a text, as the encoder reads them


@dataclass(frozen=True)
class Pairs:
    """Pictures and words to learn from. Tokens are numbered by their place in `vocabulary`."""

    latents: torch.Tensor  # [N, 4, h, w] float16, a standard deviation of 1
    tokens: torch.Tensor  # [N, 77] int16
    empty: torch.Tensor  # [77] int16, the tokens of the empty caption
    vocabulary: torch.Tensor  # [U] int64, CLIP's numbers of the tokens in use
    deviation: float  # what the latents were divided by

    def save(self, path: Path) -> None:
        torch.save(vars(self), path)

    @classmethod
    def load(cls, path: Path) -> Pairs:
        return cls(**torch.load(path, weights_only=True))


def build(recipe: Recipe, vae: Autoencoder | None, sprites: Sprites, device: torch.device, captions: Path) -> Pairs:
    """Invent `recipe.pictures` pictures, encode them, and write the captions beside for people to read.

    Without an autoencoder the latents are the pictures' colours at an eighth.
    """
    rng = np.random.default_rng(recipe.seed)
    odds = sprite_odds(sprites, recipe.familiar_share)
    scenes = [draw_scene(rng, sprites, odds, recipe.backgrounds) for _ in range(recipe.pictures)]
    captions.write_text("\n".join(json.dumps(scene.caption) for scene in scenes) + "\n")
    pixels = torch.from_numpy(sprites.pixels).to(device)
    encoded = []
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=recipe.bf16):
        for start in range(0, len(scenes), 64):
            pictures = paint_scenes(pixels, scenes[start : start + 64], recipe.size)
            encoded.append((vae.encode(pictures) if vae else colour_latents(pictures)).float().cpu())
    latents = torch.cat(encoded)
    deviation = float(latents.std())
    numbers = torch.tensor([padded(""), *(padded(scene.caption) for scene in scenes)])
    vocabulary, tokens = numbers.unique(return_inverse=True)
    tokens = tokens.to(torch.int16)
    return Pairs((latents / deviation).half(), tokens[1:], tokens[0], vocabulary, deviation)


def padded(text: str) -> list[int]:
    """A caption's tokens between start and end, filled up with ends."""
    tokens = [START_TOKEN, *tokenize(text)[: LENGTH - 2]]
    return tokens + [END_TOKEN] * (LENGTH - len(tokens))
