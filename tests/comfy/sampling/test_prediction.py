"""How conditionings are batched for the model, and how its predictions become clean estimates."""

import math

import pytest
import torch

from comfy.sampling.canvas import Canvas
from comfy.sampling.conditions import prepare_conditions
from comfy.sampling.guidance import BasicGuider, CfgGuider, DualCfgGuider
from comfy.sampling.levels import stable_diffusion_levels
from comfy.sampling.parameterisation import Level, clean_from_eps, clean_from_v
from comfy.sampling.prediction import Predictor
from tests.comfy.sampling.toy_model import ToyModel, text

LEVELS = stable_diffusion_levels()
SIGMA = float(LEVELS.sigmas[500])


def predictor(model: ToyModel, batch: int = 1, side: int = 16, **conditionings: list) -> Predictor:
    shape, device = (batch, 4, side, side), torch.device("cpu")
    conditions = prepare_conditions(conditionings, side, side, LEVELS, device)
    return Predictor(model, conditions, Canvas.empty(shape, device))


def noisy(batch: int = 1, side: int = 16) -> torch.Tensor:
    return torch.randn(batch, 4, side, side, generator=torch.Generator().manual_seed(1)) * SIGMA


def clean(x: torch.Tensor, wanted: float) -> torch.Tensor:
    """What the toy model's prediction for a text of this mean comes to."""
    return x - SIGMA * (x / math.sqrt(SIGMA**2 + 1) * 0.3 - wanted)


