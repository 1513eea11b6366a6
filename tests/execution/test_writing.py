"""Files appear whole or not at all, and an error says which file and what helps."""

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from execution import writing
from execution.errors import FileNotWritten
from execution.writing import ABANDONED_SECONDS, atomic_write


@pytest.fixture(autouse=True)
def _nothing_swept() -> Iterator[None]:
    before = set(writing._swept)
    yield
    writing._swept.clear()
    writing._swept.update(before)


def test_a_file_is_not_there_until_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "picture.png"
    with atomic_write(target) as file:
        file.write(b"half")
        assert not target.exists()
    assert target.read_bytes() == b"half"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("number", "remedy"), [(errno.ENOSPC, "Free some space"), (errno.EROFS, "may write to"), (errno.EIO, "")]
)
def test_an_error_of_the_disk_names_the_file_and_what_helps(tmp_path: Path, number: int, remedy: str) -> None:
    target = tmp_path / "picture.png"
    with pytest.raises(FileNotWritten) as failed, atomic_write(target):
        raise OSError(number, os.strerror(number))
    assert failed.value.errno == number
    assert str(failed.value).startswith(f"{target} could not be written: {os.strerror(number)}.")
    assert remedy in str(failed.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileNotWritten, match="file"), atomic_write(tmp_path / "file" / "picture.png"):
        pass


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(errno.ECONNRESET, "gone"),
        TimeoutError(errno.ETIMEDOUT, "late"),
        FileNotFoundError(errno.ENOENT, "missing", "/elsewhere/source.png"),
        OSError("cannot write mode RGBA as JPEG"),
    ],
)
def test_errors_of_other_things_stay_as_they_are(tmp_path: Path, error: OSError) -> None:
    with pytest.raises(type(error)) as failed, atomic_write(tmp_path / "picture.png"):
        raise error
    assert failed.value is error


def test_what_a_killed_process_has_left_is_removed_after_a_while(tmp_path: Path) -> None:
    old, new, other = tmp_path / ".a.png.x1.part", tmp_path / ".b.png.x2.part", tmp_path / "c.part"
    for path in (old, new, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (0, time.time() - ABANDONED_SECONDS - 60))
    with atomic_write(tmp_path / "picture.png") as file:
        file.write(b"x")
    assert {path.name for path in tmp_path.iterdir()} == {new.name, other.name, "picture.png"}
