"""Noise levels: the numbers of Stable Diffusion, and the ways between sigma, timestep and percent."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from comfy.sampling.levels import BEFORE_THE_START, NoiseLevels, stable_diffusion_levels

LEVELS = stable_diffusion_levels()


def test_the_table_has_the_published_ends() -> None:
    assert len(LEVELS) == 1000
    assert LEVELS.sigma_min == pytest.approx(0.0291675, rel=2e-5)
    assert LEVELS.sigma_max == pytest.approx(14.614642, rel=1e-6)


@pytest.mark.parametrize("timestep", [0, 1, 17, 499, 998, 999])
def test_a_timestep_comes_back_from_its_sigma(timestep: int) -> None:
    sigma = float(LEVELS.sigma(timestep))
    assert sigma == pytest.approx(float(LEVELS.sigmas[timestep]), rel=1e-6)
    assert LEVELS.timestep(sigma) == timestep


@given(st.floats(1e-4, 1e3))
def test_a_sigma_goes_to_the_nearest_timestep_in_log_sigma(sigma: float) -> None:
    distances = (LEVELS.log_sigmas.double() - math.log(sigma)).abs()
    assert float(distances[LEVELS.timestep(sigma)]) <= float(distances.min()) + 1e-9


@given(st.floats(0, 999))
def test_sigmas_between_timesteps_lie_on_a_line_in_log_sigma(timestep: float) -> None:
    below = int(timestep)
    share = timestep - below
    expected = (1 - share) * LEVELS.log_sigmas[below] + share * LEVELS.log_sigmas[min(below + 1, 999)]
    assert float(LEVELS.sigma(timestep).log()) == pytest.approx(float(expected), abs=1e-3)


def test_percent_runs_from_beyond_the_highest_level_to_zero() -> None:
    assert LEVELS.sigma_at(0) == BEFORE_THE_START
    assert LEVELS.sigma_at(1) == 0
    inside = [LEVELS.sigma_at(percent) for percent in (0.001, 0.25, 0.5, 0.75, 0.999)]
    assert inside == sorted(inside, reverse=True)
    assert LEVELS.sigma_at(0.2) == pytest.approx(float(LEVELS.sigma(799.2)), rel=1e-6)


def test_levels_of_other_betas_rise_too() -> None:
    levels = NoiseLevels.from_betas(torch.linspace(1e-4, 0.02, 10, dtype=torch.float64))
    assert bool((levels.sigmas[1:] > levels.sigmas[:-1]).all())
    assert levels.sigmas.dtype == torch.float32


def test_a_distilled_model_knows_only_the_last_timestep_of_every_stride() -> None:
    levels = LEVELS.distilled(20)
    assert len(levels) == 50
    assert levels.first_timestep == 19
    assert levels.last_timestep == 999
    assert levels.sigma_max == LEVELS.sigma_max
    assert levels.timestep(float(LEVELS.sigmas[42])) == 39
    assert float(levels.sigma(39)) == pytest.approx(float(LEVELS.sigmas[39]), rel=1e-6)


def test_levels_with_zero_terminal_snr_end_in_noise_and_begin_as_before() -> None:
    levels = LEVELS.with_zero_terminal_snr()
    assert levels.sigma_max == pytest.approx(4518.76, rel=1e-4)
    assert levels.sigma_min == pytest.approx(LEVELS.sigma_min, rel=1e-3)
    assert bool((levels.sigmas[1:] > levels.sigmas[:-1]).all())
