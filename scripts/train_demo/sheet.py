"""The contact sheet: the fixed prompts, each with the picture that the exported checkpoint makes of it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from comfy.checkpoint import Checkpoint, load_checkpoint
from comfy.sampling import sample

PROMPTS = Path(__file__).parent / "prompts.txt"
COLUMNS = 8
CELL = 128
LABEL = 34
SEED = 42


def prompts() -> list[str]:
    """The prompts, chosen before any training."""
    return PROMPTS.read_text(encoding="utf-8").split("\n")[:-1]


def paint_prompt(checkpoint: Checkpoint, prompt: str, size: int, seed: int = SEED, steps: int = 20) -> np.ndarray:
    """The picture of a prompt with the default workflow's sampler and steps, uint8 [size, size, 3]."""
    assert checkpoint.clip is not None
    assert checkpoint.vae is not None
    latent = sample(
        checkpoint.model,
        seed=seed,
        steps=steps,
        cfg=3.0,
        sampler_name="dpmpp_2m",
        scheduler="karras",
        positive=checkpoint.clip.encode(prompt),
        negative=checkpoint.clip.encode(""),
        latent={"samples": torch.zeros(1, 4, size // 8, size // 8)},
    )
    image = checkpoint.vae.decode(latent["samples"])[0]
    return (image * 255).clamp(0, 255).to(torch.uint8).numpy()


def make_sheet(checkpoint_path: Path, sheet_path: Path, size: int) -> None:
    """Paint every prompt and lay the pictures out with their prompts below."""
    checkpoint = load_checkpoint(checkpoint_path)
    texts = prompts()
    rows = -(-len(texts) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * CELL, rows * (CELL + LABEL)), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(11)
    for index, text in enumerate(texts):
        row, column = divmod(index, COLUMNS)
        picture = Image.fromarray(paint_prompt(checkpoint, text, size))
        place = (column * CELL, row * (CELL + LABEL))
        sheet.paste(picture.resize((CELL - 4, CELL - 4), Image.Resampling.LANCZOS), place)
        draw.multiline_text(
            (place[0], place[1] + CELL - 3), "\n".join(textwrap.wrap(text, 23)), fill="black", font=font, spacing=1
        )
    sheet_path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(sheet_path)
