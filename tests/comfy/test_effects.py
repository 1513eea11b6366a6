"""Effects leave plain pictures alone, keep sizes, and do what they are named for."""

import pytest
import torch

from comfy import canny, compositing, effects, masks


def square(size: int = 16) -> torch.Tensor:
    picture = torch.zeros(1, size, size, 3)
    picture[:, 5:11, 5:11] = 1
    return picture


@pytest.mark.parametrize("radius", [0, 1, 5, 31])
def test_a_plain_picture_has_nothing_to_blur_or_sharpen(radius: int) -> None:
    plain = torch.full((2, 9, 7, 3), 0.3)
    assert torch.allclose(effects.blur(plain, radius, 1.0), plain, atol=1e-5)
    assert torch.allclose(effects.sharpen(plain, radius, 1.0, 1.0), plain, atol=1e-4)


def test_blurring_keeps_a_one_pixel_picture() -> None:
    assert torch.allclose(effects.blur(torch.full((1, 1, 1, 3), 0.5), 3, 1.0), torch.tensor(0.5))


def test_noise_comes_from_its_seed() -> None:
    grey = torch.full((1, 8, 8, 3), 0.5)
    assert torch.equal(effects.add_noise(grey, 3, 0.2), effects.add_noise(grey, 3, 0.2))
    assert not torch.equal(effects.add_noise(grey, 3, 0.2), effects.add_noise(grey, 4, 0.2))
    assert torch.equal(effects.add_noise(grey, 3, 0.0), grey)


@pytest.mark.parametrize("dither", effects.DITHERS)
def test_quantizing_leaves_so_many_colours(dither: str) -> None:
    picture = torch.rand(1, 20, 13, 3, generator=torch.Generator().manual_seed(0))
    few = effects.quantize(picture, 5, dither)
    assert few.shape == picture.shape
    assert len(few.reshape(-1, 3).unique(dim=0)) <= 5


def test_morphology_grows_shrinks_and_undoes() -> None:
    picture = square()
    assert effects.morphology(picture, "dilate", 3)[0, :, :, 0].sum() == 8 * 8
    assert effects.morphology(picture, "erode", 3)[0, :, :, 0].sum() == 4 * 4
    for same in ("open", "close"):
        assert torch.equal(effects.morphology(picture, same, 3), picture)
    assert effects.morphology(picture, "gradient", 3)[0, :, :, 0].sum() == 64 - 16
    for nothing in ("top_hat", "bottom_hat"):
        assert effects.morphology(picture, nothing, 3).sum() == 0
    assert effects.morphology(picture, "dilate", 4).shape == picture.shape


def test_edges_run_around_a_square_and_nowhere_else() -> None:
    edges = canny.find_edges(square(), 0.4, 0.8)
    assert set(edges.unique().tolist()) == {0.0, 1.0}
    assert edges[0, 8, 8, 0] == 0
    assert edges[0, 0, 0, 0] == 0
    assert edges[0, 8, 3:7, 0].sum() >= 1
    assert canny.find_edges(torch.full((1, 1, 1, 3), 0.5), 0.4, 0.8).sum() == 0


@pytest.mark.parametrize(("x", "y"), [(0, 0), (-2, -3), (6, 5), (100, 0), (0, -100), (-4, 7)])
def test_overlays_may_leave_the_picture_at_any_side(x: int, y: int) -> None:
    under, over = torch.zeros(2, 3, 8, 8), torch.ones(1, 3, 4, 4)
    result = compositing.overlay(under, over, x, y)
    expected = torch.zeros(8, 8)
    for row in range(4):
        for column in range(4):
            if 0 <= y + row < 8 and 0 <= x + column < 8:
                expected[y + row, x + column] = 1
    assert torch.equal(result, expected.expand(2, 3, 8, 8))
    assert under.sum() == 0


def test_alpha_is_joined_and_split_again() -> None:
    colours, mask = torch.rand(2, 4, 4, 3), torch.rand(1, 4, 4)
    joined = compositing.join_alpha(colours, mask)
    assert joined.shape == (2, 4, 4, 4)
    split, again = compositing.split_alpha(joined)
    assert torch.equal(split, colours)
    assert torch.allclose(again, mask.expand(2, -1, -1))


@pytest.mark.parametrize("mode", compositing.MODES)
def test_layers_join_in_range_whatever_their_sizes(mode: str) -> None:
    source, destination = torch.rand(2, 6, 5, 3), torch.rand(3, 8, 8, 3)
    colours, transparency = compositing.porter_duff(source, torch.rand(2, 4, 4), destination, torch.rand(3, 8, 8), mode)
    assert colours.shape == (2, 8, 8, 3)
    assert transparency.shape == (2, 8, 8)
    assert 0 <= colours.min() <= colours.max() <= 1


def test_opaque_layers_hide_and_show() -> None:
    red, blue = torch.zeros(1, 2, 2, 3), torch.zeros(1, 2, 2, 3)
    red[..., 0], blue[..., 2] = 1, 1
    opaque = torch.zeros(1, 2, 2)
    assert torch.equal(compositing.porter_duff(red, opaque, blue, opaque, "SRC_OVER")[0], red)
    assert torch.equal(compositing.porter_duff(red, opaque, blue, opaque, "DST_OVER")[0], blue)
    assert compositing.porter_duff(red, opaque, blue, opaque, "XOR")[1].min() == 1


def test_masks_grow_shrink_and_keep_their_shape() -> None:
    dot = torch.zeros(1, 9, 9)
    dot[0, 4, 4] = 1
    assert masks.grow(dot, 2, True).sum() == 13
    assert masks.grow(dot, 2, False).sum() == 25
    assert masks.grow(masks.grow(dot, 2, False), -2, False).equal(dot)
    assert masks.grow(dot, -1, True).sum() == 0
    assert masks.grow(dot, 10_000, True).min() == 1


@pytest.mark.parametrize(
    ("operation", "expected"),
    [("multiply", 0.24), ("add", 1.0), ("subtract", 0.2), ("and", 0.0), ("or", 1.0), ("xor", 1.0)],
)
def test_masks_combine_where_they_meet(operation: str, expected: float) -> None:
    result = masks.combine(torch.full((1, 4, 4), 0.6), torch.full((2, 2), 0.4), 3, 3, operation)
    assert result[0, 3, 3].item() == pytest.approx(expected, abs=1e-6)
    assert result[0, 0, 0].item() == pytest.approx(0.6)


def test_feathering_rises_from_each_edge() -> None:
    faded = masks.feather(torch.ones(1, 4, 8), left=4, top=0, right=2, bottom=1)
    assert faded[0, 0].tolist() == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1, 1, 0.5])
    assert masks.feather(torch.ones(1, 2, 2), 99, 0, 0, 0)[0, 0].tolist() == [0.5, 1.0]


def test_a_colour_is_masked_exactly() -> None:
    picture = torch.tensor([[0x33, 0x66, 0xCC], [0x33, 0x66, 0xCD]]).reshape(1, 1, 2, 3) / 255
    assert masks.of_colour(picture, 0x3366CC).tolist() == [[[1.0, 0.0]]]
