"""The command lines of `metadata` and `hash`, which work on files and need no engine."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from execution.usage import Parser, UsageError

ACTIONS = ("show", "extract", "insert", "strip", "copy")


@dataclass(frozen=True)
class MetadataOptions:
    """What to do with the texts of pictures: show or extract one (`name`) or all, insert `texts`, strip, copy."""

    action: str
    files: tuple[Path, ...]
    name: str | None = None
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class HashOptions:
    """Which files to hash: paths or names of models; none for all models."""

    files: tuple[str, ...] = ()
    json: bool = False


def metadata_parser() -> argparse.ArgumentParser:
    """Reads `metadata ACTION FILE …`."""
    parser = Parser(
        "main.py metadata",
        allow_abbrev=False,
        description="Show, extract, insert, strip or copy the texts that pictures carry.",
    )
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="PNG, JPEG or WebP; copy: from the first")
    parser.add_argument("--name", metavar="NAME", help="show or extract only this text, such as parameters")
    parser.add_argument(
        "--text", dest="texts", action="append", default=[], metavar="NAME=TEXT", help="insert it; @FILE reads a file"
    )
    return parser


def hash_parser() -> argparse.ArgumentParser:
    """Reads `hash [FILE …]`."""
    parser = Parser(
        "main.py hash",
        allow_abbrev=False,
        description="Print the SHA-256 of models, and keep it for the settings that pictures carry.",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="a file, or a model's name; none: all models")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each file")
    return parser


def metadata_options(values: argparse.Namespace) -> MetadataOptions:
    """What the flags of `metadata` say; raises `UsageError` where they do not go together."""
    if values.action == "copy" and len(values.files) < 2:
        raise UsageError("`metadata copy` needs the picture to copy from and those to copy to.")
    if (values.action == "insert") != bool(values.texts):
        raise UsageError("`metadata insert` needs --text NAME=TEXT, and no other action takes one.")
    if values.name is not None and values.action not in ("show", "extract"):
        raise UsageError(f"`metadata {values.action}` takes no --name: it is for show and extract.")
    return MetadataOptions(values.action, tuple(values.files), values.name, tuple(map(_named_text, values.texts)))


def hash_options(values: argparse.Namespace) -> HashOptions:
    """What the flags of `hash` say."""
    return HashOptions(tuple(values.files), values.json)


def _named_text(given: str) -> tuple[str, str]:
    name, equals, text = given.partition("=")
    if not name or not equals:
        raise UsageError(f"--text {given!r} must be NAME=TEXT or NAME=@FILE.")
    if not text.startswith("@"):
        return name, text
    try:
        return name, Path(text[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{text[1:]} cannot be read as text: {error}.") from error
