"""The command `metadata`: showing, inserting, stripping and copying the texts that pictures carry."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from execution.errors import SkeinError
from execution.file_options import MetadataOptions
from execution.picture_texts import PictureTextError, read_texts, with_texts
from execution.writing import atomic_write

DONE, REFUSED = 0, 1
_NOT_IN_NAMES = re.compile(r'[/?<>\\:*|"\x00-\x1f\x7f]')


class NoTextError(SkeinError):
    """A picture carries no such text; the message says which it has."""


def run_metadata_command(asked: MetadataOptions) -> int:
    """Do what the command line says; answers the exit status. Troubles are told on standard error."""
    try:
        ACTIONS[asked.action](asked)
    except (SkeinError, OSError) as error:
        message = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else error
        sys.stderr.write(f"main.py: {message}\n")
        return REFUSED
    return DONE


def _extract(asked: MetadataOptions) -> None:
    """Write each text into a file beside the picture, such as `picture.workflow.json` or `picture.parameters.txt`."""
    for file in asked.files:
        texts = _texts_of(file)
        chosen = texts if asked.name is None else {asked.name: _named(file, texts, asked.name)}
        if not chosen:
            raise NoTextError(f"{file} carries no texts.")
        for name, text in chosen.items():
            target = file.with_name(f"{file.stem}.{_NOT_IN_NAMES.sub('_', name)}.{'json' if _is_json(text) else 'txt'}")
            with atomic_write(target) as out:
                out.write(text.encode("utf-8"))
            sys.stdout.write(f"{target}\n")


def _named(file: Path, texts: Mapping[str, str], name: str) -> str:
    if name not in texts:
        raise NoTextError(f"{file} carries no text {name!r}. It has: {', '.join(texts) or 'none'}.")
    return texts[name]


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False


def _show(asked: MetadataOptions) -> None:
    for file in asked.files:
        texts = _texts_of(file)
        if asked.name is not None:
            sys.stdout.write(_named(file, texts, asked.name) + "\n")
        else:
            sys.stdout.write(json.dumps({"file": str(file), "texts": texts}, ensure_ascii=False, indent=2) + "\n")


def _strip(asked: MetadataOptions) -> None:
    for file in asked.files:
        _write(file, {})


def _insert(asked: MetadataOptions) -> None:
    for file in asked.files:
        _write(file, _texts_of(file) | dict(asked.texts))


def _copy(asked: MetadataOptions) -> None:
    source, *targets = asked.files
    texts = _texts_of(source)
    for target in targets:
        _write(target, texts)


def _write(file: Path, texts: Mapping[str, str]) -> None:
    try:
        changed = with_texts(file.read_bytes(), texts)
    except PictureTextError as error:
        raise PictureTextError(f"{file}: {error}") from error
    with atomic_write(file) as out:
        out.write(changed)


def _texts_of(file: Path) -> dict[str, str]:
    """The texts of a file; an error names the file."""
    try:
        return read_texts(file.read_bytes())
    except PictureTextError as error:
        raise PictureTextError(f"{file}: {error}") from error


ACTIONS: dict[str, Callable[[MetadataOptions], None]] = {
    "show": _show,
    "extract": _extract,
    "strip": _strip,
    "insert": _insert,
    "copy": _copy,
}
