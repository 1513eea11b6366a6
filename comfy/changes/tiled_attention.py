"""HyperTile (tfernd): self-attention within tiles of the picture where it is largest, which saves most of its time."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from comfy.models.changed_unet import Attend, Between, Inputs, Kind, Place
from comfy.models.spatial_transformer import CrossAttention
from comfy.sampling.asking import Asking

PIXELS_PER_LATENT = 8
SMALLEST_TILE = 32


@dataclass(frozen=True, eq=False)
class HyperTile:
    """Tiles of at least a side in pixels; `choices` of the divisions that come to it are used in turn, by chance.

    `depth` is how many times smaller by two a feature map may be than the latent to be tiled still.
    """

    tile_size: int
    choices: int
    depth: int
    scales_with_depth: bool
    chance: torch.Generator = field(default_factory=torch.Generator)

    def for_run(self) -> "HyperTile":
        """The same with its chances begun anew."""
        return replace(self, chance=torch.Generator().manual_seed(0))

    def __call__(self, asking: Asking) -> Between:
        return _Tiling(self, asking.x.shape[-2], asking.x.shape[-1])


class _Tiling(Between):
    def __init__(self, tile: HyperTile, height: int, width: int) -> None:
        self._tile = tile
        self._depth_of = {(height / 2**n) * (width / 2**n): n for n in range(tile.depth + 1)}

    def attention(self, place: Place, kind: Kind, layer: CrossAttention, inputs: Inputs, attend: Attend) -> Tensor:
        height, width = place.shape[-2:]
        depth = self._depth_of.get(height * width)
        # Where another change has merged positions they lie in no grid that could be tiled.
        if kind != "self" or depth is None or any(x.shape[1] != height * width for x in inputs):
            return attend(*inputs)
        factor = 2**depth if self._tile.scales_with_depth else 1
        side = max(SMALLEST_TILE, self._tile.tile_size) // PIXELS_PER_LATENT * factor
        rows, columns = self._division(height, side), self._division(width, side)
        if rows * columns == 1:
            return attend(*inputs)
        q, k, v = (_into_tiles(x, rows, columns, height, width) for x in inputs)
        return _out_of_tiles(attend(q, k, v), rows, columns, height, width)

    def _division(self, side: int, smallest: int) -> int:
        """Into how many parts a side is cut, each at least so long."""
        smallest = min(smallest, side)
        parts = [side // n for n in range(smallest, side + 1) if side % n == 0][: self._tile.choices]
        last = len(parts) - 1
        return parts[int(torch.randint(last, (1,), generator=self._tile.chance)) if last > 0 else 0]


def _into_tiles(x: Tensor, rows: int, columns: int, height: int, width: int) -> Tensor:
    """[B, H*W, C] to [B*rows*columns, tile, C]."""
    tiles = x.reshape(len(x), rows, height // rows, columns, width // columns, -1).transpose(2, 3)
    return tiles.reshape(len(x) * rows * columns, -1, x.shape[-1])


def _out_of_tiles(x: Tensor, rows: int, columns: int, height: int, width: int) -> Tensor:
    tiles = x.reshape(-1, rows, columns, height // rows, width // columns, x.shape[-1]).transpose(2, 3)
    return tiles.reshape(-1, height * width, x.shape[-1])
