"""What packs import from the modules of `comfy_extras`: the classes of built-in nodes, each module handing out any."""

import sys
from typing import Any

from comfy.custom_sampling import NoNoise, SeededNoise
from nodes.compat.names import EXTRAS
from nodes.registry import NODE_CLASS_MAPPINGS

# Classes that go by another name than their node's.
CLASS_TYPES = {
    "Blend": "ImageBlend",
    "Blur": "ImageBlur",
    "ImageRebatch": "RebatchImages",
    "LatentRebatch": "RebatchLatents",
    "ModelAdd": "ModelMergeAdd",
    "ModelSubtract": "ModelMergeSubtract",
    "Quantize": "ImageQuantize",
    "Sharpen": "ImageSharpen",
}

Noise_EmptyNoise = NoNoise
Noise_RandomNoise = SeededNoise


def __getattr__(name: str) -> Any:
    if name in EXTRAS:
        return sys.modules[__name__]
    found = NODE_CLASS_MAPPINGS.get(CLASS_TYPES.get(name, name))
    if found is None:
        raise AttributeError(f"module 'comfy_extras' has no attribute {name!r}")
    return found
