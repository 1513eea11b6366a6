"""Drawing a large picture again by a model, tile by tile."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from comfy.sampling.each import Request, Seeds, sample_with_seeds
from comfy.tiling import OnTile, feather
from comfy.vae import Vae


@dataclass(frozen=True)
class TileGrid:
    """Tiles of one size laid evenly over a picture so that neighbours overlap by at least `overlap` pixels.

    Raises ValueError where tiles would overlap by more than their half: their number would grow without bound.
    """

    width: int
    height: int
    tile_width: int
    tile_height: int
    overlap: int

    def __post_init__(self) -> None:
        side = min(self.tile_width, self.tile_height)
        if 2 * self.overlap > side:
            raise ValueError(
                f"An overlap of {self.overlap} is more than half of a tile of {self.tile_width}x{self.tile_height}. "
                f"Set overlap to at most {side // 2}, or make the tiles larger."
            )

    def places(self) -> list[tuple[int, int]]:
        """Top and left of each tile, row by row."""
        return list(product(self._starts(self.height, self.tile_height), self._starts(self.width, self.tile_width)))

    def _starts(self, length: int, tile: int) -> list[int]:
        if length <= tile:
            return [0]
        count = -(-(length - self.overlap) // (tile - self.overlap))
        return [round(index * (length - tile) / (count - 1)) for index in range(count)]


def redraw(
    request: Request,
    vae: Vae,
    images: Tensor,
    grid: TileGrid,
    seed: int,
    on_tile: OnTile,
    check_cancelled: Callable[[], None],
) -> Tensor:
    """Images [B, H, W, 3] with every tile encoded, sampled with seed + its number, decoded, and blended in."""
    places = grid.places()
    total = torch.zeros_like(images[..., :3])
    weight = torch.zeros(images.shape[1:3])
    done = 0
    for number, (top, left) in enumerate(places):
        tile = images[:, top : top + grid.tile_height, left : left + grid.tile_width, :3]
        for index, picture in enumerate(tile.split(1)):
            drawn = _redraw_one(request, vae, picture, seed + number, check_cancelled)
            mask = _weights(drawn, grid.overlap)
            total[index, top : top + drawn.shape[1], left : left + drawn.shape[2]] += drawn[0] * mask[..., None]
            done += 1
            on_tile(done, len(places) * len(images))
        weight[top : top + drawn.shape[1], left : left + drawn.shape[2]] += mask
    return (total / weight[..., None]).clamp(0, 1)


def _redraw_one(request: Request, vae: Vae, picture: Tensor, seed: int, check_cancelled: Callable[[], None]) -> Tensor:
    """One picture drawn again; its sides are filled up for the latent and cut again."""
    height, width = picture.shape[1:3]
    down, across = -height % vae.downscale, -width % vae.downscale
    padded = torch.nn.functional.pad(picture.movedim(-1, 1), (0, across, 0, down), mode="replicate").movedim(1, -1)
    latent = {"samples": vae.encode(padded)}
    sampled = sample_with_seeds(request, Seeds(seed), latent, lambda step: check_cancelled())
    return vae.decode(sampled["samples"])[:, :height, :width]


def _weights(tile: Tensor, overlap: int) -> Tensor:
    """The share of a tile at each pixel, falling towards its edges; shares are divided by their sum afterwards."""
    height, width = tile.shape[1:3]
    return feather(height, width, min(overlap, height // 2, width // 2)).clamp(min=1e-4)
