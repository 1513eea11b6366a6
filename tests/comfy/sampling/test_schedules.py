"""Schedules: where they begin and end, and that they are those of the papers and of other libraries."""

import math

import diffusers
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from comfy.sampling import SCHEDULERS, make_sigmas, scheduler_names, stable_diffusion_levels
from comfy.sampling.sample import UnknownNameError, cut
from comfy.sampling.schedules import (
    align_your_steps,
    exponential,
    karras,
    laplace,
    polyexponential,
    variance_preserving,
)

LEVELS = stable_diffusion_levels()


def test_menus_show_the_schedulers_in_the_order_that_saved_workflows_know() -> None:
    assert scheduler_names() == [
        "simple",
        "sgm_uniform",
        "karras",
        "exponential",
        "ddim_uniform",
        "beta",
        "normal",
        "linear_quadratic",
        "kl_optimal",
    ]


@pytest.mark.parametrize("name", list(SCHEDULERS))
@settings(deadline=None)
@given(steps=st.integers(1, 120))
def test_every_schedule_falls_from_the_highest_level_to_zero(name: str, steps: int) -> None:
    sigmas = SCHEDULERS[name](LEVELS, steps)
    assert sigmas.dtype == torch.float32
    assert bool(sigmas.isfinite().all())
    assert bool((sigmas[1:] < sigmas[:-1]).all())
    assert sigmas[-1] == 0
    assert float(sigmas[0]) <= LEVELS.sigma_max * (1 + 1e-5)
    # With strides as long as half the table or longer, ddim_uniform never comes near the top.
    assert name == "ddim_uniform" or float(sigmas[0]) > LEVELS.sigma_max * 0.5


@pytest.mark.parametrize("name", [name for name in SCHEDULERS if name not in ("ddim_uniform", "beta")])
@given(steps=st.integers(1, 120))
def test_most_schedules_have_one_sigma_more_than_steps(name: str, steps: int) -> None:
    assert len(SCHEDULERS[name](LEVELS, steps)) == steps + 1


def test_ddim_uniform_may_visit_more_levels_than_asked_for() -> None:
    assert len(SCHEDULERS["ddim_uniform"](LEVELS, 10)) == 11
    assert len(SCHEDULERS["ddim_uniform"](LEVELS, 7)) == 9


def _euler(**options: object) -> torch.Tensor:
    scheduler = diffusers.EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", **options
    )
    scheduler.set_timesteps(20)
    return scheduler.sigmas


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("normal", {"timestep_spacing": "linspace"}),
        ("karras", {"use_karras_sigmas": True, "timestep_spacing": "linspace"}),
        ("exponential", {"use_exponential_sigmas": True, "timestep_spacing": "linspace"}),
    ],
)
def test_a_schedule_is_that_of_diffusers(name: str, options: dict[str, object]) -> None:
    torch.testing.assert_close(SCHEDULERS[name](LEVELS, 20), _euler(**options), rtol=1e-3, atol=1e-5)


def test_the_karras_schedule_is_even_in_the_seventh_root() -> None:
    roots = karras(9, 0.1, 10.0)[:-1].double() ** (1 / 7)
    torch.testing.assert_close(roots.diff(), roots.diff().mean().expand(8), rtol=1e-4, atol=1e-6)


def test_a_polyexponential_schedule_with_rho_one_is_exponential() -> None:
    torch.testing.assert_close(polyexponential(12, 0.03, 14.6), exponential(12, 0.03, 14.6), rtol=1e-5, atol=1e-6)


def test_the_variance_preserving_schedule_begins_at_its_largest_sigma() -> None:
    sigmas = variance_preserving(10)
    assert float(sigmas[0]) == pytest.approx(math.sqrt(math.exp(19.9 / 2 + 0.1) - 1), rel=1e-4)


def test_a_lower_denoise_takes_the_end_of_a_longer_schedule() -> None:
    whole = SCHEDULERS["normal"](LEVELS, int(20 / 0.6))
    torch.testing.assert_close(make_sigmas(LEVELS, "normal", 20, 0.6), whole[-21:])


def test_a_denoise_of_zero_leaves_nothing_to_do() -> None:
    assert len(make_sigmas(LEVELS, "normal", 20, 0.0)) == 0


def test_dropping_the_penultimate_level_keeps_the_number_of_steps() -> None:
    whole = SCHEDULERS["karras"](LEVELS, 11)
    sigmas = make_sigmas(LEVELS, "karras", 10, drops_penultimate=True)
    assert sigmas.tolist() == [*whole[:-2].tolist(), 0.0]


def test_a_stretch_that_ends_early_ends_at_zero_unless_noise_is_to_be_left() -> None:
    sigmas = SCHEDULERS["normal"](LEVELS, 8)
    assert cut(sigmas, 2, 5, ends_clean=True).tolist() == [*sigmas[2:5].tolist(), 0.0]
    assert cut(sigmas, 2, 5, ends_clean=False).tolist() == sigmas[2:6].tolist()
    assert cut(sigmas, 2, 10_000, ends_clean=True).tolist() == sigmas[2:].tolist()
    assert sigmas[5] > 0


def test_an_unknown_scheduler_is_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"'carras'.*karras"):
        make_sigmas(LEVELS, "carras", 20)


def test_the_laplace_schedule_lies_even_around_its_middle_and_between_its_ends() -> None:
    sigmas = laplace(11, 0.03, 14.6, mu=0.5)
    assert float(sigmas[5]) == pytest.approx(math.exp(0.5), rel=1e-3)
    logs = sigmas.log()
    torch.testing.assert_close(logs[4] - logs[5], logs[5] - logs[6], rtol=1e-3, atol=1e-4)
    assert 0.03 - 1e-6 <= float(sigmas[-1]) < float(sigmas[0]) <= 14.6 + 1e-5


def test_aligned_steps_are_the_published_ones_and_are_interpolated_for_other_counts() -> None:
    ten = align_your_steps("SD1", 10)
    assert ten[[0, 1, 9, 10]].tolist() == pytest.approx([14.6146412293, 6.4745760956, 0.1515232662, 0.0])
    twenty = align_your_steps("SD1", 20)
    assert len(twenty) == 21
    torch.testing.assert_close(twenty[:-1:2], ten[:-1])
    assert align_your_steps("SDXL", 10, 0.5).tolist() == align_your_steps("SDXL", 10)[-6:].tolist()
    assert len(align_your_steps("SDXL", 10, 0.0)) == 0
