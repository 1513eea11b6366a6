"""What a file holds that can be run: a workflow, a prompt, or a picture that carries them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from execution.errors import SkeinError
from execution.picture_texts import STARTS, PictureTextError, read_texts
from execution.workflow import is_workflow

CARRIED = ("prompt", "workflow")


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
        reason = "it is a folder; name a workflow, a prompt or a picture" if path.is_dir() else error.strerror or error
        raise DocumentError(f"{path} cannot be read: {reason}.") from error
    if content.startswith(STARTS):
        return _from_texts(path, _texts_of_picture(path, content))
    try:
        return _from_json(path, json.loads(content))
    except (ValueError, RecursionError) as error:
        raise DocumentError(
            f"{path} is neither JSON nor a PNG, JPEG, WebP or TIFF picture: {error}. "
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


def _texts_of_picture(path: Path, content: bytes) -> dict[str, str]:
    try:
        return read_texts(content)
    except PictureTextError as error:
        raise DocumentError(f"{path}: {error}") from error
