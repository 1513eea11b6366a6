"""`python -m scripts.template_pictures [NAME …]`: run the editor's templates and keep a picture of each beside it.

Those that need a download are shown by their wiring.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from execution import paths
from execution.cache import Cache
from execution.describe import Descriptions
from execution.executor import Executor, Run
from execution.progress import CancelToken
from execution.prompt import Prompt
from execution.validate import validate
from execution.workflow import convert
from nodes.registry import built_in_nodes
from scripts.wiring_picture import SIZE, wiring_picture

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "web" / "editor" / "templates"
QUALITY = 82
STEPS = ("steps", "hires_steps")


def template_names(is_download: bool) -> list[str]:
    """The templates that need a download, or those that run with what ships, in the gallery's order."""
    told = json.loads((TEMPLATES / "index.json").read_text(encoding="utf-8"))
    return [template["name"] for template in told if template.get("download", False) == is_download]


class Gallery:
    """Runs templates in this process, one after the other; what they share is computed once."""

    def __init__(self) -> None:
        self._nodes = built_in_nodes()
        self.descriptions = Descriptions(self._nodes)
        self._executor = Executor(self._nodes, Cache(2 * 10**9), torch.inference_mode)

    def pictures(self, name: str, steps: int | None = None) -> list[Image.Image]:
        """The pictures that a template saves."""
        return self.pictures_of(self.workflow(name), steps)

    def pictures_of(self, workflow: Any, steps: int | None = None) -> list[Image.Image]:
        """The pictures that a workflow saves, every sampler of it with so many steps where told."""
        prompt = convert(workflow, self.descriptions)
        for node in prompt.values():
            node["inputs"] |= {key: steps for key in STEPS if steps and key in node["inputs"]}
        return self.run_prompt(prompt)

    def run_prompt(self, prompt: dict[str, Any]) -> list[Image.Image]:
        """The pictures that a prompt saves; raises ValueError where it cannot run."""
        found = validate(Prompt.parse(prompt), self._nodes)
        if found.error or found.node_errors:
            raise ValueError(f"The prompt cannot run: {found.error} {found.node_errors}")
        run = Run("pictures", found.prompt, tuple(found.outputs))
        outcome = self._executor.run(run, lambda event: None, CancelToken())
        if outcome.error is not None:
            raise ValueError(f"The prompt failed: {outcome.error.exception_message}")
        shown = [entry for ui in outcome.outputs.values() for entry in ui.get("images", ())]
        folder = paths.current().output
        files = [folder / entry["subfolder"] / entry["filename"] for entry in shown if entry["type"] == "output"]
        return [Image.open(file).convert("RGB") for file in files]

    def inputs_of(self, name: str) -> dict[str, Any]:
        """A node class's inputs by name, with their types."""
        groups = self._nodes[name].INPUT_TYPES()  # type: ignore[attr-defined]
        return {key: told[0] for group in ("required", "optional") for key, told in groups.get(group, {}).items()}

    def output_of(self, name: str) -> str:
        """The type of a node class's first output."""
        return str(self._nodes[name].RETURN_TYPES[0])  # type: ignore[attr-defined]

    @staticmethod
    def workflow(name: str) -> Any:
        """A template's workflow."""
        return json.loads((TEMPLATES / f"{name}.json").read_text(encoding="utf-8"))


@contextmanager
def open_gallery() -> Iterator[Gallery]:
    """A gallery that writes into a folder of its own, with the models and inputs of the installation."""
    before = paths._installed
    with tempfile.TemporaryDirectory() as folder:
        paths.configure(paths.PathOptions(output_directory=Path(folder), temp_directory=Path(folder)))
        yield Gallery()
    paths._installed = before


def main(names: list[str]) -> None:
    """Make the pictures of the named templates, of all where none is named."""
    to_draw = set(template_names(is_download=True))
    with open_gallery() as gallery:
        for name in names or [*template_names(is_download=False), *to_draw]:
            if name in to_draw:
                picture = wiring_picture(gallery.workflow(name))
            else:
                picture = fitted(tile(gallery.pictures(name)))
            picture.save(TEMPLATES / f"{name}.webp", quality=QUALITY, method=6)
            print(f"{name}: {picture.width}×{picture.height}", flush=True)


def fitted(picture: Image.Image) -> Image.Image:
    """A picture made as wide or as high as those of the gallery are."""
    width = min(SIZE, picture.width * SIZE // picture.height)
    return picture.resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)


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
