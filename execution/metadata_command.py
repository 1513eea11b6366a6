"""The command `metadata`: showing, inserting, stripping and copying the texts that pictures carry."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from execution.errors import SkeinError
from execution.options import MetadataOptions
from execution.picture_texts import read_texts, with_texts
from execution.writing import atomic_write

DONE, REFUSED = 0, 1


def run_metadata_command(asked: MetadataOptions) -> int:
    """Do what the command line says; answers the exit status. Troubles are told on standard error."""
    try:
        ACTIONS[asked.action](asked)
    except (SkeinError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    return DONE


def _show(asked: MetadataOptions) -> None:
    for file in asked.files:
        texts = read_texts(file.read_bytes())
        if asked.name is not None:
            sys.stdout.write(texts.get(asked.name, "") + "\n")
        else:
            sys.stdout.write(json.dumps({"file": str(file), "texts": texts}, ensure_ascii=False, indent=2) + "\n")


def _strip(asked: MetadataOptions) -> None:
    for file in asked.files:
        _write(file, {})


def _insert(asked: MetadataOptions) -> None:
    for file in asked.files:
        _write(file, read_texts(file.read_bytes()) | dict(asked.texts))


def _copy(asked: MetadataOptions) -> None:
    source, *targets = asked.files
    texts = read_texts(source.read_bytes())
    for target in targets:
        _write(target, texts)


def _write(file: Path, texts: Mapping[str, str]) -> None:
    changed = with_texts(file.read_bytes(), texts)
    with atomic_write(file) as out:
        out.write(changed)


ACTIONS: dict[str, Callable[[MetadataOptions], None]] = {
    "show": _show,
    "strip": _strip,
    "insert": _insert,
    "copy": _copy,
}
