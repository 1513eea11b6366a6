"""Prompt texts that are drawn from choices and lists, and the words that a LoRA was trained to answer to."""

import json
import random
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from comfy.state_dict import metadata_of, read_state_dict
from execution import paths
from nodes.declare import node
from nodes.dynamic_text import draw_text
from nodes.loaders import LoraName, stamp_of
from nodes.types import TextValue
from nodes.variations import AnySeed
from nodes.widgets import OPTIONAL, Choice, Name, Number, Text, Tip

WORD_KEYS = ("trainedWords", "activation text", "trigger_words")


@node("utils/string", display_name="Dynamic Prompt")
class DynamicPrompt:
    """Draw a prompt from choices and wildcards by a seed; the text that is drawn is handed on.

    {a|b} is one of both, {2::a|b} prefers a, {2$$ and $$a|b|c} is two of them joined; __animal__ is a line of
    wildcards/animal.txt in the input folder, __pets/*__ one of any list in its folder pets. ${c=red} sets what ${c}
    stands for. The same seed draws the same text.
    """

    def draw(
        self, text: Annotated[str, Text("", multiline=True)], seed: AnySeed
    ) -> Annotated[TextValue, Tip("What was drawn; Preview Any shows it.")]:
        return draw_text(text, random.Random(seed))  # noqa: S311 - words of prompts


@node("utils/string", display_name="Trigger Words", fingerprint=stamp_of("loras", "lora_name"))
class TriggerWords:
    """The words that a LoRA was trained to answer to, put before or behind a prompt.

    They come from a text of the same name beside it (.txt, .json, .civitai.info), or from what training has noted
    in the file.
    """

    def insert(
        self,
        lora_name: LoraName,
        text: Annotated[str, Text("", multiline=True)],
        where: Annotated[str, Choice(("before", "behind")), OPTIONAL] = "before",
        most: Annotated[int, Number(5, 1, 100), Tip("How many of the words that training noted."), OPTIONAL] = 5,
    ) -> tuple[Annotated[TextValue, Name("text")], Annotated[TextValue, Name("words")]]:
        found = ", ".join(trigger_words(paths.current().full_path("loras", lora_name), most))
        parts = [found, text] if where == "before" else [text, found]
        return ", ".join(part for part in parts if part.strip()), found


def trigger_words(path: Path, most: int) -> list[str]:
    """The words of a model file, from beside it or from its metadata, the most frequent first."""
    for ending in (".txt", ".json", ".civitai.info"):
        beside = path.with_suffix(ending)
        if beside.is_file():
            return _words_beside(beside)
    return _words_of_metadata(metadata_of(read_state_dict(path)), most)


def _words_beside(file: Path) -> list[str]:
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix == ".txt":
        return _words_of_text(text)
    try:
        told: Any = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{file.name} beside the LoRA is no JSON ({error}). Mend it, or remove it.") from error
    words = next((told[key] for key in WORD_KEYS if told.get(key)), []) if isinstance(told, dict) else told
    if isinstance(words, str):
        return _words_of_text(words)
    return [word for each in words for word in _words_of_text(str(each))] if isinstance(words, list) else []


def _words_of_text(text: str) -> list[str]:
    return [word.strip() for word in re.split(r"[,\n]", text) if word.strip()]


def _words_of_metadata(metadata: dict[str, str], most: int) -> list[str]:
    for key in ("modelspec.trigger_phrase", "trigger_words"):
        if metadata.get(key):
            return _words_of_text(metadata[key])
    counts: Counter[str] = Counter()
    with suppress(ValueError, AttributeError, TypeError):
        for words in json.loads(metadata.get("ss_tag_frequency", "{}")).values():
            counts.update({word.strip(): int(times) for word, times in words.items()})
    return [word for word, _ in counts.most_common(most)]
