"""GITS: its levels are the published ones, for every coefficient and number of steps."""

import pytest
import torch

from comfy.sampling.gits import UnknownCoefficientError, gits
from comfy.sampling.gits_percents import PERCENTS

TEN_AT_DEFAULT = (14.61464119, 5.85520077, 2.84484982, 1.67050016, 1.08895338, 0.74807048, 0.50118381, 0.32104823)
PUBLISHED = {
    (1.2, 10): (*TEN_AT_DEFAULT, 0.19894916, 0.09824532),
    (0.8, 2): (14.61464119, 7.49001646),
    (1.0, 7): (14.61464119, 7.49001646, 4.86714602, 2.84484982, 1.61558151, 0.86115354, 0.38853383),
    (1.45, 5): (14.61464119, 1.24153244, 0.54755926, 0.25053367, 0.09824532),
    (1.5, 6): (14.61464119, 1.56271636, 0.72133851, 0.36617002, 0.19894916, 0.09824532),
}


@pytest.mark.parametrize(("coefficient", "steps"), list(PUBLISHED))
def test_the_levels_are_those_published(coefficient: float, steps: int) -> None:
    assert gits(coefficient, steps).tolist() == pytest.approx([*PUBLISHED[coefficient, steps], 0.0], rel=5e-6)


@pytest.mark.parametrize("coefficient", list(PERCENTS))
def test_every_count_of_steps_goes_from_the_top_to_zero_and_only_down(coefficient: float) -> None:
    for steps in (*range(2, 25), 60, 1000):
        sigmas = gits(coefficient, steps)
        assert len(sigmas) == steps + 1
        assert (sigmas.diff() < 0).all()
        assert (float(sigmas[0]), float(sigmas[-1])) == (pytest.approx(14.61464119), 0.0)


def test_a_greater_coefficient_puts_the_same_steps_lower() -> None:
    means = [float(gits(coefficient, 10).mean()) for coefficient in PERCENTS]
    assert means == sorted(means, reverse=True)


def test_more_than_twenty_steps_lie_between_those_of_twenty() -> None:
    twenty, forty = gits(1.2, 20), gits(1.2, 40)
    torch.testing.assert_close(forty[:-1:2], twenty[:-1])
    torch.testing.assert_close(forty[1:-2:2].log(), (twenty[:-2].log() + twenty[1:-1].log()) / 2)


def test_denoise_takes_the_last_steps() -> None:
    assert gits(1.2, 10, 0.5).tolist() == gits(1.2, 10)[-6:].tolist()
    assert len(gits(1.2, 10, 0.0)) == 0


def test_a_coefficient_that_was_not_searched_is_refused_with_those_that_were() -> None:
    with pytest.raises(UnknownCoefficientError, match=r"coeff 1.23: .* 1.2, 1.25, .* choose one"):
        gits(1.23, 10)
