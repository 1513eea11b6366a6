"""Samplers take the steps that diffusers' schedulers take, on a model that is no straight line."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    LMSDiscreteScheduler,
    UniPCMultistepScheduler,
)

from comfy.sampling import SAMPLERS, stable_diffusion_levels
from comfy.sampling.levels import NoiseLevels
from tests.comfy.sampling.gaussian import ignore

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
STEPS = 17


def eps(x_scaled: torch.Tensor, timestep: float) -> torch.Tensor:
    """A made-up prediction of the noise from the latent as the model sees it."""
    return 0.6 * x_scaled + 0.2 * torch.sin(2 * x_scaled) + 0.1 * math.cos(timestep / 150)


class TableDenoise:
    """The same model as samplers see it; it knows the timestep of every sigma that it will be asked about."""

    def __init__(self, sigmas: torch.Tensor, timesteps: torch.Tensor) -> None:
        self.levels: NoiseLevels = stable_diffusion_levels()
        self.timesteps = dict(zip(sigmas.tolist(), timesteps.tolist(), strict=True))

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        return x - sigma * eps(x / math.sqrt(1 + sigma**2), self.timesteps[sigma])

    def both(self, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
        return self(x, sigma), self(x, sigma)


def start() -> torch.Tensor:
    return torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(6), dtype=torch.float64)


def in_sigma_space(scheduler: Any, sample: torch.Tensor, count: int) -> torch.Tensor:
    """Run a scheduler whose samples are picture + sigma * noise."""
    for timestep in scheduler.timesteps[:count]:
        scaled = scheduler.scale_model_input(sample, timestep)
        sample = scheduler.step(eps(scaled, float(timestep)), timestep, sample).prev_sample.double()
    return sample


def variance_preserving(scheduler: Any, sample: torch.Tensor, noises: Iterator[torch.Tensor] | None = None) -> Any:
    """Run a scheduler whose samples have unit variance."""
    for timestep in scheduler.timesteps:
        options = {"variance_noise": next(noises)} if noises else {}
        sample = scheduler.step(eps(sample, float(timestep)), timestep, sample, **options).prev_sample
    return sample


@pytest.mark.parametrize("karras", [False, True])
@pytest.mark.parametrize(
    ("name", "scheduler_class"),
    [("euler", EulerDiscreteScheduler), ("lms", LMSDiscreteScheduler), ("heun", HeunDiscreteScheduler)],
)
def test_ode_samplers_over_sigma(name: str, scheduler_class: Any, karras: bool) -> None:
    scheduler = scheduler_class(**BETAS, use_karras_sigmas=karras)
    scheduler.set_timesteps(STEPS)
    every = 2 if name == "heun" else 1  # diffusers lists the ends of Heun's steps twice
    sigmas = torch.cat([scheduler.sigmas[:1], scheduler.sigmas[1:-1:every]])
    timesteps = torch.cat([scheduler.timesteps[:1], scheduler.timesteps[1::every]])
    # Both end at the last level above zero: our lms takes its last step straight.
    x = start() * float(sigmas[0])
    expected = in_sigma_space(scheduler, x, len(scheduler.timesteps) - 1)
    sampled = SAMPLERS[name].run(TableDenoise(sigmas, timesteps), ignore, x, sigmas.tolist(), seed=0)
    torch.testing.assert_close(sampled, expected, rtol=1e-3, atol=1e-3)


def test_ddim_is_euler() -> None:
    scheduler = DDIMScheduler(**BETAS, clip_sample=False, set_alpha_to_one=True, steps_offset=1)
    scheduler.set_timesteps(STEPS)
    timesteps = scheduler.timesteps
    alphas = scheduler.alphas_cumprod[timesteps].double()
    sigmas = ((1 - alphas) / alphas).sqrt()
    x = start()
    denoise = TableDenoise(sigmas, timesteps)
    sampled = SAMPLERS["ddim"].run(denoise, ignore, x * (1 + sigmas[0] ** 2).sqrt(), [*sigmas.tolist(), 0.0], seed=0)
    # diffusers' own last step goes to the level below the last, not to zero.
    stride = 1000 // STEPS
    assert int(timesteps[-1]) - stride < 0
    torch.testing.assert_close(sampled, variance_preserving(scheduler, x), rtol=1e-4, atol=1e-4)


def _multistep(scheduler: Any, name: str, last: float, **options: Any) -> None:
    scheduler.set_timesteps(STEPS)
    scheduler.sigmas[-1] = last
    sigmas = scheduler.sigmas.double()
    denoise = TableDenoise(sigmas[:-1], scheduler.timesteps)
    noises = [torch.randn_like(start()) for _ in range(STEPS)]
    x = start()
    sampler = SAMPLERS[name]
    if sampler.noise is not None:
        given, used = iter(noises), iter(noises)
        sampler = sampler.with_options(noise=lambda *_: lambda *_: next(given), **options)
        expected = variance_preserving(scheduler, x, used)
    else:
        expected = variance_preserving(scheduler, x)
    sampled = sampler.run(denoise, ignore, x * (1 + sigmas[0] ** 2).sqrt(), [*sigmas[:-1].tolist(), last], seed=0)
    torch.testing.assert_close(sampled / math.sqrt(1 + last**2), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("karras", [False, True])
def test_dpm_solver_multistep(karras: bool) -> None:
    scheduler = DPMSolverMultistepScheduler(**BETAS, use_karras_sigmas=karras, final_sigmas_type="zero")
    _multistep(scheduler, "dpmpp_2m", last=0.0)


@pytest.mark.parametrize(("name", "solver_type"), [("dpmpp_2m_sde", "midpoint"), ("dpmpp_2m_sde_heun", "heun")])
def test_sde_dpm_solver_multistep(name: str, solver_type: str) -> None:
    scheduler = DPMSolverMultistepScheduler(
        **BETAS, use_karras_sigmas=True, algorithm_type="sde-dpmsolver++", solver_type=solver_type
    )
    _multistep(scheduler, name, last=0.0)


@pytest.mark.parametrize("karras", [False, True])
@pytest.mark.parametrize(("name", "solver_type"), [("uni_pc", "bh1"), ("uni_pc_bh2", "bh2")])
def test_uni_pc(name: str, solver_type: str, karras: bool) -> None:
    scheduler = UniPCMultistepScheduler(**BETAS, solver_order=3, solver_type=solver_type, use_karras_sigmas=karras)
    _multistep(scheduler, name, last=0.001)
