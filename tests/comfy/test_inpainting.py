"""What lies under a mask, and how a part is cut out, enlarged and put back."""

import pytest
import torch

from comfy import inpainting, masks
from comfy.comparison import compare
from comfy.images import resize
from comfy.resizing import MODES, fit_inside


def half_masked() -> tuple[torch.Tensor, torch.Tensor]:
    image = torch.zeros(1, 32, 32, 3)
    image[:, :, :16] = torch.tensor([0.8, 0.4, 0.2])
    mask = torch.zeros(1, 32, 32)
    mask[:, :, 16:] = 1
    return image, mask


def test_fill_takes_the_colours_around_and_leaves_the_rest() -> None:
    image, mask = half_masked()
    filled = inpainting.fill(image, mask)
    assert torch.equal(filled[:, :, :16], image[:, :, :16])
    assert (filled[:, :, 16:] - torch.tensor([0.8, 0.4, 0.2])).abs().max() < 0.03  # rounded to bytes at every blur


def test_noise_or_nothing_lies_under_the_mask_of_a_latent() -> None:
    samples, mask = torch.full((1, 4, 64, 64), 3.0), torch.zeros(1, 512, 512)
    mask[:, :, 256:] = 1
    nothing = inpainting.with_content(samples, mask, "latent nothing", 0, 0.2)
    assert nothing[..., 32:].abs().max() == 0
    noise = inpainting.with_content(samples, mask, "latent noise", 0, 0.2)
    assert torch.equal(noise[..., :32], samples[..., :32])
    assert noise[..., 32:].std() == pytest.approx(1 / 0.2, rel=0.05)
    assert torch.equal(inpainting.with_content(samples, mask, "original", 0, 0.2), samples)


def test_a_cutout_has_the_mask_its_padding_and_the_proportions_asked_for() -> None:
    image = torch.rand(1, 100, 200, 3)
    mask = torch.zeros(1, 100, 200)
    mask[:, 40:50, 100:120] = 1
    cut, part, part_mask = inpainting.cut_out(image, mask, 10, 64, 64, 0)
    assert (cut.x, cut.width, cut.y, cut.height) == (90, 40, 25, 40)
    assert part.shape == (1, 64, 64, 3)
    assert part_mask.shape == (1, 64, 64)


def test_a_cutout_at_the_edge_stays_inside_and_an_empty_mask_says_so() -> None:
    image, mask = torch.rand(1, 64, 48, 3), torch.zeros(1, 64, 48)
    mask[:, :4, :4] = 1
    cut, _, _ = inpainting.cut_out(image, mask, 32, 512, 256, 0)
    assert (cut.x, cut.y, cut.width) == (0, 0, 48)
    with pytest.raises(ValueError, match="mask is empty"):
        inpainting.cut_out(image, mask * 0, 32, 64, 64, 0)


def test_what_is_put_back_changes_only_where_the_mask_was() -> None:
    image, mask = torch.zeros(1, 64, 64, 3), torch.zeros(1, 64, 64)
    mask[:, 20:40, 20:40] = 1
    cut, part, _ = inpainting.cut_out(image, mask, 8, 128, 128, 2.0)
    whole = inpainting.put_back(cut, torch.ones_like(part))
    assert whole[0, 30, 30].tolist() == pytest.approx([1, 1, 1], abs=0.01)
    assert 0.2 < float(whole[0, 30, 20, 0]) < 0.8
    assert whole[0, :10].abs().max() == 0
    assert len(inpainting.put_back(cut, torch.ones_like(part).repeat(3, 1, 1, 1))) == 3


def test_a_blurred_mask_keeps_its_weight_and_matches_a_bell() -> None:
    mask = torch.zeros(1, 61, 61)
    mask[0, 30, 30] = 1
    soft = masks.blur(mask, 3.0)
    assert soft.sum() == pytest.approx(1, abs=1e-3)
    assert float(soft[0, 30, 33] / soft[0, 30, 30]) == pytest.approx(0.6065, abs=1e-3)
    assert torch.equal(masks.blur(mask, 0), mask)


def test_pictures_are_composed_by_their_own_masks_in_order() -> None:
    base = torch.zeros(1, 4, 4, 3)
    layers = torch.stack([torch.full((4, 4, 3), 0.5), torch.ones(4, 4, 3)])
    painted = torch.zeros(2, 4, 4)
    painted[0, :, :2], painted[1, :, 1] = 1, 1
    assert inpainting.compose(base, layers, painted, 0)[0, 0, :, 0].tolist() == [0.5, 1, 0, 0]


def test_the_resize_modes_stretch_cut_or_fill() -> None:
    image = torch.zeros(1, 10, 20, 3)
    image[:, :, :10] = 1
    for mode, bring in MODES.items():
        assert bring(image, 40, 40).shape == (1, 40, 40, 3), mode
    filled = MODES["resize and fill"](image, 40, 40)
    assert filled[0, 0, 5, 0] == filled[0, 39, 5, 0] == 1
    assert filled[0, 0, 35, 0] == 0
    assert MODES["crop and resize"](image, 40, 40)[0, 20, 5, 0] == 1


def test_what_is_cut_off_or_filled_lies_where_automatic1111_has_it() -> None:
    tall = torch.rand(1, 200, 300, 3)
    filled, inner = MODES["resize and fill"](tall, 128, 128), resize(tall, 128, 85, "lanczos")
    assert torch.equal(filled[:, 22 : 22 + 85], inner)
    assert torch.equal(filled[:, :22], inner[:, :1].expand(-1, 22, -1, -1))
    wide = torch.rand(1, 97, 203, 3)
    assert torch.equal(MODES["crop and resize"](wide, 128, 128), resize(wide, 267, 128, "lanczos")[:, :, 69:197])


def test_the_mask_to_paint_by_is_hard_and_the_edge_is_blended_once() -> None:
    image, mask = torch.zeros(1, 64, 64, 3), torch.zeros(1, 64, 64)
    mask[:, 20:44, 20:44] = 1
    cut, _, part_mask = inpainting.cut_out(image, mask, 8, 128, 128, 6.0)
    assert set(part_mask.unique().tolist()) == {0.0, 1.0}
    assert ((cut.masks > 0.01) & (cut.masks < 0.99)).any()


@pytest.mark.parametrize(
    ("size", "box", "result"),
    [((100, 50), (64, 64), (64, 32)), ((30, 20), (64, 64), (24, 16)), ((64, 64), (64, 64), (64, 64))],
)
def test_fitting_inside_never_enlarges(size: tuple[int, int], box: tuple[int, int], result: tuple[int, int]) -> None:
    fitted = fit_inside(torch.zeros(1, size[1], size[0], 3), *box, multiple=8)
    assert (fitted.shape[2], fitted.shape[1]) == result


def test_equal_pictures_are_infinitely_alike_and_others_as_their_error_says() -> None:
    image = torch.full((1, 4, 4, 3), 0.5)
    assert compare(image, image, "split")[1] == float("inf")
    view, decibels = compare(image, image + 0.1, "difference")
    assert decibels == pytest.approx(20, abs=1e-3)
    assert view.mean() == pytest.approx(0.1, abs=1e-6)
