"""The beginning of a file that is being fetched: where it lies until it is whole, and what it is the beginning of."""

import hashlib
import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from yarl import URL

from execution.writing import atomic_write, sync_folder
from web.server.fetching.refusals import FetchConflict

# Lists of models leave folders out whose names begin with a dot.
FOLDER = ".fetching"
STALE_SECONDS = 14 * 24 * 60 * 60
"""How long the beginning of a file is kept that nobody goes on with."""


@dataclass(frozen=True)
class Version:
    """One version of the file at an address. `validator` is what the server knows it by, "" where it says nothing."""

    address: str
    validator: str = ""
    total: int | None = None


class Partial:
    """The file beside a model's place that grows while it is fetched, with a note of which version it is part of."""

    def __init__(self, target: Path) -> None:
        self.target = target
        # Shortened, for the name itself may be as long as names can be.
        name = f"{target.name[:40]}.{hashlib.sha256(target.name.encode()).hexdigest()[:8]}"
        self.path = target.parent / FOLDER / f"{name}.part"
        self._note = self.path.with_suffix(".json")

    @property
    def size(self) -> int:
        """How many bytes are there."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def version(self) -> Version | None:
        """Which version it is the beginning of; None where there is none or nobody knows."""
        try:
            return Version(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def begin(self, version: Version) -> None:
        """Start anew with another version."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # In this order, so that a kill in between leaves no bytes under a note that is not theirs.
        self.path.unlink(missing_ok=True)
        with atomic_write(self._note, is_kept=False) as file:
            file.write(json.dumps(asdict(version)).encode())
        self.path.touch()

    def head(self, length: int) -> bytes:
        """The first bytes."""
        with self.path.open("rb") as file:
            return file.read(length)

    def publish(self) -> None:
        """Give the whole file its name, once it is on disk; raises `FetchConflict` where another has taken it."""
        with self.path.open("r+b") as file:
            os.fsync(file.fileno())
        if os.path.lexists(self.target):
            raise FetchConflict(f"{self.target.name} has come into the folder meanwhile; it was left as it is.")
        os.replace(self.path, self.target)
        sync_folder(os.fspath(self.target.parent))
        self.discard()

    def remove_stale(self) -> None:
        """Remove what others have begun beside it long ago and nobody has gone on with."""
        latest = time.time() - STALE_SECONDS
        for part in self.path.parent.glob("*.part"):
            with suppress(OSError):  # Gone meanwhile, or of somebody else.
                if part != self.path and part.stat().st_mtime < latest:
                    part.unlink()
                    part.with_suffix(".json").unlink(missing_ok=True)

    def discard(self) -> None:
        """Leave nothing of it."""
        for path in (self.path, self._note):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # Another fetch has its file there.
            self.path.parent.rmdir()


def address_key(url: URL) -> str:
    """What a note says of an address: enough to know it again, and no secret that it may carry."""
    return hashlib.sha256(str(url).encode()).hexdigest()
