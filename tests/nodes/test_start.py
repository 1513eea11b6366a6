"""Describing the nodes needs none of the libraries that take long to import, so that the list is there soon."""

import subprocess
import sys
from pathlib import Path

SLOW_TO_IMPORT = {"scipy", "transformers", "torchsde", "spandrel", "diffusers", "torch._dynamo"}

DESCRIBE = """
import sys
from nodes.registry import built_in_nodes
for cls in built_in_nodes().values():
    cls.INPUT_TYPES()
print(",".join(sys.modules))
"""


def loaded_by(code: str) -> set[str]:
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return set(ran.stdout.strip().split(","))


def test_the_node_list_needs_no_slow_library() -> None:
    assert not loaded_by(DESCRIBE) & SLOW_TO_IMPORT


def test_importing_the_package_alone_brings_no_torch() -> None:
    assert "torch" not in loaded_by("import sys, nodes; print(','.join(sys.modules))")