def test_both_parameterisations_recover_the_picture() -> None:
    picture, noise = torch.randn(2, 4, 8, 8), torch.randn(2, 4, 8, 8)
    sigma = 3.0
    x, length = picture + sigma * noise, math.sqrt(sigma**2 + 1)
    v = (noise - sigma * picture) / length
    torch.testing.assert_close(clean_from_eps(x, noise, Level(sigma, 0)), picture, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(clean_from_v(x, v, Level(sigma, 0)), picture, rtol=1e-4, atol=1e-5)


def test_both_conditionings_are_asked_in_one_batch() -> None:
    model, x = ToyModel(), noisy(batch=3)
    positive, negative = predictor(model, batch=3, positive=[text(1)], negative=[text(-1)])(
        x, SIGMA, ["positive", "negative"]
    )
    assert [call["shape"] for call in model.asked] == [(6, 4, 16, 16)]
    assert model.asked[0]["timestep"] == [500] * 6
    torch.testing.assert_close(positive, clean(x, 1))
    torch.testing.assert_close(negative, clean(x, -1))


@pytest.mark.parametrize(("first", "second", "calls"), [(77, 154, [154]), (77, 231, [231]), (154, 231, [462])])
def test_texts_of_different_length_are_repeated_to_a_common_one(first: int, second: int, calls: list[int]) -> None:
    model, x = ToyModel(), noisy()
    ask = predictor(model, positive=[text(1, first)], negative=[text(-1, second)])
    positive, negative = ask(x, SIGMA, ["positive", "negative"])
    assert [call["tokens"] for call in model.asked] == calls
    torch.testing.assert_close(positive, clean(x, 1))
    torch.testing.assert_close(negative, clean(x, -1))


def test_texts_that_would_need_many_repeats_go_apart() -> None:
    model = ToyModel()
    predictor(model, positive=[text(1, 77)], negative=[text(-1, 77 * 5)])(noisy(), SIGMA, ["positive", "negative"])
    assert [call["tokens"] for call in model.asked] == [77, 385]


def test_a_batch_that_does_not_fit_is_split() -> None:
    model, x = ToyModel(too_many_rows=2), noisy(batch=2)
    ask = predictor(model, batch=2, positive=[text(1), text(3)], negative=[text(-1)])
    positive, negative = ask(x, SIGMA, ["positive", "negative"])
    assert [call["shape"][0] for call in model.asked] == [2, 2, 2]
    torch.testing.assert_close(positive, clean(x, 2))
    torch.testing.assert_close(negative, clean(x, -1))
    model.asked.clear()
    model.too_many_rows = 10_000
    ask(x, SIGMA, ["positive", "negative"])
    assert max(call["shape"][0] for call in model.asked) == 2, "what failed once is not tried again"


def test_other_errors_of_the_model_are_not_taken_for_a_lack_of_memory() -> None:
    class Broken(ToyModel):
        def apply(self, x: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        predictor(Broken(), positive=[text(1)], negative=[text(0)])(noisy(), SIGMA, ["positive", "negative"])


def test_several_texts_are_averaged_by_strength() -> None:
    x = noisy()
    (positive,) = predictor(ToyModel(), positive=[text(1), text(4, strength=0.5)])(x, SIGMA, ["positive"])
    torch.testing.assert_close(positive, clean(x, 2))


def test_a_lone_text_does_not_depend_on_its_strength() -> None:
    x = noisy()
    (positive,) = predictor(ToyModel(), positive=[text(1, strength=0.2)])(x, SIGMA, ["positive"])
    torch.testing.assert_close(positive, clean(x, 1))


def test_masks_choose_between_texts_pixel_by_pixel() -> None:
    left = torch.zeros(1, 16, 16)
    left[..., :8] = 1
    x = noisy()
    (positive,) = predictor(ToyModel(), positive=[text(1, mask=left), text(5, mask=1 - left)])(x, SIGMA, ["positive"])
    torch.testing.assert_close(positive[..., :8], clean(x, 1)[..., :8])
    torch.testing.assert_close(positive[..., 8:], clean(x, 5)[..., 8:])


def test_pixels_that_no_condition_covers_are_estimated_as_zero() -> None:
    left = torch.zeros(1, 16, 16)
    left[..., :8] = 1
    (positive,) = predictor(ToyModel(), positive=[text(1, mask=left)])(noisy(), SIGMA, ["positive"])
    assert bool((positive[..., 8:] == 0).all())


def test_an_area_sees_only_its_part_of_the_picture() -> None:
    model, x = ToyModel(), noisy()
    (positive,) = predictor(model, positive=[text(1), text(3, area=(8, 16, 0, 0))])(x, SIGMA, ["positive"])
    assert sorted(call["shape"][2] for call in model.asked) == [8, 16]
    torch.testing.assert_close(positive[..., 8:, :], clean(x, 1)[..., 8:, :])
    torch.testing.assert_close(positive[..., :6, :], clean(x, 2)[..., :6, :])


def test_a_text_counts_only_within_its_range() -> None:
    ask = predictor(ToyModel(), positive=[text(1, end_percent=0.1), text(3, start_percent=0.1)])
    x = noisy()
    (positive,) = ask(x, SIGMA, ["positive"])
    torch.testing.assert_close(positive, clean(x, 3))


def test_cfg_of_one_does_not_ask_for_the_negative() -> None:
    model, x = ToyModel(), noisy()
    guider = CfgGuider([text(1)], [text(-1)], 1.0)
    ask = predictor(model, **guider.conditionings)
    torch.testing.assert_close(guider.guide(ask, x, SIGMA), clean(x, 1))
    assert model.asked[0]["shape"][0] == 1
    _, negative = guider.guide_both(ask, x, SIGMA)
    torch.testing.assert_close(negative, clean(x, -1))


def test_cfg_goes_past_the_positive_away_from_the_negative() -> None:
    x = noisy()
    guider = CfgGuider([text(1)], [text(-1)], 7.0)
    guided, negative = guider.guide_both(predictor(ToyModel(), **guider.conditionings), x, SIGMA)
    torch.testing.assert_close(guided, clean(x, -1 + 2 * 7), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(negative, clean(x, -1))


def test_the_basic_guider_knows_no_negative() -> None:
    x, guider = noisy(), BasicGuider([text(2)])
    guided, unguided = guider.guide_both(predictor(ToyModel(), **guider.conditionings), x, SIGMA)
    torch.testing.assert_close(guided, clean(x, 2))
    assert guided is unguided


@pytest.mark.parametrize(("is_nested", "wanted"), [(False, -1 + 3 * 2 + 2 * 4), (True, -1 + 3 * (1 + 2 * 4 + 1))])
def test_two_texts_guide_past_each_other(is_nested: bool, wanted: float) -> None:
    x = noisy()
    guider = DualCfgGuider([text(5)], [text(1)], [text(-1)], cfg_first=2.0, cfg_second=3.0, is_nested=is_nested)
    guided = guider.guide(predictor(ToyModel(), **guider.conditionings), x, SIGMA)
    torch.testing.assert_close(guided, clean(x, wanted), rtol=1e-4, atol=1e-4)
