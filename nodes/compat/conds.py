"""What packs import as `comfy.conds`: what a conditioning shows the network, as objects that can be batched."""

import math
from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

from nodes.compat.names import lacks_of
from nodes.compat.utils import repeat_to_batch_size

Own = TypeVar("Own", bound="CONDRegular")
LONGEST_REPEAT = 4


class CONDRegular:
    """A tensor that goes into the network as it is."""

    def __init__(self, cond: Any) -> None:
        self.cond = cond

    def _copy_with(self: Own, cond: Any) -> Own:
        return type(self)(cond)

    def process_cond(self: Own, batch_size: int, device: Any = None, **_: Any) -> Own:
        """The same for a batch."""
        return self._copy_with(repeat_to_batch_size(self.cond, batch_size).to(device))

    def can_concat(self, other: "CONDRegular") -> bool:
        return self.cond.shape == other.cond.shape and self.cond.device == other.cond.device

    def concat(self, others: Sequence["CONDRegular"]) -> Any:
        return torch.cat([self.cond, *(other.cond for other in others)])

    def size(self) -> list[int]:
        return list(self.cond.size())


class CONDNoiseShape(CONDRegular):
    """A tensor of the latent's shape, of which an area sees its own part."""

    def process_cond(
        self, batch_size: int, device: Any = None, area: Sequence[int] | None = None, **_: Any
    ) -> "CONDNoiseShape":
        cond = self.cond
        sides = () if area is None else area[: len(area) // 2]
        starts = () if area is None else area[len(area) // 2 :]
        for axis, (side, start) in enumerate(zip(sides, starts, strict=True)):
            cond = cond.narrow(axis + 2, start, side)
        return self._copy_with(repeat_to_batch_size(cond, batch_size).to(device))


class CONDCrossAttn(CONDRegular):
    """A text [B, L, D]: texts of other lengths are repeated along their tokens."""

    def can_concat(self, other: CONDRegular) -> bool:
        mine, theirs = self.cond.shape, other.cond.shape
        if mine == theirs:
            return True
        if (mine[0], mine[2]) != (theirs[0], theirs[2]):
            return False
        return math.lcm(mine[1], theirs[1]) <= LONGEST_REPEAT * min(mine[1], theirs[1])

    def concat(self, others: Sequence[CONDRegular]) -> Tensor:
        texts: list[Tensor] = [self.cond, *(other.cond for other in others)]
        length = math.lcm(*(text.shape[1] for text in texts))
        return torch.cat([text.repeat(1, length // text.shape[1], 1) for text in texts])


class CONDConstant(CONDRegular):
    """A value that is the same for a whole batch."""

    def process_cond(self, batch_size: int, device: Any = None, **_: Any) -> "CONDConstant":
        return self._copy_with(self.cond)

    def can_concat(self, other: CONDRegular) -> bool:
        return bool(self.cond == other.cond)

    def concat(self, others: Sequence[CONDRegular]) -> Any:
        return self.cond

    def size(self) -> list[int]:
        return [1]


class CONDList(CONDRegular):
    """Several tensors."""

    def process_cond(self, batch_size: int, device: Any = None, **_: Any) -> "CONDList":
        return self._copy_with([repeat_to_batch_size(each, batch_size).to(device) for each in self.cond])

    def can_concat(self, other: CONDRegular) -> bool:
        return len(self.cond) == len(other.cond) and all(
            a.shape == b.shape for a, b in zip(self.cond, other.cond, strict=True)
        )

    def concat(self, others: Sequence[CONDRegular]) -> list[Tensor]:
        return [torch.cat(each) for each in zip(self.cond, *(other.cond for other in others), strict=True)]

    def size(self) -> list[int]:
        return [sum(each.numel() for each in self.cond)]


__getattr__ = lacks_of("comfy.conds")
