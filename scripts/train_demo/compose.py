"""Compose pictures: an emoji of some size at some place on a plain background, and the sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from scripts.train_demo.emoji_set import Sprites, familiar_names

PLACES = {  # name: (x, y) of the free room, 0 left or top, 1 right or bottom
    "at the top left": (0.0, 0.0),
    "at the top right": (1.0, 0.0),
    "at the bottom left": (0.0, 1.0),
    "at the bottom right": (1.0, 1.0),
    "at the top": (0.5, 0.0),
    "at the bottom": (0.5, 1.0),
    "on the left": (0.0, 0.5),
    "on the right": (1.0, 0.5),
    "in the middle": (0.5, 0.5),
}
SIZES = {"small": 0.5, "": 0.9, "large": 1.0}
PLACED = 0.6  # the size of an emoji that has a place but no size word
UNNAMED = "white"


@dataclass(frozen=True)
class Scene:
    """What is in one picture, and the words for it."""

    sprite: int
    scale: float  # the sprite frame's side as a part of the picture's
    centre: tuple[float, float]  # x, y, each 0 to 1
    background: tuple[int, int, int]
    caption: str


def draw_scene(rng: np.random.Generator, sprites: Sprites, odds: np.ndarray, backgrounds: dict) -> Scene:
    """Invent one picture; odds holds each sprite's share of the pictures."""
    sprite = int(rng.choice(len(odds), p=odds))
    names = sprites.names[sprite]
    name = names[0] if len(names) == 1 or rng.random() < 0.6 else names[int(rng.integers(1, len(names)))]
    size = str(rng.choice(["", "small", "large"], p=[0.86, 0.1, 0.04]))
    place = str(rng.choice(list(PLACES))) if rng.random() < (0.7 if size == "small" else 0.03) else ""
    colour = str(rng.choice(list(backgrounds)))
    wording = rng.random()
    if wording < 0.12:
        colour = UNNAMED
    caption = _words(rng, name, size, place, "" if wording < 0.12 else colour, shuffled=wording > 0.9)
    scale = PLACED if place and not size else SIZES[size]
    scale *= float(rng.uniform(0.98, 1.02))
    room = max(0.0, 1 - scale - 0.02)
    x, y = PLACES.get(place, (0.5, 0.5))
    centre = (0.5 + (x - 0.5) * room, 0.5 + (y - 0.5) * room)
    return Scene(sprite, scale, centre, backgrounds[colour], caption)


def _words(rng: np.random.Generator, name: str, size: str, place: str, colour: str, shuffled: bool) -> str:
    thing = f"{size} {name}".strip()
    if rng.random() < 0.5:
        thing = f"{'an' if thing[0].lower() in 'aeiou' else 'a'} {thing}"
    ground = f"{colour} background" if colour else ""
    if shuffled:
        parts = [part for part in (thing, place, ground) if part]
        rng.shuffle(parts)
        return ", ".join(parts)
    if ground:
        ground = f"on {'an' if colour[0] in 'aeiou' else 'a'} {ground}"
    return " ".join(part for part in (thing, place, ground) if part)


def sprite_odds(sprites: Sprites, familiar_share: float) -> np.ndarray:
    """How often each emoji is drawn: the familiar ones in that share of all pictures; of the rest, plain names more."""
    words = np.array([min(len(name.split()) for name in names) for names in sprites.names])
    weight = np.select([words == 1, words == 2, words == 3], [1.5, 1.0, 0.7], 0.5)
    known = set(familiar_names())
    familiar = np.array([names[0] in known for names in sprites.names])
    if familiar.all() or not familiar.any():
        return weight / weight.sum()
    return np.where(familiar, familiar_share / familiar.sum(), (1 - familiar_share) * weight / weight[~familiar].sum())


def paint(
    frames: torch.Tensor, scale: torch.Tensor, centre: torch.Tensor, background: torch.Tensor, size: int
) -> torch.Tensor:
    """Lay sprites on plain backgrounds.

    frames are premultiplied [B, 4, S, S] from 0 to 1, scale [B] (negative mirrors), centre [B, 2] and background
    [B, 3] from 0 to 1; gives [B, 3, size, size] from -1 to 1.
    """
    theta = torch.zeros(len(frames), 2, 3, device=frames.device)
    theta[:, 0, 0] = 1 / scale
    theta[:, 1, 1] = 1 / scale.abs()
    theta[:, :, 2] = (1 - 2 * centre) / torch.stack([scale, scale.abs()], 1)
    grid = F.affine_grid(theta, [len(frames), 4, size, size], align_corners=False)
    layer = F.grid_sample(frames, grid, align_corners=False)
    return (layer[:, :3] + background[:, :, None, None] * (1 - layer[:, 3:])) * 2 - 1


def paint_scenes(sprites: torch.Tensor, scenes: list[Scene], size: int) -> torch.Tensor:
    """The pictures of scenes; sprites are uint8 [N, S, S, 4] on the device to paint on."""
    device = sprites.device
    index = torch.tensor([scene.sprite for scene in scenes], device=device)
    return paint(
        sprites[index].permute(0, 3, 1, 2).float() / 255,
        torch.tensor([scene.scale for scene in scenes], device=device),
        torch.tensor([scene.centre for scene in scenes], device=device),
        torch.tensor([scene.background for scene in scenes], device=device).float() / 255,
        size,
    )


def paint_at_random(sprites: torch.Tensor, count: int, size: int, palette: torch.Tensor) -> torch.Tensor:
    """Pictures for the autoencoder: any emoji, scale and place, on a named background or on any other colour."""
    device = sprites.device
    index = torch.randint(len(sprites), (count,), device=device)
    usual = torch.rand(count, device=device) < 0.75
    scale = torch.where(usual, 0.84, 0.4 + 0.9 * torch.rand(count, device=device))
    centre = torch.where(usual[:, None], 0.5, 0.2 + 0.6 * torch.rand(count, 2, device=device))
    centre = centre + 0.03 * torch.randn(count, 2, device=device)
    named = palette[torch.randint(len(palette), (count,), device=device)]
    background = torch.where(torch.rand(count, 1, device=device) < 0.7, named, torch.rand(count, 3, device=device))
    return paint(sprites[index].permute(0, 3, 1, 2).float() / 255, scale, centre, background, size)
