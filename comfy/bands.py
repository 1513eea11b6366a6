"""Pictures made tile by tile and given out band by band, so that a whole one never has to be in memory."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor

from comfy.tiling import OnTile, feather, starts

Network = Callable[[Tensor], Tensor]
"""Takes a tile [1, C, h, w] to one whose sides are `scale` times as long."""

ROWS = 128


def bands(
    network: Network, x: Tensor, tile: int, overlap: int, scale: int, on_tile: OnTile | None = None
) -> Iterator[Tensor]:
    """The result for x [1, C, H, W] from the top down, in bands [C, rows, scale * W] that are finished.

    Tiles of a side `tile` overlap and are blended there. At any time no more is held than two bands as high as a
    tile: about 8 * C * scale² * tile * W bytes, besides what the network takes for a tile. `on_tile` is told how many
    of how many tiles are done; raising ends the run.
    """
    height, width = x.shape[-2:]
    overlap = min(overlap, tile // 2)
    tops, lefts = starts(height, tile, overlap), starts(width, tile, overlap)
    total, weight, done = None, None, 0
    for top, below in pairwise([*tops, height]):
        rows = min(tile, height - top) * scale
        total, weight = _taller(total, weight, rows)
        for left in lefts:
            part = network(x[..., top : top + tile, left : left + tile])[0].to("cpu", torch.float32)
            mask = feather(part.shape[-2], part.shape[-1], overlap * scale)
            place = slice(left * scale, left * scale + part.shape[-1])
            if total is None or weight is None:
                total = part.new_zeros((part.shape[0], rows, width * scale))
                weight = part.new_zeros((rows, width * scale))
            total[:, : part.shape[-2], place] += part * mask
            weight[: part.shape[-2], place] += mask
            done += 1
            if on_tile is not None:
                on_tile(done, len(tops) * len(lefts))
        assert total is not None
        assert weight is not None
        finished = (below - top) * scale
        for start in range(0, finished, ROWS):  # Few at a time: what is made of them takes memory several times over.
            end = min(start + ROWS, finished)
            yield total[:, start:end] / weight[start:end]
        total, weight = total[:, finished:].clone(), weight[finished:].clone()


def whole(network: Network, x: Tensor, tile: int, overlap: int, scale: int, on_tile: OnTile | None = None) -> Tensor:
    """The result for every picture of a batch [B, C, H, W] at once."""
    out, row, overlap = None, 0, min(overlap, tile // 2)
    count = len(starts(x.shape[-2], tile, overlap)) * len(starts(x.shape[-1], tile, overlap))
    for index, item in enumerate(x.split(1)):
        row = 0

        def told(done: int, _total: int, before: int = index * count) -> None:
            if on_tile is not None:
                on_tile(before + done, count * len(x))

        for band in bands(network, item, tile, overlap, scale, told):
            if out is None:
                out = band.new_empty((len(x), len(band), x.shape[-2] * scale, x.shape[-1] * scale))
            out[index, :, row : row + band.shape[-2]] = band
            row += band.shape[-2]
    assert out is not None
    return out


def _taller(total: Tensor | None, weight: Tensor | None, rows: int) -> tuple[Tensor | None, Tensor | None]:
    """What the last row of tiles has left, with room below for the next."""
    if total is None or weight is None:
        return None, None
    missing = rows - total.shape[-2]
    return (
        torch.nn.functional.pad(total, (0, 0, 0, missing)),
        torch.nn.functional.pad(weight, (0, 0, 0, missing)),
    )
