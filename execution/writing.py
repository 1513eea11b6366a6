"""Files that appear whole or not at all, and the names that new ones get."""

import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from execution.errors import FileNotWritten

PART = ".part"
# Another process may be writing beside this one, but hardly for so long.
ABANDONED_SECONDS = 3600.0
_swept: set[str] = set()


@dataclass(frozen=True)
class SaveTarget:
    """Where the next files of a save go: `folder / f"{name}_{counter:05}_.png"`, counting up from `counter`."""

    folder: Path
    name: str
    counter: int
    subfolder: str


@contextmanager
def atomic_write(path: str | Path, is_kept: bool = True) -> Iterator[BinaryIO]:
    """A file to write to that appears under `path`, whole, only when the block ends without error.

    By then it is on disk too, unless it is not to be kept beyond this run of the program anyway. Raises
    `FileNotWritten` where the system refuses.
    """
    target = Path(os.path.abspath(path))
    folder = os.path.dirname(target)
    with naming(target):
        if not os.path.isdir(folder):
            os.makedirs(folder, exist_ok=True)
        sweep(folder)
        replaced = _mode_of(target)
        temporary = os.path.join(folder, f".{target.name[:40]}.{secrets.token_hex(8)}{PART}")
        # What replaces a file has its rights in the end, and nobody else may read it before.
        mode = 0o666 if replaced is None else 0o600
        with (
            open(temporary, "xb", opener=partial(os.open, mode=mode)) as file,
            published(file, temporary, target, is_kept, replaced),
        ):
            yield file


@contextmanager
def published(file: BinaryIO, temporary: str, target: Path, is_kept: bool, mode: int | None = None) -> Iterator[None]:
    """Close and rename an open file to `target` when the block ends without error, and remove it otherwise."""
    try:
        yield
        file.flush()
        if is_kept:
            os.fsync(file.fileno())
        file.close()
        if mode is not None:
            os.chmod(temporary, mode)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):  # What is left in the buffer has no place on a full disk.
            file.close()  # Windows removes no open file.
        Path(temporary).unlink(missing_ok=True)
        raise
    if is_kept:
        sync_folder(os.path.dirname(target))


@contextmanager
def naming(target: Path) -> Iterator[None]:
    """Have an error of the system name the file that was to be written rather than none, or a temporary one."""
    try:
        yield
    except (ConnectionError, TimeoutError, FileNotWritten):
        raise  # These are about who sends the content.
    except OSError as error:
        about = Path(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else None
        is_ours = about is None or target.parent in (about, about.parent) or about in target.parents
        if error.errno is None or not is_ours:
            raise
        raise FileNotWritten(target, error) from error


def sweep(folder: str) -> None:
    """Once for each folder, remove what processes have left that were killed while they wrote."""
    if folder in _swept:
        return
    _swept.add(folder)
    oldest = time.time() - ABANDONED_SECONDS
    with os.scandir(folder) as entries:
        leftovers = [entry.path for entry in entries if entry.name[0] == "." and entry.name.endswith(PART)]
    for leftover in leftovers:
        with suppress(OSError):
            if os.stat(leftover).st_mtime < oldest:
                os.unlink(leftover)


PLAIN_DATE = "yyyy-MM-dd"


def expand_prefix(prefix: str, width: int, height: int) -> str:
    """Fill the %…% words of a file name prefix."""
    if "%" not in prefix:
        return prefix
    now = time.localtime()
    parts = {
        "year": now.tm_year, "month": now.tm_mon, "day": now.tm_mday,
        "hour": now.tm_hour, "minute": now.tm_min, "second": now.tm_sec,
    }  # fmt: skip
    prefix = prefix.replace("%width%", str(width)).replace("%height%", str(height))
    for word, value in parts.items():
        prefix = prefix.replace(f"%{word}%", f"{value:02}")
    return re.sub(r"%date(?::([^%]*))?%", lambda match: format_date(match.group(1) or PLAIN_DATE, now), prefix)


def format_date(pattern: str, now: time.struct_time) -> str:
    """Fill yyyy, yy, MM, M, dd, d, hh, h, mm, m, ss and s in a date pattern."""
    values = {"M": now.tm_mon, "d": now.tm_mday, "h": now.tm_hour, "m": now.tm_min, "s": now.tm_sec}

    def fill(match: re.Match[str]) -> str:
        token = match.group(0)
        if token.startswith("y"):
            return str(now.tm_year) if len(token) == 4 else f"{now.tm_year % 100:02}"
        return f"{values[token[0]]:0{len(token)}}"

    return re.sub(r"yyyy|yy|MM?|dd?|hh?|mm?|ss?", fill, pattern)


def last_counter(folder: Path, name: str) -> int:
    """The highest number of the files called `name_00001_…` in a folder, claims to such names too; 0 for none."""
    pattern = re.compile(r"\.?" + _pattern(name) + r"_(\d+)_", re.IGNORECASE if os.name == "nt" else 0)
    with os.scandir(folder) as entries:
        matches = [pattern.match(entry.name) for entry in entries]
    return max((int(match.group(1)) for match in matches if match), default=0)


def _pattern(name: str) -> str:
    return re.escape(name).replace(re.escape("%batch_num%"), r"\d+")


def _mode_of(target: Path) -> int | None:
    """The rights of a file; None when there is none."""
    try:
        return stat.S_IMODE(os.stat(target).st_mode)
    except FileNotFoundError:
        return None


def sync_folder(folder: str) -> None:
    """Have a name that was given or changed in a folder be on disk too."""
    if os.name == "nt":
        return  # Windows has no handle to sync a folder by.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
