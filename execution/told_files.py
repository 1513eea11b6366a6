"""The files that the output of a node tells of."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from execution import paths
from execution.errors import PathError


@dataclass(frozen=True)
class ToldFile:
    """A file by its place (input, output or temp) and its path; it need not be there any more."""

    place: str
    path: Path


def files_in(ui: Mapping[str, Any]) -> Iterator[ToldFile]:
    """The files in one node's output, as its page entries name them; names that lead nowhere are left out."""
    for entries in ui.values():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, Mapping) and isinstance(entry.get("filename"), str):
                place, folder = str(entry.get("type") or "output"), str(entry.get("subfolder") or "")
                with suppress(PathError):
                    yield ToldFile(place, paths.current().resolve(place, entry["filename"], folder))


def has_lost_files(ui: Mapping[str, Any] | None) -> bool:
    """Whether a file is gone that a node had saved for good."""
    return ui is not None and any(file.place == "output" and not file.path.exists() for file in files_in(ui))
