"""Names of files to save tell the settings of their picture: %seed%, %steps% and their like."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from execution import paths
from execution.paths import BATCH_NUMBER, NewFiles
from nodes.generation import Generation
from nodes.running_graph import generation_here
from nodes.types import PromptGraph

WORDS = {"seed": "seed", "steps": "steps", "cfg": "cfg", "sampler": "sampler_name", "scheduler": "scheduler"}

_WORD = re.compile(r"%(\w+)%")


def claim_files(
    prefix: str,
    prompt: PromptGraph,
    save_node: str | None,
    directory: str | Path,
    size: tuple[int, int],
    count: int,
    ending: str = "_.png",
) -> list[NewFiles]:
    """A new file for each picture of a batch of `size` (width, height), all claimed; see `Paths.new_files`.

    The words of the prefix are filled in as by `filled_prefix`, for each picture with what made that one.
    """
    generation = generation_here(prompt, save_node) if _asks(prefix) else None
    named = [filled(prefix, generation.of(place)) if generation else prefix for place in range(count)]
    claim = partial(paths.current().new_files, directory=directory, width=size[0], height=size[1], ending=ending)
    if len(set(named)) == 1:
        together = claim(named[0], count=count)
        return [replace(together, filenames=(name,)) for name in together.filenames]
    return [claim(name.replace(BATCH_NUMBER, str(place))) for place, name in enumerate(named)]


def filled_prefix(prefix: str, prompt: PromptGraph, save_node: str | None) -> str:
    """The prefix with the words filled in that the sampler nearest upstream of a node answers; others stay."""
    if not _asks(prefix):
        return prefix
    generation = generation_here(prompt, save_node)
    return prefix if generation is None else filled(prefix, generation)


def _asks(prefix: str) -> bool:
    return any(f"%{word}%" in prefix for word in (*WORDS, "model"))


def filled(prefix: str, generation: Generation) -> str:
    """The prefix with %seed%, %steps%, %cfg%, %sampler%, %scheduler% and %model% filled in; what is not known stays."""

    def value(match: re.Match[str]) -> str:
        found = _known(match.group(1), generation)
        return match.group(0) if found is None else str(found)

    return _WORD.sub(value, prefix)


def _known(word: str, generation: Generation) -> Any:
    if word == "model" and generation.model:
        return PurePosixPath(generation.model.replace("\\", "/")).stem
    return getattr(generation, WORDS[word]) if word in WORDS else None
