"""Which emoji the checkpoint learns, what they are called, and their pictures out of Noto Color Emoji."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")  # Debian: fonts-noto-color-emoji
STRIKE = 109  # the one bitmap size in the font, in pixels per em
SPRITE = 128

# Lettering, clock faces, hair variants and near-identical people teach a small model nothing that can be named.
LEFT_OUT = re.compile(
    r"button|keycap|o.clock|-thirty|facing right|^family|couple with heart .|kiss (man|woman)|component"
    r"|^input |_?arrow$|^(up|down|left|right|up-left|up-right|down-left|down-right|left-right|up-down) arrow"
    r"|arrow curving|vertical arrows|Japanese .*button|^flag|\bflag: |ZZZ|trade mark|copyright|registered|circled M"
    r"|ATM|^(no|non)[ -]|speaker (low|medium)|medium|small (square|blue|orange)|with lowered flag|holding hands$"
    r"|(blond|red|white|curly) hair|bald$|beard$|gesturing|getting|mobile phone off|card index dividers"
    r"|(last|first) quarter moon$|wax|wan(e|ing)|hand(s)? sign|breast|headscarf|skin tone|white large|black large"
)
FAMILIAR = Path(__file__).parent / "familiar.txt"  # things that a person names at a glance
SKIN = re.compile("[\U0001f3fb-\U0001f3ff]")
FLAG = re.compile("[\U0001f1e6-\U0001f1ff\U000e0020-\U000e007f]")
GENDERED = re.compile("[♀♂]|^[\U0001f468\U0001f469]\u200d")


@dataclass(frozen=True)
class Sprites:
    """Pictures cut out of the font, and the names of each."""

    pixels: np.ndarray  # [N, SPRITE, SPRITE, 4] uint8, colour premultiplied by alpha, the longer side filling the frame
    names: tuple[tuple[str, ...], ...]  # the first is the official one


def build(path: Path, font: Path = FONT) -> Sprites:
    """Render every wanted emoji that the font has, and save the set as one file."""
    face = ImageFont.truetype(str(font), STRIKE)
    kept = [(picture, names) for symbol, names in wanted() if (picture := render(symbol, face)) is not None]
    sprites = Sprites(np.stack([picture for picture, _ in kept]), tuple(names for _, names in kept))
    np.savez_compressed(path, pixels=sprites.pixels, names=np.array(json.dumps(sprites.names)))
    return sprites


def load(path: Path) -> Sprites:
    """Read what `build` saved."""
    with np.load(path) as file:
        return Sprites(file["pixels"], tuple(tuple(names) for names in json.loads(str(file["names"]))))


def wanted() -> list[tuple[str, tuple[str, ...]]]:
    """The emoji to learn as (symbol, names), from the names that the package `emoji` carries."""
    import emoji  # only this step needs it, so that training runs without it

    familiar = familiar_names()
    chosen = []
    for symbol, facts in sorted(emoji.EMOJI_DATA.items()):
        if facts["status"] != emoji.STATUS["fully_qualified"]:
            continue
        if SKIN.search(symbol) or FLAG.search(symbol) or GENDERED.search(symbol):
            continue
        name = plain(facts["en"])
        if name in familiar or not LEFT_OUT.search(name):
            chosen.append((symbol, (name, *aliases(name, facts.get("alias", [])))))
    taken = {names[0] for _, names in chosen}
    return [(s, (names[0], *(n for n in names[1:] if n not in taken))) for s, names in chosen]


def familiar_names() -> list[str]:
    """The official names of the emoji that are drawn more often."""
    return FAMILIAR.read_text(encoding="utf-8").split("\n")[:-1]


def plain(name: str) -> str:
    """Turn `:red_apple:` into `red apple`."""
    return name.strip(":").replace("_", " ").replace("’", "'")


def aliases(name: str, raw: list[str]) -> list[str]:
    """The other names that are plain words."""
    return [other for other in map(plain, raw) if other != name and re.fullmatch(r"[a-z]{3,}( [a-z]+)*", other)]


def render(symbol: str, face: ImageFont.FreeTypeFont) -> np.ndarray | None:
    """Draw one emoji, trimmed and scaled to the sprite's frame; None where the font has no single picture for it."""
    canvas = Image.new("RGBA", (3 * STRIKE, 2 * STRIKE))
    ImageDraw.Draw(canvas).text((4, 4), symbol, font=face, embedded_color=True)
    box = canvas.getbbox()
    if box is None or box[2] - box[0] > 1.4 * STRIKE or box[2] - box[0] < 8:
        return None
    pixels = np.asarray(canvas.crop(box), np.float32)
    if pixels[..., :3].max() == 0 and pixels.shape[0] > STRIKE * 1.1:  # the font's box for a missing glyph
        return None
    pixels[..., :3] *= pixels[..., 3:] / 255
    return _fit(pixels.round().astype(np.uint8))


def _fit(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    scale = SPRITE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    frame = np.zeros((SPRITE, SPRITE, 4), np.uint8)
    top, left = (SPRITE - size[1]) // 2, (SPRITE - size[0]) // 2
    for channel in range(4):  # a plane at a time: the colours are premultiplied, and RGBA resizing would divide them
        plane = Image.fromarray(pixels[..., channel]).resize(size, Image.Resampling.LANCZOS)
        frame[top : top + size[1], left : left + size[0], channel] = np.asarray(plane)
    return np.minimum(frame, np.concatenate([frame[..., 3:]] * 3 + [np.full_like(frame[..., 3:], 255)], -1))
