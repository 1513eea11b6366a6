"""How a few small tensors change a large weight: LoRA and its relatives, each in the formula of its paper."""

from dataclasses import dataclass
from typing import Protocol

import torch


class Difference(Protocol):
    """Something that can be added to a weight."""

    def difference(self, weight: torch.Tensor) -> torch.Tensor:
        """What is added at full strength, in the weight's shape, precision and device."""
        ...


@dataclass(frozen=True, eq=False)
class Add:
    """Adds a difference, times a strength."""

    added: Difference
    strength: float

    def apply(self, weight: torch.Tensor) -> torch.Tensor:
        return weight.add_(self.added.difference(weight), alpha=self.strength)


@dataclass(frozen=True, eq=False)
class MagnitudeAndDirection:
    """DoRA (Liu et al. 2024): a difference changes the direction of a weight, a vector sets its magnitude.

    The paper and PEFT divide by the length of the changed weight, other tools by that of the weight as it was.
    """

    added: Difference
    magnitude: torch.Tensor
    strength: float
    divides_by_changed: bool = False

    def apply(self, weight: torch.Tensor) -> torch.Tensor:
        changed = weight + self.added.difference(weight)
        magnitude = like(self.magnitude, weight)
        # Files carry one magnitude per output (PEFT as [1, out, 1, 1]) or, less often, one per input.
        axis = 0 if self.divides_by_changed or magnitude.shape[0] == weight.shape[0] else 1
        normed = weight if axis == 0 and not self.divides_by_changed else changed
        others = [dimension for dimension in range(weight.ndim) if dimension != axis]
        norm = torch.linalg.vector_norm(normed, dim=others, keepdim=True) + torch.finfo(weight.dtype).eps
        changed *= magnitude.reshape(norm.shape) / norm
        return changed if self.strength == 1.0 else weight + (changed - weight) * self.strength


@dataclass(frozen=True, eq=False)
class Given:
    """A difference that is stored whole."""

    whole: torch.Tensor

    def difference(self, weight: torch.Tensor) -> torch.Tensor:
        return like(self.whole, weight).reshape(weight.shape)


@dataclass(frozen=True, eq=False)
class LowRank:
    """LoRA (Hu et al. 2021) and its form for convolutions, LoCon: up @ down, or with a core between for a kernel."""

    down: torch.Tensor  # [rank, in, …]
    up: torch.Tensor  # [out, rank, …]
    core: torch.Tensor | None  # [rank, rank, kh, kw]
    alpha: float | None

    def difference(self, weight: torch.Tensor) -> torch.Tensor:
        down, up = like(self.down, weight).flatten(1), like(self.up, weight).flatten(1)
        scale = scale_of(self.alpha, down.shape[0])
        if self.core is None:
            return (up @ down).reshape(weight.shape) * scale
        return torch.einsum("or,rshw,si->oihw", up, like(self.core, weight), down) * scale


@dataclass(frozen=True, eq=False)
class HadamardProduct:
    """LoHa (Hyeon-Woo et al. 2022): the element-wise product of two low-rank matrices."""

    first_a: torch.Tensor  # [out, rank]
    first_b: torch.Tensor  # [rank, in·kernel]
    second_a: torch.Tensor
    second_b: torch.Tensor
    first_core: torch.Tensor | None  # [rank, rank, kh, kw]
    second_core: torch.Tensor | None
    alpha: float | None

    def difference(self, weight: torch.Tensor) -> torch.Tensor:
        first = product(self.first_a, self.first_b, self.first_core, weight)
        second = product(self.second_a, self.second_b, self.second_core, weight)
        return (first * second).reshape(weight.shape) * scale_of(self.alpha, self.first_b.shape[0])


@dataclass(frozen=True, eq=False)
class KroneckerProduct:
    """LoKr (Yeh et al. 2023): the Kronecker product of two matrices, each whole or of low rank."""

    first: torch.Tensor | None
    first_a: torch.Tensor | None
    first_b: torch.Tensor | None
    second: torch.Tensor | None
    second_a: torch.Tensor | None
    second_b: torch.Tensor | None
    second_core: torch.Tensor | None
    alpha: float | None

    def difference(self, weight: torch.Tensor) -> torch.Tensor:
        first = whole_or_product(self.first, self.first_a, self.first_b, None, weight)
        second = whole_or_product(self.second, self.second_a, self.second_b, self.second_core, weight)
        first = first.reshape(*first.shape, *[1] * (second.ndim - first.ndim))
        factor = self.second_b if self.second_b is not None else self.first_b
        # Two whole matrices have no rank that alpha could be measured against.
        scale = 1.0 if factor is None else scale_of(self.alpha, factor.shape[0])
        return torch.kron(first.contiguous(), second.contiguous()).reshape(weight.shape) * scale


def like(tensor: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return tensor.to(weight.device, weight.dtype)


def scale_of(alpha: float | None, rank: int) -> float:
    """Files without an alpha mean alpha = rank."""
    return 1.0 if alpha is None else alpha / rank


def product(a: torch.Tensor, b: torch.Tensor, core: torch.Tensor | None, weight: torch.Tensor) -> torch.Tensor:
    """a @ b, or with a core between them the weight of a convolution (Tucker decomposition)."""
    a, b = like(a, weight), like(b, weight)
    if core is None:
        return a @ b
    return torch.einsum("rshw,si,ro->oihw", like(core, weight), b, a)


def whole_or_product(
    whole: torch.Tensor | None,
    a: torch.Tensor | None,
    b: torch.Tensor | None,
    core: torch.Tensor | None,
    weight: torch.Tensor,
) -> torch.Tensor:
    if whole is not None:
        return like(whole, weight)
    assert a is not None
    assert b is not None
    return product(a, b, core, weight)
