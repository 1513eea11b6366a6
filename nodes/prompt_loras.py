"""LoRAs that a prompt names as AUTOMATIC1111's web UI has it: `<lora:name:weight>`."""

import difflib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any

from comfy.state_dict import read_state_dict
from execution import paths
from nodes.declare import node
from nodes.loaders import stamp_of
from nodes.needs import need
from nodes.types import Clip, Model, TextValue
from nodes.widgets import Name, Text, Tip

_TAG = re.compile(r"<(?:lora|lyco):([^:<>]+)((?::[^:<>]*)*)>", re.IGNORECASE)
MOST_NAMES = 3


class PromptLoraError(ValueError):
    """A tag of a prompt cannot be followed; the message says which, why, and what would be right."""


@dataclass(frozen=True)
class LoraTag:
    """A LoRA that a prompt asks for, by its file's name in the folder of LoRAs."""

    file: str
    strength_model: float
    strength_clip: float


def told_tags(text: str | None = None) -> bool | str:
    """True, or what is wrong with the tags of a text; one that comes from a node is not known yet."""
    try:
        list(tags_of(text or ""))
    except PromptLoraError as error:
        return str(error)
    return True


def tagged_files(text: str | None = None, **_other: Any) -> list[str | None] | None:
    """What changes when a file that the text names is replaced."""
    with suppress(PromptLoraError, paths.PathError, OSError):
        stamp = stamp_of("loras", "name")
        return text and [stamp(name=tag.file) for tag in tags_of(text)]  # type: ignore[return-value]
    return None


@node("loaders", display_name="LoRAs from Prompt", fingerprint=tagged_files, validate=told_tags)
class LorasFromPrompt:
    """Change a model and its text encoder by the LoRAs that a prompt names, and hand on the prompt without the tags.

    `<lora:name:0.8>` is a file's name with or without its folder and ending; `<lora:name:0.8:0.5>` gives the text
    encoder 0.8 and the model 0.5, and so does `<lora:name:te=0.8:unet=0.5>`.
    """

    def apply(
        self,
        model: Model,
        clip: Clip,
        text: Annotated[str, Text("", multiline=True), Tip("A prompt with tags such as <lora:name:0.8>.")],
    ) -> tuple[Model, Clip, Annotated[TextValue, Name("text"), Tip("The prompt without the tags.")]]:
        for tag in tags_of(text):
            lora = read_state_dict(paths.current().full_path("loras", tag.file))
            if tag.strength_model:
                model = need(model, "model").with_lora(lora, tag.strength_model)
            if tag.strength_clip:
                clip = need(clip, "clip").with_lora(lora, tag.strength_clip)
        return model, clip, without_tags(text)


def tags_of(text: str) -> Iterator[LoraTag]:
    """The tags of a prompt in their order. Raises `PromptLoraError`."""
    for match in _TAG.finditer(text):
        clip, model = _strengths(match.group(0), match.group(2))
        yield LoraTag(find_lora(match.group(1).strip()), model, clip)


def without_tags(text: str) -> str:
    """The prompt without its tags, and without the commas and spaces that stood around them alone."""
    text = re.sub(r" {2,}", " ", _TAG.sub("", text))
    return re.sub(r"(?:, *)+(,|$)", r"\1", text).strip()


def find_lora(name: str) -> str:
    """The one file that a tag means, by all of its name or by that without folder and ending; or `PromptLoraError`."""
    files = paths.current().list_files("loras")
    wanted = name.replace("\\", "/")
    for key in (str, _without_ending, _stem):
        fitting = [file for file in files if key(file).lower() == wanted.lower()]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise PromptLoraError(f"<lora:{name}> could be {' or '.join(fitting)}. Write the folder too.")
    near = difflib.get_close_matches(wanted, [_stem(file) for file in files], MOST_NAMES)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Put the file into {_folder()}."
    raise PromptLoraError(f"There is no LoRA {name!r}, which the prompt names. {hint}")


def _strengths(tag: str, rest: str) -> tuple[float, float]:
    """The strengths for the text encoder and the model; 1 where none is given, and the first where only one is."""
    parts = [part.strip() for part in rest.split(":")[1:] if part.strip()]
    plain = [part for part in parts if "=" not in part]
    named = dict(part.split("=", 1) for part in parts if "=" in part)
    clip = plain[0] if plain else named.get("te", "1")
    model = plain[1] if len(plain) > 1 else named.get("unet", clip)
    try:
        return float(clip), float(model)
    except ValueError as error:
        raise PromptLoraError(f"The weight of {tag} is no number. Write it such as <lora:name:0.8>.") from error


def _without_ending(file: str) -> str:
    return str(PurePosixPath(file).with_suffix(""))


def _stem(file: str) -> str:
    return PurePosixPath(file).stem


def _folder() -> str:
    return str(paths.current().kind_folders("loras")[0])
