"""Sigmas are cut, turned and replaced, and noise comes from where it should."""

import torch

from comfy import custom_sampling as ops
from comfy.sampling import stable_diffusion_levels

SIGMAS = torch.tensor([10.0, 5.0, 1.0, 0.0])


def test_cut_sigmas_share_the_one_between() -> None:
    high, low = ops.split_at(SIGMAS, 1)
    assert high.tolist() == [10, 5]
    assert low.tolist() == [5, 1, 0]


def test_a_share_of_the_steps_is_cut_off() -> None:
    high, low = ops.split_by_denoise(SIGMAS, 1 / 3)
    assert high.tolist() == [10, 5, 1]
    assert low.tolist() == [1, 0]
    assert [len(part) for part in ops.split_by_denoise(SIGMAS, 1.0)] == [1, 4]
    assert [len(part) for part in ops.split_by_denoise(SIGMAS, 0.0)] == [4, 1]
    assert [len(part) for part in ops.split_by_denoise(torch.empty(0), 0.5)] == [0, 0]


def test_turned_sigmas_do_not_begin_at_nothing() -> None:
    turned = ops.flip(SIGMAS)
    assert turned[0] > 0
    assert turned[1:].tolist() == [1, 5, 10]
    assert SIGMAS[-1] == 0
    assert len(ops.flip(torch.empty(0))) == 0


def test_the_first_sigma_can_be_replaced() -> None:
    assert ops.with_first(SIGMAS, 20.0).tolist() == [20, 5, 1, 0]
    assert SIGMAS[0] == 10


def test_turbo_models_see_every_hundredth_timestep() -> None:
    levels = stable_diffusion_levels()
    sigmas = ops.turbo_sigmas(levels, 2, 1.0)
    assert [levels.timestep(float(sigma)) for sigma in sigmas[:-1]] == [999, 899]
    assert sigmas[-1] == 0
    assert levels.timestep(float(ops.turbo_sigmas(levels, 1, 0.5)[0])) == 499


def test_noise_is_that_of_the_seed_or_none() -> None:
    latent = {"samples": torch.zeros(2, 4, 8, 8)}
    noise = ops.SeededNoise(7).generate_noise(latent)
    assert torch.equal(noise, ops.SeededNoise(7).generate_noise(latent))
    assert noise.std() > 0.5
    assert ops.NoNoise().generate_noise(latent).sum() == 0
    same = ops.SeededNoise(7).generate_noise({**latent, "batch_index": [0, 0]})
    assert torch.equal(same[0], same[1])


def test_steps_within_a_range_are_cut_smaller() -> None:
    extended = ops.extended(SIGMAS, 2, start=float("inf"), end=5.0, spacing="linear")
    assert extended.tolist() == [10, 7.5, 5, 3, 1, 0]
    assert ops.extended(SIGMAS, 2, start=6.0, end=5.0, spacing="linear").tolist() == [10, 5, 3, 1, 0]
    cosine, sine = (ops.extended(SIGMAS, 3, 20.0, 10.0, spacing)[:4].diff() for spacing in ("cosine", "sine"))
    assert cosine[0] < cosine[2]
    assert sine[0] > sine[2]
