"""What lies in the folders of packs for the page: example workflows, translations, help pages."""

import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

TEMPLATE_FOLDERS = ("example_workflows", "example", "examples", "workflow", "workflows")
TRANSLATIONS = {"nodeDefs": "nodeDefs.json", "commands": "commands.json", "settings": "settings.json"}
GENERAL_TRANSLATIONS = "main.json"
LONGEST_FILE = 4 * 2**20


def list_templates(folders: Iterable[Path]) -> dict[str, list[str]]:
    """The names of example workflows by pack."""
    found: dict[str, list[str]] = {}
    for pack in _packs(folders):
        for folder in _template_folders(pack):
            names = [file.stem for file in sorted(folder.glob("*.json"))]
            if names and pack.name not in found:
                found[pack.name] = names
    return found


def find_templates(folders: Iterable[Path], name: str) -> Path | None:
    """The folder in which a pack keeps its example workflows."""
    for pack in _packs(folders):
        if pack.name == name:
            return next((folder for folder in _template_folders(pack) if any(folder.glob("*.json"))), None)
    return None


def read_translations(folders: Iterable[Path]) -> dict[str, Any]:
    """Texts by language and kind, those of all packs together."""
    texts: dict[str, Any] = {}
    for pack in _packs(folders):
        locales = pack / "locales"
        for folder in sorted(locales.iterdir()) if locales.is_dir() else ():
            if folder.is_dir():
                _merge(texts.setdefault(folder.name, {}), _read_language(folder))
    return texts


def read_help(web_folders: Iterable[Path], node: str, locale: str) -> str | None:
    """A pack's help page for a node, in a language, or the one that is for all."""
    for folder in web_folders:
        for file in (folder / "docs" / node / f"{locale}.md", folder / "docs" / f"{node}.md"):
            if _lies_in(folder, file) and file.is_file() and file.stat().st_size <= LONGEST_FILE:
                return file.read_text(encoding="utf-8", errors="replace")
    return None


def _packs(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_dir() and not path.name.startswith((".", "_")) and path.suffix != ".disabled":
                yield path


def _template_folders(pack: Path) -> Iterator[Path]:
    return (pack / name for name in TEMPLATE_FOLDERS if (pack / name).is_dir())


def _read_language(folder: Path) -> dict[str, Any]:
    texts = _read_object(folder / GENERAL_TRANSLATIONS)
    for kind, file in TRANSLATIONS.items():
        if found := _read_object(folder / file):
            texts[kind] = found
    return texts


def _read_object(file: Path) -> dict[str, Any]:
    if not file.is_file() or file.stat().st_size > LONGEST_FILE:
        return {}
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        log.warning("The translations in %s cannot be read: %s", file, error)
        return {}
    return value if isinstance(value, dict) else {}


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _lies_in(folder: Path, file: Path) -> bool:
    return folder.resolve() in file.resolve().parents
