"""New files in folders that other processes write to as well: a name is claimed first, and then only ours."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from execution.errors import FileNotWritten
from execution.writing import PART, naming, published, sweep

BATCH_NUMBER = "%batch_num%"


@dataclass(frozen=True)
class NewFiles:
    """Names that this process alone will write, by `write_new_file`: `folder / filename` for each of `filenames`."""

    folder: Path
    filenames: tuple[str, ...]
    subfolder: str

    @property
    def filename(self) -> str:
        """The name, where there is only one."""
        return self.filenames[0]

    @property
    def path(self) -> Path:
        """Where that one file goes."""
        return self.folder / self.filename


def numbered(name: str, counter: int, count: int, ending: str) -> tuple[str, ...]:
    """The names of `count` files; %batch_num% in them is the place within these."""
    return tuple(f"{name.replace(BATCH_NUMBER, str(at))}_{counter + at:05}{ending}" for at in range(count))


def claim_all(folder: Path, filenames: tuple[str, ...]) -> bool:
    """Claim all of these names, or none where one is taken."""
    sweep(str(folder))
    for at, filename in enumerate(filenames):
        if not claim(folder / filename):
            for claimed in filenames[:at]:
                _part_of(folder / claimed).unlink(missing_ok=True)
            return False
    return True


def claim(path: Path) -> bool:
    """Take a name for a file that is to be new; False where a file or another process has it.

    The claim is the hidden file that the content goes into. Whoever writes it renames it to the name itself, so the
    name is taken at every instant; that is why it is looked at only after the claim.
    """
    part = _part_of(path)
    with naming(path):
        try:
            part.open("xb").close()
        except FileExistsError:
            return False
        if os.path.lexists(path):
            part.unlink()
            return False
    return True


@contextmanager
def write_new_file(path: Path, is_kept: bool = True) -> Iterator[BinaryIO]:
    """A file to write to under a claimed name; it appears, whole, only when the block ends without error.

    Raises `FileNotWritten` where the system refuses, or where the claim was removed and the name is another's now.
    """
    part = _part_of(path)
    with naming(path):
        if not part.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not claim(path):
                raise FileNotWritten(path, FileExistsError(errno.EEXIST, "Another program has taken the name"))
        # Not created here: a claim that is gone by now must not be written over what took its place.
        with part.open("r+b") as file, published(file, str(part), path, is_kept):
            yield file


def _part_of(path: Path) -> Path:
    return path.with_name(f".{path.name}{PART}")
