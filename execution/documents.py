"""What a file holds that can be run: a workflow, a prompt, or a picture that carries them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from execution.errors import SkeinError
from execution.workflow import is_workflow

PICTURES = {b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"RIFF": "WebP"}
CARRIED = ("prompt", "workflow")
# Where pictures without text chunks carry theirs: as "name:{…}" in these tags of the first directory of their EXIF.
_EXIF_DIRECTORY = 0x8769


class DocumentError(SkeinError):
    """A file that holds nothing to run."""


@dataclass(frozen=True)
class Document:
    """A prompt, a workflow, or both: then the prompt is what was run, and the workflow what it was made from."""

    prompt: Mapping[str, Any] | None = None
    workflow: Mapping[str, Any] | None = None


def read_document(path: Path) -> Document:
    """Read a file by what is in it, whatever it is called; a `DocumentError` says what is wrong with it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path} cannot be read: {error.strerror or error}.") from error
    if any(content.startswith(start) for start in PICTURES):
        return _from_texts(path, dict(_texts_of_picture(path)))
    try:
        return _from_json(path, json.loads(content))
    except (ValueError, RecursionError) as error:
        raise DocumentError(
            f"{path} is neither JSON nor a PNG, JPEG or WebP picture: {error}. "
            "Save the workflow from the editor, or use a picture that Skein saved."
        ) from error


def _from_json(path: Path, content: Any) -> Document:
    if is_workflow(content):
        return Document(workflow=content)
    if isinstance(content, Mapping):
        inner = content.get("prompt")
        if isinstance(inner, Mapping) and "class_type" not in content:
            pnginfo = (content.get("extra_data") or {}).get("extra_pnginfo") or {}
            return Document(inner, pnginfo.get("workflow"))
        if is_workflow(content.get("workflow")):
            return Document(workflow=content["workflow"])
        if content and all(isinstance(node, Mapping) for node in content.values()):
            return Document(prompt=content)
    raise DocumentError(f"{path} holds JSON that is neither a workflow (nodes and links) nor a prompt (nodes by id).")


def _from_texts(path: Path, texts: Mapping[str, str]) -> Document:
    found: dict[str, Any] = {}
    for name in CARRIED:
        try:
            found[name] = json.loads(texts[name]) if name in texts else None
        except ValueError as error:
            raise DocumentError(f"The {name} that {path} carries is damaged: {error}.") from error
    if not any(found.values()):
        raise DocumentError(f"{path} carries neither a prompt nor a workflow; it may have been saved without them.")
    return Document(**found)


def _texts_of_picture(path: Path) -> Iterator[tuple[str, str]]:
    from PIL import Image  # Only needed for pictures.

    try:
        with Image.open(path) as picture:
            yield from (
                (name, text) for name, text in picture.info.items() if name in CARRIED and isinstance(text, str)
            )
            exif = picture.getexif()
            values = [*exif.values(), *exif.get_ifd(_EXIF_DIRECTORY).values()]
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DocumentError(f"{path} cannot be read as a picture: {error}.") from error
    for value in values:
        text = _comment_text(value) if isinstance(value, bytes) else value
        if isinstance(text, str):
            name, _, rest = text.partition(":")
            if name.lower() in CARRIED:
                yield name.lower(), rest


def _comment_text(value: bytes) -> str:
    """A user comment begins with eight bytes that name its encoding."""
    encoding = "utf-16-be" if value.startswith(b"UNICODE\0") else "utf-8"
    return value[8:].decode(encoding, errors="replace").rstrip("\0")
