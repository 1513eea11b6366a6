"""Libraries that look for torchvision work beside one whose compiled part cannot be loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import comfy
import torchvision
from transformers import CLIPTextModel
from comfy.upscaling import load_picture_model
print(torchvision.__version__)
"""


def run(script: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(path)!r})\n{script}" if path else script
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


def test_a_torchvision_that_asks_for_missing_operators_is_imported(tmp_path: Path) -> None:
    """A package that does at its import what torchvision does, with a compiled part that is none."""
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "_C.so").write_bytes(b"not a library")
    (package / "__init__.py").write_text(
        "import torch\n@torch.library.register_fake('torchvision::nms')\ndef nms(dets, scores, iou_threshold):\n"
        "    return dets\n"
    )
    alone = run("import torchvision", tmp_path)
    assert "torchvision::nms does not exist" in alone.stderr
    repaired = run("import comfy\nimport torchvision\nprint('imported')", tmp_path)
    assert repaired.stdout.strip() == "imported", repaired.stderr


@pytest.mark.slow
def test_the_installed_torchvision_and_what_uses_it_are_imported() -> None:
    pytest.importorskip("spandrel")
    done = run(SCRIPT)
    if "No module named 'torchvision'" in done.stderr:
        pytest.skip("torchvision is not installed")
    assert done.returncode == 0, done.stderr
