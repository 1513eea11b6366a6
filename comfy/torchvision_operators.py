"""Two operators that torchvision looks for when it is imported, declared where its compiled part cannot be loaded.

That is so where torchvision was built for CUDA and torch was not. The import would fail, and with it that of every
library that uses torchvision where it is there, such as transformers. The operators find overlapping boxes, which
nothing here asks for, so they are declared without a body.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
OPERATORS = ("nms", "qnms")

# A library's definitions last only as long as the object.
_declared: Any = None


class BeforeTorchvision(MetaPathFinder):
    """Declares the operators when somebody first looks for torchvision: torch is not imported sooner for that."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname == "torchvision" and self in sys.meta_path:
            sys.meta_path.remove(self)
            declare_missing_operators()


def prepare_for_torchvision() -> None:
    """Have the operators declared in time, whoever imports torchvision."""
    if "torchvision" not in sys.modules:
        sys.meta_path.insert(0, BeforeTorchvision())


def declare_missing_operators() -> None:
    """Declare the operators if torchvision is there but cannot define them itself; it is not imported."""
    import torch

    global _declared
    spec = find_spec("torchvision")
    if _declared is not None or spec is None or spec.origin is None or _loads_compiled_part(Path(spec.origin).parent):
        return
    _declared = torch.library.Library("torchvision", "DEF")
    for name in OPERATORS:
        _declared.define(name + SIGNATURE)


def _loads_compiled_part(folder: Path) -> bool:
    import torch

    compiled = [path for ending in ("so", "pyd", "dylib") for path in folder.glob(f"_C*.{ending}")]
    try:
        for path in compiled:
            torch.ops.load_library(str(path))
    except OSError:
        return False
    return bool(compiled)
