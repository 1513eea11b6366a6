"""The names that packs import, there for each test and gone after it."""

from collections.abc import Iterator

import pytest

from execution import compat
from nodes.registry import PACK_NAMES, built_in_nodes


@pytest.fixture(autouse=True)
def names() -> Iterator[None]:
    built_in_nodes()
    compat.install(PACK_NAMES)
    yield
    compat.uninstall()
