"""The settings of the page, kept in one file that no route writes but these."""

import json
from pathlib import Path
from threading import Lock
from typing import Any

from execution.plain import to_json
from execution.writing import atomic_write


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
        """Change some settings; raises `OSError` when they cannot be stored."""
        with self._lock:
            values = {**self._values, **changes}
            with atomic_write(self._file) as target:
                target.write(to_json(values).encode())
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
