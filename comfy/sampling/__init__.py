"""Sampling: noise levels, schedules, samplers, guidance, and the run that joins them."""

import comfy.sampling.samplers  # noqa: F401  fills the table of samplers
from comfy.sampling.guidance import BasicGuider, CfgGuider, DualCfgGuider, Guider, PerpNegGuider
from comfy.sampling.guidance_rules import Guidance
from comfy.sampling.levels import NoiseLevels, stable_diffusion_levels
from comfy.sampling.noise import initial_noise
from comfy.sampling.registry import SAMPLERS, Sampler, sampler_names
from comfy.sampling.run import OnStep, Sampled, Step, run
from comfy.sampling.sample import UnknownNameError, find_sampler, make_sigmas, sample
from comfy.sampling.schedules import SCHEDULERS, scheduler_names

__all__ = [
    "SAMPLERS",
    "SCHEDULERS",
    "BasicGuider",
    "CfgGuider",
    "DualCfgGuider",
    "Guidance",
    "Guider",
    "NoiseLevels",
    "OnStep",
    "PerpNegGuider",
    "Sampled",
    "Sampler",
    "Step",
    "UnknownNameError",
    "find_sampler",
    "initial_noise",
    "make_sigmas",
    "run",
    "sample",
    "sampler_names",
    "scheduler_names",
    "stable_diffusion_levels",
]
