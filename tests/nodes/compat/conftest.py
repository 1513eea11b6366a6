"""The names that packs import, there for each test and gone after it."""

from collections.abc import Iterator
from typing import Any

import pytest

from comfy.sampling import SAMPLERS, SCHEDULERS
from execution import compat
from nodes.compat.foreign import install_foreign
from nodes.compat.names import PACK_NAMES, add_to_modules
from nodes.registry import built_in_nodes
from tests.nodes.compat.studio import Studio


@pytest.fixture(autouse=True)
def names() -> Iterator[None]:
    built_in_nodes()
    add_to_modules()
    compat.install(PACK_NAMES)
    install_foreign()
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
