"""The editor's pure functions, tested by node's own test runner."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.reference import reference_dir

TESTS = Path(__file__).parent / "kernels"


def test_the_kernels_pass_their_own_tests() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    folder = reference_dir()
    environment = {**os.environ, "SKEIN_REFERENCE": str(folder) if folder else ""}
    command = [node, "--test", *sorted(map(str, TESTS.glob("*.test.js")))]
    outcome = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout[-6000:]
