"""The stepping rules, one function each; importing this package fills the table of samplers."""

from comfy.sampling.samplers import (
    ancestral,
    cfg_pp,
    dpm_solver,
    dpm_solver_sde,
    exponential,
    multistep,
    runge_kutta,
    stochastic_adams,
    unipc,
)

__all__ = [
    "ancestral",
    "cfg_pp",
    "dpm_solver",
    "dpm_solver_sde",
    "exponential",
    "multistep",
    "runge_kutta",
    "stochastic_adams",
    "unipc",
]
