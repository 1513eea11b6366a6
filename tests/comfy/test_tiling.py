"""Tiles: where they begin, how they blend, and that they cover everything."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from comfy.tiling import Tiles, count_tiles, feather, run_tiled, starts


@given(length=st.integers(1, 300), tile=st.integers(8, 100), overlap=st.integers(0, 7))
def test_tiles_cover_a_side(length, tile, overlap):
    covered = {place for start in starts(length, tile, overlap) for place in range(start, min(start + tile, length))}
    assert covered == set(range(length))


@settings(deadline=None, max_examples=40)
@given(height=st.integers(4, 60), width=st.integers(4, 60), scale=st.sampled_from([1, 2, 4]))
def test_blending_what_does_not_depend_on_the_tile_changes_nothing(height, width, scale):
    x = torch.randn(2, 3, height, width)
    enlarged = F.interpolate(x, scale_factor=scale, mode="nearest")
    tiled = run_tiled(lambda part: F.interpolate(part, scale_factor=scale, mode="nearest"), x, Tiles(16, 16, 4), scale)
    torch.testing.assert_close(tiled, enlarged, atol=1e-5, rtol=1e-5)


def test_a_smaller_output_is_blended_too():
    x = torch.randn(1, 3, 96, 64)
    tiled = run_tiled(lambda part: part[..., ::8, ::8], x, Tiles(32, 32, 8), 1 / 8)
    torch.testing.assert_close(tiled, x[..., ::8, ::8])


def test_the_weight_rises_from_every_edge_over_the_overlap():
    weight = feather(6, 3, 3)
    torch.testing.assert_close(weight[:, 0], torch.tensor([1 / 3, 2 / 3, 1, 1, 2 / 3, 1 / 3]))
    assert torch.equal(weight[0], weight[0, :1].expand(3))


@pytest.mark.parametrize(("height", "width", "tiles"), [(8, 8, 3), (64, 64, 3 * 16)])
def test_tiles_are_counted(height, width, tiles):
    calls: list[tuple[int, int]] = []
    shape = Tiles(16, 16, 0)
    run_tiled(lambda part: part, torch.zeros(1, 1, height, width), shape, 1, lambda *tile: calls.append(tile))
    assert count_tiles(height, width, 1, shape) == tiles
    assert calls == [(number, tiles) for number in range(1, tiles + 1)]
