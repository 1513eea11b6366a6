"""Running a network over overlapping tiles and blending the results, for pictures that do not fit at once."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count, product

import torch

OnTile = Callable[[int, int], None]


@dataclass(frozen=True)
class Tiles:
    """Height, width and overlap of tiles, in the input's pixels."""

    height: int
    width: int
    overlap: int

    def shapes(self) -> tuple["Tiles", ...]:
        """Upright, wide and square tiles: their seams fall in different places, so that averaging hides them."""
        return (
            Tiles(self.height * 2, self.width // 2, self.overlap),
            Tiles(self.height // 2, self.width * 2, self.overlap),
            self,
        )


def run_tiled(
    network: Callable[[torch.Tensor], torch.Tensor],
    x: torch.Tensor,
    tiles: Tiles,
    scale: float,
    on_tile: OnTile | None = None,
) -> torch.Tensor:
    """Run a network that changes height and width by `scale` over tiles of x [B, C, H, W], three times, and average.

    No more is held than the result and what the network takes for a tile; the result's channels are last in memory.
    `on_tile` is told how many tiles of how many are done; raising ends the run.
    """
    total = None
    numbers, tile_count = count(1), count_tiles(x.shape[-2], x.shape[-1], len(x), tiles)
    for shape in tiles.shapes():
        rows = shares(x.shape[-2], shape.height, shape.overlap, scale)
        columns = shares(x.shape[-1], shape.width, shape.overlap, scale)
        for item, row, column in product(range(len(x)), rows, columns):
            part = network(x[item : item + 1, :, row.start : row.end, column.start : column.end])
            if total is None:
                size = (len(x), part.shape[1], *(round(side * scale) for side in x.shape[-2:]))
                # Written to by parts, and left where a channel's pixels lie apart: what follows wants them so.
                total = torch.empty(
                    size, dtype=part.dtype, device=part.device, memory_format=torch.channels_last
                ).zero_()
            share = torch.outer(row.share, column.share).to(part)
            place = total[item : item + 1, :, row.place : row.place + len(row.share)]
            place[..., column.place : column.place + len(column.share)].addcmul_(part, share, value=1 / 3)
            if on_tile is not None:
                on_tile(next(numbers), tile_count)
    assert total is not None
    return total


@dataclass(frozen=True, eq=False)
class Stretch:
    """What a tile covers of a side: from where to where, where its result begins, and how much that counts there."""

    start: int
    end: int
    place: int
    share: torch.Tensor


def shares(length: int, tile: int, overlap: int, scale: float) -> list[Stretch]:
    """The stretches of a side; the shares of all that cover a place add up to 1."""
    begins = starts(length, tile, overlap)
    ends = [min(begin + tile, length) for begin in begins]
    ramps = [
        _ramp(round((end - begin) * scale), round(overlap * scale)) for begin, end in zip(begins, ends, strict=True)
    ]
    total = torch.zeros(round(length * scale))
    places = [round(begin * scale) for begin in begins]
    for place, ramp in zip(places, ramps, strict=True):
        total[place : place + len(ramp)] += ramp
    parts = zip(begins, ends, places, ramps, strict=True)
    return [Stretch(start, end, at, ramp / total[at : at + len(ramp)]) for start, end, at, ramp in parts]


def starts(length: int, tile: int, overlap: int) -> list[int]:
    """Where tiles begin so that each overlaps the one before; the last may be cut short by the edge."""
    return [0] if length <= tile else list(range(0, length - overlap, tile - overlap))


def count_tiles(height: int, width: int, batch: int, tiles: Tiles) -> int:
    """How often the network will run."""
    return batch * sum(
        len(starts(height, shape.height, shape.overlap)) * len(starts(width, shape.width, shape.overlap))
        for shape in tiles.shapes()
    )


def blend(
    network: Callable[[torch.Tensor], torch.Tensor],
    x: torch.Tensor,
    tiles: Tiles,
    scale: float,
) -> torch.Tensor:
    """Run a network once over tiles of one shape of x [1, C, H, W], and blend where they overlap.

    Unlike `run_tiled` it asks nothing of the sizes that the network gives, which packs' networks round as they like.
    """
    height, width = x.shape[-2:]
    rows, columns = starts(height, tiles.height, tiles.overlap), starts(width, tiles.width, tiles.overlap)
    out = weight = None
    for top, left in product(rows, columns):
        part = network(x[..., top : top + tiles.height, left : left + tiles.width])
        if len(rows) * len(columns) == 1:
            out, weight = part, torch.ones(())
        else:
            if out is None or weight is None:
                size = (round(height * scale), round(width * scale))
                out, weight = part.new_zeros((*part.shape[:2], *size)), part.new_zeros((1, 1, *size))
            mask = feather(part.shape[-2], part.shape[-1], round(tiles.overlap * scale)).to(part)
            place = (
                ...,
                slice(round(top * scale), round(top * scale) + part.shape[-2]),
                slice(round(left * scale), round(left * scale) + part.shape[-1]),
            )
            out[place] += part * mask
            weight[place] += mask
    assert out is not None
    assert weight is not None
    return out / weight.to(out)


def feather(height: int, width: int, overlap: int) -> torch.Tensor:
    """A [height, width] weight that rises linearly from every edge over the overlap; shorter sides stay flat."""
    return torch.outer(_ramp(height, overlap), _ramp(width, overlap))


def _ramp(length: int, overlap: int) -> torch.Tensor:
    if overlap >= length:
        return torch.ones(length)
    rise = (torch.arange(length) + 1).clamp(max=max(overlap, 1)) / max(overlap, 1)
    return rise * rise.flip(0)
