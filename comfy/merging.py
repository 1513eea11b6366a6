"""Mixing the weights of two models of one architecture, and scaling some of one; as patches, so nothing is copied."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from comfy.errors import ArchitectureError
from comfy.residents import patched
from comfy.weights import Net, Patch, Weights


@dataclass(frozen=True)
class Shares:
    """How much the one and the other weight count."""

    own: float
    other: float


@dataclass(frozen=True, eq=False)
class Mixed:
    """A share of a weight plus a share of its namesake in another model, that model's own patches applied."""

    other: Weights[Any]
    name: str
    shares: Shares

    def apply(self, weight: torch.Tensor) -> torch.Tensor:
        theirs = self.other.module.get_parameter(self.name).detach().to(weight.device, torch.float32)
        if self.name in self.other.patches:
            theirs = patched(theirs, self.other.patches[self.name])
        self.other.page_out(self.name)
        return weight.mul_(self.shares.own).add_(theirs, alpha=self.shares.other)


@dataclass(frozen=True)
class Scaled:
    """A weight times a number."""

    factor: float

    def apply(self, weight: torch.Tensor) -> torch.Tensor:
        return weight.mul_(self.factor)


def mixed(weights: Weights[Net], other: Weights[Net], shares_of: Callable[[str], Shares]) -> Weights[Net]:
    """The weights mixed with another model's; a weight that the other lacks, or has in another shape, stays.

    `shares_of` gets a weight's name. Raises ArchitectureError where the models have nothing in common.
    """
    theirs = {name: tensor.shape for name, tensor in other.module.named_parameters()}
    common = [name for name, tensor in weights.module.named_parameters() if theirs.get(name) == tensor.shape]
    if not common:
        raise ArchitectureError(
            "these two models have no weights in common; only models of one architecture can be merged"
        )
    return weights.patched({name: Mixed(other, name, shares_of(name)) for name in common}).made_from(other.texts)


def scaled(weights: Weights[Net], factor_of: Callable[[str], float]) -> Weights[Net]:
    """The weights, each times the factor that its name is given."""
    factors = {name: factor_of(name) for name, _ in weights.module.named_parameters()}
    patches: dict[str, Patch] = {name: Scaled(factor) for name, factor in factors.items() if factor != 1}
    return weights.patched(patches) if patches else weights


def shares_by_block(ratios: dict[str, float], default: float) -> Callable[[str], Shares]:
    """Shares by the beginning of a weight's name, the longest one that fits; the ratio is the first model's share."""

    def shares_of(name: str) -> Shares:
        fitting = [start for start in ratios if name.startswith(start)]
        ratio = ratios[max(fitting, key=len)] if fitting else default
        return Shares(ratio, 1 - ratio)

    return shares_of
