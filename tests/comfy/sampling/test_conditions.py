"""Areas, masks and ranges of conditionings, resolved to a latent's grid."""

import pytest
import torch

from comfy.sampling.conditions import Area, Condition, prepare_conditions
from comfy.sampling.levels import stable_diffusion_levels
from tests.comfy.sampling.toy_model import text

LEVELS = stable_diffusion_levels()
CPU = torch.device("cpu")


def prepare(positive: list, negative: list | None = None, height: int = 16, width: int = 16) -> dict:
    return prepare_conditions({"positive": positive, "negative": negative or [text(0)]}, height, width, LEVELS, CPU)


def test_a_plain_text_counts_everywhere_and_always() -> None:
    (condition,) = prepare([text(1)])["positive"]
    assert condition.is_everywhere()
    assert condition.is_active(1000)
    assert condition.is_active(0)


def test_an_area_of_percentages_becomes_latent_pixels() -> None:
    (condition,) = prepare([text(1, area=("percentage", 0.5, 0.25, 0.25, 0.75))], height=16, width=32)["positive"]
    assert condition.area == Area(height=8, width=8, y=4, x=24)


def test_an_area_is_cut_at_the_picture() -> None:
    (condition,) = prepare([text(1, area=(64, 64, 8, 4))])["positive"]
    assert condition.area == Area(height=8, width=12, y=8, x=4)


def test_an_inner_edge_fades_over_a_quarter_of_a_small_area() -> None:
    weight = Condition(torch.zeros(1, 77, 8), {}, area=Area(8, 16, 8, 0)).weight(1, 16, 16)
    assert weight.shape == (1, 1, 8, 16)
    assert weight[0, 0, :, 0].tolist() == [0.5, 1, 1, 1, 1, 1, 1, 1]


def test_an_inner_edge_of_a_large_area_fades_over_eight_pixels() -> None:
    weight = Condition(torch.zeros(1, 77, 8), {}, area=Area(64, 40, 0, 0), strength=2.0).weight(1, 64, 64)
    assert weight[0, 0, 3, -9:].tolist() == [2.0, *(2.0 * i / 8 for i in range(8, 0, -1))]
    assert bool((weight[..., :32] == 2).all())


def test_a_mask_is_fitted_to_the_latent_and_scaled_by_its_strengths() -> None:
    mask = torch.zeros(128, 128)
    mask[:, 64:] = 1
    (condition,) = prepare([text(1, mask=mask, mask_strength=0.5, strength=3.0)])["positive"]
    weight = condition.weight(2, 16, 16)
    assert weight.shape == (2, 1, 16, 16)
    assert bool((weight[..., 9:] == 1.5).all())
    assert bool((weight[..., :7] == 0).all())


def test_the_bounds_of_a_mask_become_an_area_of_at_least_eight_pixels() -> None:
    mask = torch.zeros(1, 16, 16)
    mask[:, 2:12, 3:5] = 1
    options = {"mask": mask, "set_area_to_bounds": True}
    (condition,) = prepare([text(1, **options)])["positive"]
    assert condition.area == Area(height=10, width=8, y=2, x=3)
    (empty,) = prepare([text(1, mask=torch.zeros(1, 16, 16), set_area_to_bounds=True)])["positive"]
    assert empty.area == Area(8, 8, 0, 0)


def test_a_range_of_percents_becomes_a_range_of_sigmas() -> None:
    (condition,) = prepare([text(1, start_percent=0.2, end_percent=0.6)])["positive"]
    assert condition.sigma_start == pytest.approx(LEVELS.sigma_at(0.2))
    assert not condition.is_active(LEVELS.sigma_at(0.1))
    assert condition.is_active(LEVELS.sigma_at(0.4))
    assert not condition.is_active(LEVELS.sigma_at(0.7))


def test_the_other_conditioning_gets_an_entry_for_the_same_area() -> None:
    ready = prepare([text(1, area=(8, 8, 0, 0), strength=2.0)], [text(-1)])
    assert [c.area for c in ready["negative"]] == [None, Area(8, 8, 0, 0)]
    assert ready["negative"][1].strength == 2.0
    assert float(ready["negative"][1].context.mean()) == -1


def test_the_matching_entry_takes_the_text_of_the_smallest_area_around_it() -> None:
    negative = [text(-1), text(-2, area=(12, 12, 0, 0)), text(-3, area=(4, 4, 0, 0))]
    ready = prepare([text(1, area=(8, 8, 0, 0))], negative)
    assert float(ready["negative"][3].context.mean()) == -2
    assert len(ready["negative"]) == 4


def test_an_area_that_both_have_is_not_doubled() -> None:
    ready = prepare([text(1, area=(8, 8, 0, 0))], [text(-1, area=(8, 8, 0, 0))])
    assert len(ready["negative"]) == 1
    assert len(ready["positive"]) == 1
