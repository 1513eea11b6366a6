"""Where the reference material lies, for the tests that compare with it and skip where it is absent."""

import os
from pathlib import Path

import pytest

_BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared" / "reference"


def reference_dir() -> Path | None:
    """The reference folder named by SKEIN_REFERENCE, or the one beside the checkout; None where there is none."""
    named = os.environ.get("SKEIN_REFERENCE")
    folder = Path(named) if named else _BESIDE_THE_CHECKOUT
    return folder if folder.is_dir() else None


def require_reference() -> Path:
    """The reference folder; skips the calling test where it is absent."""
    folder = reference_dir()
    if folder is None:
        pytest.skip("the reference material is not here")
    return folder
