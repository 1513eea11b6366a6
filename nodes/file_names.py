"""Names of files to save tell the settings of their picture: %seed%, %steps% and their like."""

import re
from pathlib import PurePosixPath
from typing import Any

from nodes.generation import Generation, find_generation
from nodes.types import PromptGraph

WORDS = {"seed": "seed", "steps": "steps", "cfg": "cfg", "sampler": "sampler_name", "scheduler": "scheduler"}

_WORD = re.compile(r"%(\w+)%")


def filled_prefix(prefix: str, prompt: PromptGraph, save_node: str | None) -> str:
    """The prefix with the words filled in that the sampler nearest upstream of a node answers; others stay."""
    if not any(f"%{word}%" in prefix for word in (*WORDS, "model")):
        return prefix
    generation = find_generation(prompt or {}, save_node)
    return prefix if generation is None else filled(prefix, generation)


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
