"""The names that packs import, there for each test and gone after it."""

from collections.abc import Iterator
from typing import Any

import pytest

from comfy.sampling import SAMPLERS, SCHEDULERS
from execution import compat
from nodes.compat.offered import offer_names
from tests.nodes.compat.studio import Studio


@pytest.fixture(autouse=True)
def names() -> Iterator[None]:
    offer_names()
    tables: tuple[dict[str, Any], ...] = (SAMPLERS, SCHEDULERS)
    before = [dict(table) for table in tables]
    yield
    # What a test has added must not be met by others.
    for table, kept in zip(tables, before, strict=True):
        table.clear()
        table.update(kept)
    compat.uninstall()


@pytest.fixture(scope="package")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("model") / "small.safetensors")
