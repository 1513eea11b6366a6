"""Samplers that only nodes offer: one that grows the picture on the way, and CFG++'s other form."""

import torch

from comfy.sampling import CfgGuider, initial_noise
from comfy.sampling.run import run
from comfy.sampling.samplers.cfg_pp import EULER_PP
from comfy.sampling.samplers.growing import LCM_UPSCALE
from tests.comfy.sampling.gaussian import GaussianDenoise, ignore
from tests.comfy.sampling.toy_model import ToyModel, text

SIGMAS = [10.0, 6.0, 3.0, 1.0, 0.0]


def grown(**options: object) -> tuple[torch.Tensor, list[tuple[int, ...]]]:
    model, guider = ToyModel(), CfgGuider([text(0.2)], [text(0.0)], 1.0)
    latent = {"samples": torch.zeros(1, 4, 8, 12)}
    noise = initial_noise((1, 4, 8, 12), 5)
    made = run(model, guider, LCM_UPSCALE.with_options(**options), SIGMAS, latent, seed=5, noise=noise)
    return made.latent["samples"], [asked["shape"][2:] for asked in model.asked]


def test_the_picture_grows_by_equal_parts_and_then_stays() -> None:
    samples, asked = grown(ratio=2.0, steps=2, method="bilinear")
    assert asked == [(8, 12), (12, 18), (16, 24), (16, 24)]
    assert samples.shape == (1, 4, 16, 24)


def test_it_grows_over_half_of_the_steps_unless_told() -> None:
    assert grown(ratio=1.5, steps=None, method="bislerp")[1] == [(8, 12), (10, 15), (12, 18), (12, 18)]


def test_the_noise_goes_on_where_the_first_noise_ended() -> None:
    generator = torch.Generator().manual_seed(5)
    torch.randn(1, 4, 8, 12, generator=generator)
    expected = torch.randn(1, 4, 8, 12, generator=generator)
    x = torch.zeros(1, 4, 8, 12)
    assert torch.equal(LCM_UPSCALE.noise(x, SIGMAS, 5).like(x), expected)
    assert torch.equal(LCM_UPSCALE.noise(x, SIGMAS, 5)(2.0, 1.0), expected), "as other samplers draw it"


def test_cfg_pp_s_other_form_is_eulers_step_where_nothing_is_guided() -> None:
    denoise = GaussianDenoise()
    x = torch.randn(1, 4, 8, 8) * 10
    sigmas = torch.linspace(10, 0, 400).tolist()
    made = EULER_PP.run(denoise, ignore, x, sigmas, 0)
    torch.testing.assert_close(made, denoise.flow(x, 10.0, 0.0), atol=0.05, rtol=0.05)


def test_cfg_pp_s_other_form_goes_where_the_unguided_estimate_pulls() -> None:
    class Guided(GaussianDenoise):
        def both(self, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
            return x * 0 + 1.0, x * 0 + 0.25

    made = EULER_PP.run(Guided(), ignore, torch.full((1, 1, 1, 1), 4.0), [2.0, 1.0], 0)
    assert float(made) == 4.0 + (4.0 - 1.0 + 0.25 - 1.0) / 2.0 * (1.0 - 2.0)
