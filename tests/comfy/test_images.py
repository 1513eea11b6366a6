"""Images and masks keep their shapes, ranges and edges."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from comfy import images, masks


@pytest.mark.parametrize("method", images.RESIZE_METHODS)
@given(width=st.integers(1, 20), height=st.integers(1, 20), crop=st.sampled_from(images.CROPS))
def test_a_plain_image_stays_plain_at_any_size(method: str, width: int, height: int, crop: str) -> None:
    resized = images.resize(torch.full((2, 7, 5, 3), 0.2), width, height, method, crop)
    assert resized.shape == (2, height, width, 3)
    assert torch.allclose(resized, torch.tensor(0.2), atol=1e-6)


def test_a_side_of_zero_follows_from_the_other() -> None:
    picture = torch.rand(1, 10, 20, 3)
    assert images.resize_keeping_zeros(picture, 40, 0, "area").shape == (1, 20, 40, 3)
    assert images.resize_keeping_zeros(picture, 0, 5, "area").shape == (1, 5, 10, 3)
    assert images.resize_keeping_zeros(picture, 0, 0, "area") is picture


def test_cropping_keeps_the_middle() -> None:
    picture = torch.tensor([0.0, 1.0, 1.0, 0.0]).reshape(1, 1, 4, 1).expand(1, 2, 4, 3)
    assert images.resize(picture, 2, 2, "nearest-exact", "center").min() == 1


def test_resizing_by_a_tiny_factor_leaves_a_pixel() -> None:
    assert images.resize_by(torch.rand(1, 8, 8, 3), 0.01, "area").shape == (1, 1, 1, 3)


def test_lanczos_takes_one_channel_and_four() -> None:
    for channels in (1, 3, 4):
        assert images.resize(torch.rand(1, 4, 4, channels), 8, 6, "lanczos").shape == (1, 6, 8, channels)


def test_batches_take_the_first_ones_size_and_the_richer_channels() -> None:
    joined = images.concatenate(torch.zeros(1, 4, 4, 3), torch.ones(2, 8, 4, 4) * 0.5)
    assert joined.shape == (3, 4, 4, 4)
    assert joined[0, 0, 0].tolist() == [0, 0, 0, 1]
    assert joined[1, 0, 0].tolist() == pytest.approx([0.5] * 4)


@pytest.mark.parametrize("mode", images.BLENDS)
@given(a=st.floats(0, 1, width=32), b=st.floats(0, 1, width=32), factor=st.floats(0, 1))
def test_blends_stay_in_range_and_factor_zero_changes_nothing(mode: str, a: float, b: float, factor: float) -> None:
    lower, upper = torch.full((1, 2, 2, 3), a), torch.full((1, 2, 2, 3), b)
    mixed = images.blend(lower, upper, mode, factor)
    assert 0 <= mixed.min() <= mixed.max() <= 1
    assert torch.equal(images.blend(lower, upper, mode, 0.0), lower)


@pytest.mark.parametrize(
    ("mode", "a", "b", "expected"),
    [
        ("normal", 0.2, 0.6, 0.6),
        ("multiply", 0.5, 0.5, 0.25),
        ("screen", 0.5, 0.5, 0.75),
        ("overlay", 0.25, 0.5, 0.25),
        ("overlay", 0.75, 0.5, 0.75),
        ("soft_light", 0.5, 0.25, 0.375),
        ("soft_light", 0.25, 1.0, 0.5),
        ("difference", 0.6, 0.2, 0.4),
        ("difference", 0.2, 0.6, 0.0),
    ],
)
def test_blends_follow_their_formulas(mode: str, a: float, b: float, expected: float) -> None:
    mixed = images.blend(torch.full((1, 1, 1, 3), a), torch.full((1, 1, 1, 3), b), mode, 1.0)
    assert mixed.mean().item() == pytest.approx(expected, abs=1e-6)


def test_bytes_are_truncated_and_clipped() -> None:
    assert images.to_bytes(torch.tensor([-1.0, 0.5, 0.9999, 2.0])).tolist() == [0, 127, 254, 255]


def test_the_outpaint_mask_fades_inside_edges_that_got_a_border_only() -> None:
    mask = masks.outpaint_mask(left=2, top=0, right=0, bottom=0, width=10, height=10, feathering=4)
    assert mask.shape == (1, 10, 12)
    assert mask[0, 5].tolist() == pytest.approx([1, 1, 1, 0.5625, 0.25, 0.0625, 0, 0, 0, 0, 0, 0])


def test_too_wide_a_feather_leaves_a_hard_edge() -> None:
    mask = masks.outpaint_mask(2, 0, 0, 0, width=10, height=10, feathering=5)
    assert set(mask.unique().tolist()) == {0.0, 1.0}
    assert mask.sum() == 20


def test_inpainting_blanks_under_the_mask_and_grows_it() -> None:
    mask = torch.zeros(1, 16, 16)
    mask[0, 8, 8] = 1
    blanked, grown = masks.prepare_for_inpainting(torch.ones(1, 16, 16, 3), mask, 3)
    assert blanked[0, 8, 8].tolist() == [0.5, 0.5, 0.5]
    assert (blanked == 1).sum() == (256 - 1) * 3
    assert grown.shape == (1, 1, 16, 16)
    assert grown.sum() == 9
    assert torch.equal(masks.prepare_for_inpainting(torch.ones(1, 16, 16, 3), mask, 0)[1][:, 0], mask)


def test_inpainting_cuts_to_multiples_of_eight_and_takes_masks_of_any_size() -> None:
    blanked, grown = masks.prepare_for_inpainting(torch.ones(1, 19, 26, 3), torch.ones(1, 5, 5), 6)
    assert blanked.shape == (1, 16, 24, 3)
    assert grown.shape == (1, 1, 16, 24)
    assert (blanked == 0.5).all()
