"""Changes of weights in the forms in which packs give them to `add_patches`, as patches of Skein's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from comfy.lora_patches import Add, HadamardProduct, KroneckerProduct, LowRank, MagnitudeAndDirection
from comfy.merging import Mixed, Shares
from comfy.weights import Patch, Weights


class NamedWeight(list[Any]):
    """A weight of a model with its patches, as `get_key_patches` hands it out: packs give it to another model."""

    def __init__(self, weights: Weights[Any], name: str) -> None:
        super().__init__([(weights.module.get_parameter(name).detach(), lambda tensor, **_: tensor)])
        self.weights, self.name = weights, name


@dataclass(frozen=True)
class LoraWeight:
    """What a LoRA file changes of one weight, once its strength is known."""

    at_strength: Callable[[float], Patch]


@dataclass(frozen=True, eq=False)
class PackPatch:
    """A weight times `strength_model`, plus what a pack gave times `strength`; at `offset` only a part of it."""

    value: Any
    strength: float
    strength_model: float
    offset: tuple[int, int, int] | None = None
    function: Callable[[Tensor], Tensor] | None = None

    def apply(self, weight: Tensor) -> Tensor:
        part = weight if self.offset is None else weight.narrow(*self.offset)
        changed = self._apply(part)
        if self.offset is None:
            return changed
        part.copy_(changed)
        return weight

    def _apply(self, weight: Tensor) -> Tensor:
        if isinstance(self.value, NamedWeight):
            shares = Shares(self.strength_model, self.strength)
            return Mixed(self.value.weights, self.value.name, shares).apply(weight)
        if _is_weight_with_patches(self.value):
            (theirs, convert), *patches = self.value
            added = calculate_weight(patches, convert(theirs.to(weight.device)), "")
            return weight.mul_(self.strength_model).add_(self._fitted(added, weight), alpha=self.strength)
        if self.strength_model != 1.0:
            weight = weight.mul_(self.strength_model)
        if isinstance(self.value, LoraWeight):
            return self.value.at_strength(self.strength).apply(weight)
        kind, content = _kind_of(self.value)
        if kind == "diff":
            return weight.add_(self._fitted(content[0], weight), alpha=self.strength)
        if kind == "set":
            return weight.copy_(content[0])
        return _adapter(kind, content, self.strength).apply(weight)

    def _fitted(self, difference: Tensor, weight: Tensor) -> Tensor:
        difference = difference.to(weight.device, weight.dtype)
        difference = difference if self.function is None else self.function(difference)
        if difference.shape != weight.shape:
            raise ValueError(
                f"A pack adds a tensor of the shape {list(difference.shape)} to a weight of {list(weight.shape)}."
            )
        return difference


def calculate_weight(
    patches: Sequence[Any], weight: Tensor, key: str, intermediate_dtype: Any = None, original_weights: Any = None
) -> Tensor:
    """A weight with patches as models hold them: (strength, value, strength of the weight, offset, function)."""
    changed = weight.to(intermediate_dtype or torch.float32, copy=True)
    for strength, value, strength_model, offset, function in patches:
        changed = PackPatch(value, strength, strength_model, offset, function).apply(changed)
    return changed


def _is_weight_with_patches(value: Any) -> bool:
    """Whether it is a weight with its patches, as `get_key_patches` hands it out for a network of a pack's own."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], tuple) and callable(value[0][-1])


def _kind_of(value: Any) -> tuple[str, Any]:
    """The name of a form and what it holds."""
    if isinstance(value, Tensor):
        return "diff", (value,)
    if isinstance(value, (tuple, list)) and len(value) == 1:
        return "diff", value
    if isinstance(value, (tuple, list)) and len(value) == 2 and isinstance(value[0], str):
        return value[0], value[1]
    if hasattr(value, "weights") and hasattr(value, "name"):  # the form of newer packs: an object for each kind
        return str(value.name), value.weights
    raise ValueError(f"A pack changes weights in a form that is not known here: {type(value).__name__}.")


def _adapter(kind: str, content: Any, strength: float) -> Patch:
    if kind == "lora":
        up, down, alpha, core, magnitude = _filled(content, 5)
        return _with_magnitude(LowRank(down, up, core, alpha), magnitude, strength)
    if kind == "loha":
        first_a, first_b, alpha, second_a, second_b, first_core, second_core, magnitude = _filled(content, 8)
        product = HadamardProduct(first_a, first_b, second_a, second_b, first_core, second_core, alpha)
        return _with_magnitude(product, magnitude, strength)
    if kind == "lokr":
        first, second, alpha, first_a, first_b, second_a, second_b, core, magnitude = _filled(content, 9)
        kronecker = KroneckerProduct(first, first_a, first_b, second, second_a, second_b, core, alpha)
        return _with_magnitude(kronecker, magnitude, strength)
    raise ValueError(f"A pack changes weights by {kind!r}; known here are diff, set, lora, loha and lokr.")


def _filled(content: Any, count: int) -> list[Any]:
    """So many parts, None for those that were left out at the end."""
    return (list(content) + [None] * count)[:count]


def _with_magnitude(added: Any, magnitude: Tensor | None, strength: float) -> Patch:
    return Add(added, strength) if magnitude is None else MagnitudeAndDirection(added, magnitude, strength)


def shape_of(weights: Weights[Any], name: str) -> torch.Size | None:
    """The shape of a weight; None where there is none of this name."""
    try:
        return weights.module.get_parameter(name).shape
    except AttributeError:
        return None
