"""Sigmas that rise, stand still or reach 0 too early: every sampler follows them or says in words why it cannot."""

from collections.abc import Sequence
from contextlib import suppress

import pytest
import torch

from comfy.custom_sampling import flip, with_first
from comfy.sampling import SAMPLERS, make_sigmas, sampler_names, stable_diffusion_levels
from comfy.sampling.noise import FreshNoise
from comfy.sampling.odd_sigmas import SigmasError
from tests.comfy.sampling.gaussian import GaussianDenoise, ignore

FALLING = make_sigmas(stable_diffusion_levels(), "normal", 5)
FLIPPED = flip(FALLING).tolist()
FROM_ZERO = with_first(FALLING, 0.0).tolist()
ODD = {
    "none": [],
    "one": [3.0],
    "two": [3.0, 0.0],
    "flipped": FLIPPED,
    "from zero": FROM_ZERO,
    "constant": [2.0] * 4,
    "two equal": [2.0, 2.0],
    "one twice": [10.0, 5.0, 5.0, 1.0, 0.0],
    "only zeros": [0.0] * 3,
    "zero within": [10.0, 0.0, 5.0, 0.0],
    "up and down": [1.0, 5.0, 2.0, 0.0],
    "no number": [5.0, float("nan"), 1.0],
}


def follow(name: str, sigmas: list[float]) -> torch.Tensor:
    x = torch.linspace(-3, 3, 256).reshape(1, 4, 8, 8)
    return SAMPLERS[name].run(GaussianDenoise(), ignore, x, sigmas, seed=5)


@pytest.mark.parametrize("odd", ODD)
def test_every_sampler_follows_odd_sigmas_or_says_why_not(odd: str) -> None:
    for name in sampler_names():
        with suppress(SigmasError):
            assert follow(name, ODD[odd]).isfinite().all(), name


@pytest.mark.parametrize("odd", ["none", "one", "two"])
def test_short_sigmas_are_odd_for_no_sampler(odd: str) -> None:
    for name in sampler_names():
        follow(name, ODD[odd])


@pytest.mark.parametrize("name", ["euler", "heun", "dpmpp_2m", "ddim", "euler_cfg_pp", "res_multistep"])
def test_samplers_without_noise_of_their_own_go_back_along_flipped_sigmas(name: str) -> None:
    x = torch.linspace(-3, 3, 256).reshape(1, 4, 8, 8)
    exact = GaussianDenoise().flow(x, FLIPPED[0], FLIPPED[-1])
    assert torch.nn.functional.cosine_similarity(follow(name, FLIPPED).flatten(), exact.flatten(), dim=0) > 0.99


@pytest.mark.parametrize(
    ("name", "sigmas", "said"),
    [
        ("dpmpp_3m_sde", FLIPPED, r"rise \(from 0.0001 to .*\), and dpmpp_3m_sde cannot .* such as euler"),
        ("euler", FROM_ZERO, "Number 1 of 6 sigmas is 0, and euler cannot .* Only the last may be 0"),
        ("dpmpp_2m", ODD["one twice"], "Numbers 2 and 3 of the sigmas are both 5, and dpmpp_2m cannot .* euler"),
        ("euler", [5.0, -1.0, 0.5], "Number 2 of the sigmas is -1, no noise level"),
    ],
)
def test_what_a_sampler_cannot_follow_is_said_with_what_helps(name: str, sigmas: list[float], said: str) -> None:
    with pytest.raises(SigmasError, match=said):
        follow(name, sigmas)


def test_noise_that_was_given_is_drawn_from_in_the_run_alone() -> None:
    drawn: list[float] = []

    def noise(x: torch.Tensor, sigmas: Sequence[float], seed: int) -> FreshNoise:
        def draw(sigma: float, sigma_next: float) -> torch.Tensor:
            drawn.append(sigma)
            return torch.zeros_like(x)

        return draw

    x = torch.ones(1, 4, 16, 16)
    SAMPLERS["lcm"].with_options(noise).run(GaussianDenoise(), ignore, x, [5.0, 5.0, 1.0, 0.0], seed=1)
    assert drawn == [5.0, 5.0]
