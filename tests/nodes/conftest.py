"""Folders of its own for every test of the nodes, and how their small models are computed with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from execution import paths
from tests.threads import one_thread


@pytest.fixture(scope="package", autouse=True)
def threads() -> Iterator[None]:
    with one_thread():
        yield


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.Paths:
    """An installation with empty folders; the former one is put back after the test."""
    configured = paths.Paths(paths.PathOptions(base_directory=tmp_path))
    monkeypatch.setattr(paths, "_installed", configured)
    for folder in (configured.input, configured.output, configured.temp):
        folder.mkdir(parents=True)
    return configured
