"""`python -m scripts.template_pictures [NAME …]`: run the editor's templates and keep a picture of each beside it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "web" / "editor" / "templates"
SIZE = 256
QUALITY = 82


def main(names: list[str]) -> None:
    """Make the pictures of the named templates, of all where none is named."""
    listed = [template["name"] for template in json.loads((TEMPLATES / "index.json").read_text(encoding="utf-8"))]
    for name in names or listed:
        picture = tile(run(name))
        picture.thumbnail((SIZE, SIZE), Image.Resampling.LANCZOS)
        if picture.width < SIZE:
            picture = picture.resize((SIZE, picture.height * SIZE // picture.width), Image.Resampling.LANCZOS)
        picture.save(TEMPLATES / f"{name}.webp", quality=QUALITY, method=6)
        print(f"{name}: {picture.width}×{picture.height}")


def run(name: str) -> list[Image.Image]:
    """The pictures that a template saves."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "main.py",
            "run",
            str(TEMPLATES / f"{name}.json"),
            "--output-directory",
            folder,
            "--cpu",
        ]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        return [Image.open(path).convert("RGB") for path in sorted(Path(folder).rglob("*.png"))]


def tile(pictures: list[Image.Image]) -> Image.Image:
    """One picture of all, two in a row."""
    if len(pictures) == 1:
        return pictures[0]
    width, height = pictures[0].size
    sheet = Image.new("RGB", (2 * width, -(-len(pictures) // 2) * height), "white")
    for index, picture in enumerate(pictures):
        sheet.paste(picture, (index % 2 * width, index // 2 * height))
    return sheet


if __name__ == "__main__":
    main(sys.argv[1:])
