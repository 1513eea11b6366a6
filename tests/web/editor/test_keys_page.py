"""The page of the docs on the editor has every key that a command comes with, and every picture that it shows."""

import json
import re

from scripts.screenshots.scenes import SCENES
from tests.web.editor.conftest import ROOT

PAGE = (ROOT / "docs" / "editor.md").read_text(encoding="utf-8")
ARROWS = {"ArrowUp": "↑", "ArrowDown": "↓", "ArrowLeft": "←", "ArrowRight": "→"}


def test_the_page_lists_every_key_of_a_command() -> None:
    sources = [*(ROOT / "web" / "editor" / "commands").glob("*.js"), ROOT / "web" / "editor" / "main.js"]
    lists = [found for file in sources for found in re.findall(r"keys: (\[\"[^\]]*\])", file.read_text("utf-8"))]
    keys = {key for found in lists for key in json.loads(found)}
    assert len(keys) > 40
    told = {word for row in re.findall(r"^\| (.*?) \| ", PAGE, re.MULTILINE) for word in re.split(r"[,; ]+", row)}
    wanted = {re.sub(r"Arrow\w+", lambda arrow: ARROWS[arrow[0]], key) for key in keys}
    assert {key.rstrip(",") for key in wanted} <= told | {"Ctrl+"}


def test_every_picture_is_there_in_light_and_dark_and_small() -> None:
    folder = ROOT / "docs" / "images" / "editor"
    shown = set(re.findall(r"images/editor/([\w-]+)\.webp", PAGE))
    assert shown <= {f"{name}-{scheme}" for name in SCENES for scheme in ("light", "dark")}
    assert {file.stem for file in folder.glob("*.webp")} >= shown
    assert sum(file.stat().st_size for file in folder.iterdir()) < 4_000_000
