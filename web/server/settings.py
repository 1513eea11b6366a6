"""The settings of the page, one file for each user, which no route writes but these."""

import json
from pathlib import Path
from threading import Lock
from typing import Any

from execution.errors import SkeinError
from execution.plain import to_json
from execution.writing import atomic_write
from web.server.users import DEFAULT

LARGEST_BYTES = 4 * 2**20


class SettingsTooLarge(SkeinError):
    """Settings that would no longer be read quickly at every start of a page."""


class SettingsOfUsers:
    """Each user's settings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: dict[str, Settings] = {}
        self._lock = Lock()

    def of(self, user: str) -> "Settings":
        """The settings of a user by id; what the only user of a server has chosen lies where it always did."""
        with self._lock:
            if user not in self._opened:
                name = "settings.json" if user == DEFAULT else f"settings/{user}.json"
                self._opened[user] = Settings(self._folder / name)
            return self._opened[user]


class Settings:
    """A flat table of settings by id; every change is on disk before it is answered."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = Lock()
        self._values = _read(file)

    def all(self) -> dict[str, Any]:
        """Every setting that was ever changed."""
        return dict(self._values)

    def get(self, name: str) -> Any:
        """One setting; None when it was never changed."""
        return self._values.get(name)

    def update(self, changes: dict[str, Any]) -> None:
        """Change some settings; raises `SettingsTooLarge`, or `OSError` when they cannot be stored."""
        with self._lock:
            values = {**self._values, **changes}
            content = to_json(values).encode()
            if len(content) > LARGEST_BYTES:
                raise SettingsTooLarge(f"Settings may take {LARGEST_BYTES:,} bytes in all; save long texts as files.")
            with atomic_write(self._file) as target:
                target.write(content)
            self._values = values


def _read(file: Path) -> dict[str, Any]:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        return {}
    except ValueError:
        file.replace(file.with_suffix(".broken"))  # Kept for whoever wants to mend it.
        return {}
    return values if isinstance(values, dict) else {}
