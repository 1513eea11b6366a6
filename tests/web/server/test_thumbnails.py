"""The folder of pictures made from others."""

import os
from pathlib import Path

import pytest

from web.server.thumbnails import Thumbnails


def make(size: int = 100) -> bytes:
    return b"x" * size


def never() -> bytes:
    raise AssertionError("made twice")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    path.write_bytes(b"a picture")
    return path


def test_each_form_is_made_once(tmp_path: Path, source: Path) -> None:
    thumbnails = Thumbnails(tmp_path / "kept")
    first = thumbnails.find(source, "small", ".webp", make)
    assert isinstance(first, Path)
    assert first.read_bytes() == make()
    made_at = first.stat().st_mtime_ns
    assert Thumbnails(tmp_path / "kept").find(source, "small", ".webp", never) == first
    assert first.stat().st_mtime_ns == made_at
    assert thumbnails.find(source, "smaller", ".webp", make) != first


def test_a_changed_picture_is_another(tmp_path: Path, source: Path) -> None:
    thumbnails = Thumbnails(tmp_path / "kept")
    first = thumbnails.find(source, "small", ".webp", make)
    os.utime(source, ns=(1, 1))
    assert thumbnails.find(source, "small", ".webp", make) != first


def test_the_folder_stays_within_its_bound_and_keeps_what_was_asked_for_last(tmp_path: Path, source: Path) -> None:
    folder = tmp_path / "kept"
    thumbnails = Thumbnails(folder, limit_bytes=1000)
    first = thumbnails.find(source, "0", ".webp", make)
    for index in range(1, 30):
        thumbnails.find(source, str(index), ".webp", make)
        assert thumbnails.find(source, "0", ".webp", never) == first
        assert sum(path.stat().st_size for path in folder.iterdir()) <= 1000


def test_what_cannot_be_kept_is_given_all_the_same(tmp_path: Path, source: Path) -> None:
    (tmp_path / "kept").write_text("no folder")
    assert Thumbnails(tmp_path / "kept").find(source, "small", ".webp", make) == make()
