"""Two operators that torchvision looks for when it is imported, declared where its compiled part cannot be loaded.

That is so where torchvision was built for CUDA and torch was not. The import would fail, and with it that of every
library that uses torchvision where it is there, such as transformers. The operators find overlapping boxes, which
nothing here asks for, so they are declared without a body.
"""

from importlib.util import find_spec
from pathlib import Path

import torch

SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
OPERATORS = ("nms", "qnms")

# A library's definitions last only as long as the object.
_declared: torch.library.Library | None = None


def declare_missing_operators() -> None:
    """Declare the operators if torchvision is there but cannot define them itself; it is not imported."""
    global _declared
    spec = find_spec("torchvision")
    if _declared is not None or spec is None or spec.origin is None or _loads_compiled_part(Path(spec.origin).parent):
        return
    _declared = torch.library.Library("torchvision", "DEF")
    for name in OPERATORS:
        _declared.define(name + SIGNATURE)


def _loads_compiled_part(folder: Path) -> bool:
    compiled = [path for ending in ("so", "pyd", "dylib") for path in folder.glob(f"_C*.{ending}")]
    try:
        for path in compiled:
            torch.ops.load_library(str(path))
    except OSError:
        return False
    return bool(compiled)
