"""Importing torchvision where its compiled part cannot be loaded, as the CUDA build beside a CPU build of torch.

torchvision then stops at its first look at two operators that its compiled part would have defined. They find
overlapping boxes, which nothing here asks for; so they are declared, without a body, and the import is tried again.
"""

import importlib
import sys

import torch

SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
OPERATORS = ("nms", "qnms")

# A library's definitions last only as long as the object.
_library: torch.library.Library | None = None


def import_torchvision() -> None:
    """Import torchvision, declaring the two operators only where they are missing. Raises ImportError without it."""
    global _library
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error) or _library is not None:
            raise
        _library = torch.library.Library("torchvision", "DEF")
        for name in OPERATORS:
            _library.define(name + SIGNATURE)
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        importlib.import_module("torchvision")
