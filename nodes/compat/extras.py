"""What packs import from the modules of `comfy_extras`: the classes of built-in nodes, each module handing out any."""

import sys
from typing import Any

from comfy.custom_sampling import NoNoise, SeededNoise
from nodes.compat.extra_guiders import Guider_Basic as Guider_Basic
from nodes.compat.extra_guiders import Guider_DualCFG as Guider_DualCFG
from nodes.compat.extra_guiders import Guider_PerpNeg as Guider_PerpNeg
from nodes.compat.extra_helpers import LCM as LCM
from nodes.compat.extra_helpers import NOISE_LEVELS as NOISE_LEVELS
from nodes.compat.extra_helpers import Fourier_filter as Fourier_filter
from nodes.compat.extra_helpers import ModelSamplingDiscreteDistilled as ModelSamplingDiscreteDistilled
from nodes.compat.extra_helpers import composite as composite
from nodes.compat.extra_helpers import gaussian_kernel as gaussian_kernel
from nodes.compat.extra_helpers import loglinear_interp as loglinear_interp
from nodes.compat.extra_helpers import perp_neg as perp_neg
from nodes.compat.extra_helpers import reshape_latent_to as reshape_latent_to
from nodes.compat.model_sampling import rescale_zero_terminal_snr_sigmas as rescale_zero_terminal_snr_sigmas
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
