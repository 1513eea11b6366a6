"""Noise follows from the seed alone, in the order and place that other programs draw it."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from comfy.sampling.noise import SEEDS, brownian_noise, gaussian_noise, initial_noise

SHAPE = (2, 4, 8, 8)


@given(st.integers(0, SEEDS - 1))
def test_the_first_noise_is_one_draw_from_the_seeded_generator(seed: int) -> None:
    expected = torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed))
    assert torch.equal(initial_noise(SHAPE, seed), expected)


def test_a_batch_index_draws_item_by_item() -> None:
    one_by_one = initial_noise((5, 4, 8, 8), 7, batch_index=range(5))
    assert torch.equal(initial_noise((2, 4, 8, 8), 7, batch_index=[3, 1]), one_by_one[[3, 1]])
    assert torch.equal(initial_noise((3, 4, 8, 8), 7, batch_index=[2, 2, 0]), one_by_one[[2, 2, 0]])


@pytest.mark.parametrize("seed", [0, 42, SEEDS - 1])
def test_fresh_noise_is_not_the_first_noise_again(seed: int) -> None:
    first = initial_noise(SHAPE, seed)
    draw = gaussian_noise(first, [10.0, 0.0], seed)
    again = [draw(10.0, 5.0), draw(5.0, 1.0)]
    assert not torch.equal(again[0], first)
    assert not torch.equal(again[0], again[1])


def test_fresh_noise_leaves_the_global_generator_alone() -> None:
    before = torch.random.get_rng_state()
    gaussian_noise(torch.zeros(SHAPE), [10.0, 0.0], 3)(10.0, 5.0)
    brownian_noise(torch.zeros(SHAPE), [10.0, 1.0, 0.0], 3)(10.0, 1.0)
    assert torch.equal(torch.random.get_rng_state(), before)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, SEEDS - 1), st.floats(0.2, 9.0))
def test_a_brownian_path_adds_up_however_it_is_cut(seed: int, middle: float) -> None:
    draw = brownian_noise(torch.zeros(SHAPE), [10.0, 0.1, 0.0], seed)
    whole = draw(10.0, 0.1) * 9.9**0.5
    parts = draw(10.0, middle) * (10 - middle) ** 0.5 + draw(middle, 0.1) * (middle - 0.1) ** 0.5
    torch.testing.assert_close(whole, parts, rtol=1e-3, atol=5e-3)


def test_brownian_noise_has_unit_variance() -> None:
    draw = brownian_noise(torch.zeros(1, 4, 64, 64), [14.6, 3.0, 0.03, 0.0], 11)
    for pair in [(14.6, 3.0), (3.0, 0.03)]:
        assert float(draw(*pair).std()) == pytest.approx(1, abs=0.03)


@pytest.mark.filterwarnings("error")
def test_the_ends_of_a_brownian_path_are_not_out_of_its_bounds() -> None:
    sigmas = torch.tensor([14.614643096923828, 7.0, 0.029167532920837402, 0.0]).tolist()
    draw = brownian_noise(torch.zeros(1, 1, 2, 2), sigmas, 5)
    assert bool(draw(sigmas[0], sigmas[1]).isfinite().all())
    assert bool(draw(sigmas[1], sigmas[2]).isfinite().all())


def test_a_brownian_run_of_one_step_needs_no_path() -> None:
    brownian_noise(torch.zeros(SHAPE), [14.6, 0.0], 1)
