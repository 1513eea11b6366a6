"""The files that the page keeps for its user, such as saved workflows."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from execution.errors import PathError, SkeinError
from execution.paths import Paths, safe_relative
from execution.writing import atomic_write
from web.server.versions import keep_version

_changing = threading.Lock()
"""Held from the look at what is there to its change, for requests are answered in threads."""


class NotThere(SkeinError):
    """A file or folder that does not exist."""


class AlreadyThere(SkeinError):
    """A file that would be overwritten without having been asked for."""


@dataclass(frozen=True)
class UserFiles:
    """One user's folder. Nothing outside it can be named; settings and the queue lie outside."""

    paths: Paths
    user: str

    @property
    def root(self) -> Path:
        return Path(os.path.realpath(self.paths.user / self.user))

    def resolve(self, name: str) -> Path:
        """The path of a name; raises `PathError` when it leads out."""
        return self.paths.resolve("user", name, self.user)

    def folder(self, name: str) -> Path:
        """A folder that exists, the root for an empty name; raises `PathError` or `NotThere`."""
        folder = self.root if is_root(name) else self.resolve(safe_relative(name))
        if not folder.is_dir():
            raise NotThere(f"There is no folder {name!r}.")
        return folder

    def files(self, folder: Path, recurse: bool) -> list[Path]:
        """The files in a folder by name; links that lead out are left out, as are files half written."""
        found = [path for path in (folder.rglob("*") if recurse else folder.iterdir()) if path.is_file()]
        return sorted(path for path in found if self._is_ours(path))

    def tree(self, folder: Path) -> list[Path]:
        """Folders and files in and below a folder, folders first."""
        found = [path for path in folder.rglob("*") if self._is_ours(path)]
        return sorted(found, key=lambda path: (not path.is_dir(), path))

    def write(self, name: str, content: bytes, overwrite: bool, seen: float | None = None) -> Path:
        """Store a file whole or not at all, and keep the workflow that it replaces among its versions.

        `seen` is the time of the file that the writer means to replace, in seconds. Raises `AlreadyThere` when there is
        a file that may not be replaced, or another than was seen.
        """
        path = self.resolve(name)
        with _changing:
            if path.is_dir():
                raise AlreadyThere(f"{name!r} is a folder.")
            if path.exists() and not overwrite:
                raise AlreadyThere(f"{name!r} exists already.")
            if seen is not None and path.exists() and path.stat().st_mtime != seen:
                raise AlreadyThere(f"{name!r} was changed since it was read.")
            keep_version(self.root, path, content)
            with atomic_write(path) as target:
                target.write(content)
        return path

    def move(self, source: str, target: str, overwrite: bool) -> Path:
        """Give a file another name."""
        old, new = self.resolve(source), self.resolve(target)
        with _changing:
            if not old.exists():
                raise NotThere(f"There is no {source!r}.")
            if new.exists() and (not overwrite or new.is_dir()):
                raise AlreadyThere(f"{target!r} exists already.")
            if old in new.parents:
                raise PathError("A folder cannot be moved into itself.")
            new.parent.mkdir(parents=True, exist_ok=True)
            os.replace(old, new)
        return new

    def delete(self, name: str) -> None:
        """Delete a file."""
        path = self.resolve(name)
        if not path.is_file():
            raise NotThere(f"There is no {name!r}.")
        path.unlink()

    def _is_ours(self, path: Path) -> bool:
        return not path.name.startswith(".") and self.root in Path(os.path.realpath(path)).parents


def is_root(name: str) -> bool:
    """Whether a name means the whole of a user's folder."""
    return name.strip() in ("", ".", "/", "./")


def describe(path: Path, relative_to: Path) -> dict[str, Any]:
    """A file as the page lists it; times in seconds since the epoch."""
    status = path.stat()
    name = path.relative_to(relative_to).as_posix()
    return {"path": name, "size": status.st_size, "modified": status.st_mtime, "created": status.st_ctime}
