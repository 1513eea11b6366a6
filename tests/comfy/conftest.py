"""What must come before any library that torch is used by, and how small models are computed with."""

from collections.abc import Iterator

import pytest

import comfy  # noqa: F401 - diffusers looks for torchvision, which may need its operators declared first
from tests.threads import one_thread


@pytest.fixture(scope="package", autouse=True)
def threads() -> Iterator[None]:
    with one_thread():
        yield
