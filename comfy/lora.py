"""Low-rank adaptations: a LoRA file's tensors as patches of a model's weights."""

import logging
from collections.abc import Iterator, Mapping

import torch

from comfy.lora_patches import Add, Difference, Given, HadamardProduct, KroneckerProduct, LowRank, MagnitudeAndDirection
from comfy.orthogonal_patches import InputRotations, Orthogonal
from comfy.relative_patches import GeneralLowRank, Scaling
from comfy.state_dict import metadata_of
from comfy.weights import Net, Patch, Weights

log = logging.getLogger(__name__)

StateDict = Mapping[str, torch.Tensor]

# The names under which training tools save the same pair of matrices: what follows the module's name.
DOWN_AND_UP = (
    (".lora_down.weight", ".lora_up.weight"),
    (".lora_A.weight", ".lora_B.weight"),
    (".lora_A.default.weight", ".lora_B.default.weight"),
    (".lora.down.weight", ".lora.up.weight"),
    (".lora_linear_layer.down.weight", ".lora_linear_layer.up.weight"),
    ("_lora.down.weight", "_lora.up.weight"),
)
# PEFT's names for DoRA's magnitudes, and for rotations of inputs (OFT).
PEFT_MAGNITUDE = tuple(f".lora_magnitude_vector{end}" for end in ("", ".weight", ".default.weight"))
PEFT_ROTATIONS = (".oft_R.weight", ".oft_R.default.weight")
# What is added whole to a weight and to its bias: the second names are LyCORIS's for layers that normalise.
WHOLE = (".diff", ".w_norm")
WHOLE_BIAS = (".diff_b", ".b_norm")


def apply_lora(weights: Weights[Net], lora: StateDict, names: Mapping[str, str], strength: float) -> Weights[Net]:
    """Weights with a LoRA file's patches; the same ones where it changes nothing.

    `names` maps what LoRA files call modules to weight names. A patch that does not fit is left out with a warning.
    """
    if strength == 0:
        return weights
    patches = patches_for(lora, names, strength)
    shapes = {name: tensor.shape for name, tensor in weights.module.state_dict().items()}
    fitting = {name: patch for name, patch in patches.items() if name in shapes and _fits(patch, shapes[name])}
    if len(fitting) < len(patches):
        log.warning(
            "%d of a LoRA's %d changes do not fit this model: left out", len(patches) - len(fitting), len(patches)
        )
    return weights.patched(fitting).made_from(metadata_of(lora)) if fitting else weights


def patches_for(lora: StateDict, names: Mapping[str, str], strength: float) -> dict[str, Patch]:
    """What a LoRA file changes, at a strength: patches by weight name."""
    patches: dict[str, Patch] = {}
    for name, weight in names.items():
        module = _Module(lora, name)
        patch = _patch(module, strength)
        if patch is not None:
            patches[weight] = patch
        bias = module.first(WHOLE_BIAS)
        if bias is not None:
            patches[weight.removesuffix("weight") + "bias"] = Add(Given(bias), strength)
    return patches


def _fits(patch: Patch, shape: torch.Size) -> bool:
    try:
        return patch.apply(torch.empty(shape, device="meta")).shape == shape
    except RuntimeError:
        return False


class _Module:
    """A LoRA file's tensors for one module."""

    def __init__(self, lora: StateDict, name: str) -> None:
        self.lora = lora
        self.name = name

    def get(self, suffix: str) -> torch.Tensor | None:
        return self.lora.get(self.name + suffix)

    def first(self, suffixes: tuple[str, ...]) -> torch.Tensor | None:
        return next((tensor for suffix in suffixes if (tensor := self.get(suffix)) is not None), None)

    def matrices(self, *suffixes: str) -> Iterator[torch.Tensor | None]:
        return (self.get(suffix) for suffix in suffixes)

    def alpha(self) -> float | None:
        alpha = self.get(".alpha")
        return None if alpha is None else float(alpha)


def difference_in(lora: StateDict, name: str) -> Difference | None:
    """What a LoRA file adds to the weight of the module that it calls by a name; None where it has nothing for it."""
    module = _Module(lora, name)
    kinds = (_low_rank, _hadamard, _kronecker, _general_low_rank, _scaling, _whole)
    return next((difference for kind in kinds if (difference := kind(module)) is not None), None)


def _patch(module: _Module, strength: float) -> Patch | None:
    rotations = _rotations(module, strength)
    if rotations is not None:
        return rotations
    added = difference_in(module.lora, module.name)
    if added is None:
        return None
    magnitude = module.get(".dora_scale")
    if magnitude is not None:
        return MagnitudeAndDirection(added, magnitude, strength)
    magnitude = module.first(PEFT_MAGNITUDE)
    return Add(added, strength) if magnitude is None else MagnitudeAndDirection(added, magnitude, strength, True)


def _rotations(module: _Module, strength: float) -> Patch | None:
    blocks, ready, vectors = module.get(".oft_blocks"), module.get(".oft_diag"), module.first(PEFT_ROTATIONS)
    if blocks is not None:
        return Orthogonal(blocks, module.alpha(), module.get(".rescale"), strength)
    if ready is not None:
        return Orthogonal(ready, None, None, strength, are_rotations=True)
    return None if vectors is None else InputRotations(vectors, strength)


def _general_low_rank(module: _Module) -> GeneralLowRank | None:
    a1, a2, b1, b2 = module.matrices(".a1.weight", ".a2.weight", ".b1.weight", ".b2.weight")
    if a1 is None or a2 is None or b1 is None or b2 is None:
        return None
    is_newer = a1.shape[0] > a1.shape[1]  # Two layouts are about, each the other's with the names exchanged.
    return GeneralLowRank(*((a2, a1, b2, b1) if is_newer else (a1, a2, b1, b2)), module.alpha())


def _scaling(module: _Module) -> Scaling | None:
    factors, on_input = module.get(".weight"), module.get(".on_input")
    if factors is None or on_input is None:
        return None
    return Scaling(factors, bool(on_input))


def _whole(module: _Module) -> Given | None:
    difference = module.first(WHOLE)
    return None if difference is None else Given(difference)


def _low_rank(module: _Module) -> LowRank | None:
    for down_name, up_name in DOWN_AND_UP:
        down = module.get(down_name)
        if down is None:
            continue
        up = module.get(up_name)
        if up is None:
            continue
        return LowRank(down, up, module.get(".lora_mid.weight"), module.alpha())
    return None


def _hadamard(module: _Module) -> HadamardProduct | None:
    first_a, first_b, second_a, second_b = module.matrices(".hada_w1_a", ".hada_w1_b", ".hada_w2_a", ".hada_w2_b")
    if first_a is None or first_b is None or second_a is None or second_b is None:
        return None
    first_core, second_core = module.matrices(".hada_t1", ".hada_t2")
    return HadamardProduct(first_a, first_b, second_a, second_b, first_core, second_core, module.alpha())


def _kronecker(module: _Module) -> KroneckerProduct | None:
    first, first_a, first_b = module.matrices(".lokr_w1", ".lokr_w1_a", ".lokr_w1_b")
    second, second_a, second_b = module.matrices(".lokr_w2", ".lokr_w2_a", ".lokr_w2_b")
    if (first is None and first_a is None) or (second is None and second_a is None):
        return None
    return KroneckerProduct(first, first_a, first_b, second, second_a, second_b, module.get(".lokr_t2"), module.alpha())
