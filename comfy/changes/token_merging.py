"""Token merging (Bolya & Hoffman 2023): positions that ask alike ask once, where the feature map is largest."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from comfy.models.changed_unet import Attend, Between, Inputs, Kind, Place
from comfy.models.spatial_transformer import CrossAttention
from comfy.sampling.asking import Asking

STRIDE = 2


@dataclass(frozen=True, eq=False)
class MergeTokens:
    """A share of the positions to be merged; one position in every two by two is chosen by chance to stay."""

    ratio: float
    chance: torch.Generator = field(default_factory=torch.Generator)

    def for_run(self) -> "MergeTokens":
        """The same with its chances begun anew."""
        return replace(self, chance=torch.Generator().manual_seed(0))

    def __call__(self, asking: Asking) -> Between:
        return _Merging(self, asking.x.shape[-2] * asking.x.shape[-1])


class _Merging(Between):
    def __init__(self, merge: MergeTokens, largest: int) -> None:
        self._merge, self._largest = merge, largest

    def attention(self, place: Place, kind: Kind, layer: CrossAttention, inputs: Inputs, attend: Attend) -> Tensor:
        q, k, v = inputs
        if kind != "self" or q.shape[1] < self._largest:
            return attend(q, k, v)
        pairs = match(q, place.shape[-2], place.shape[-1], int(q.shape[1] * self._merge.ratio), self._merge.chance)
        return pairs.unmerge(attend(pairs.merge(q), k, v))


@dataclass(frozen=True, eq=False)
class Pairs:
    """Which positions are merged into which: numbers of positions, [B, n]."""

    kept: Tensor
    merged: Tensor
    targets: Tensor  # [T] positions that others are merged into
    into: Tensor  # for each merged one, which of the targets

    def merge(self, x: Tensor) -> Tensor:
        """[B, N, C] to [B, N - merged, C], the means of what came together."""
        targets = x[:, self.targets]
        index = self.into[..., None].expand(-1, -1, x.shape[-1])
        joined = targets.scatter_reduce(1, index, _take(x, self.merged), reduce="mean")
        return torch.cat([_take(x, self.kept), joined], dim=1)

    def unmerge(self, x: Tensor) -> Tensor:
        """The way back: every position gets what became of it."""
        kept = self.kept.shape[1]
        count = kept + self.merged.shape[1] + len(self.targets)
        out = x.new_empty(len(x), count, x.shape[-1])
        joined = x[:, kept:]
        out[:, self.targets] = joined
        _put(out, self.kept, x[:, :kept])
        _put(out, self.merged, _take(joined, self.into))
        return out


def match(x: Tensor, height: int, width: int, count: int, chance: torch.Generator) -> Pairs:
    """The `count` positions of [B, H*W, C] that are most like one of the chosen ones, by cosine."""
    is_target = torch.zeros(height * width, dtype=torch.bool)
    rows, columns = height // STRIDE, width // STRIDE
    pick = torch.randint(STRIDE**2, (rows, columns), generator=chance)
    y = torch.arange(rows)[:, None] * STRIDE + pick // STRIDE
    x_place = torch.arange(columns) * STRIDE + pick % STRIDE
    is_target[(y * width + x_place).flatten()] = True
    targets, others = is_target.nonzero()[:, 0].to(x.device), (~is_target).nonzero()[:, 0].to(x.device)
    unit = x / x.norm(dim=-1, keepdim=True)
    likeness, nearest = (unit[:, others] @ unit[:, targets].mT).max(dim=-1)  # [B, others]
    order = likeness.argsort(dim=-1, descending=True)
    count = min(count, len(others))
    chosen, rest = order[:, :count], order[:, count:]
    return Pairs(others[rest], others[chosen], targets, nearest.gather(1, chosen))


def _take(x: Tensor, places: Tensor) -> Tensor:
    return x.gather(1, places[..., None].expand(-1, -1, x.shape[-1]))


def _put(x: Tensor, places: Tensor, values: Tensor) -> None:
    x.scatter_(1, places[..., None].expand(-1, -1, x.shape[-1]), values)
