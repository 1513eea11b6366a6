"""Samplers against a model whose answers are known exactly: accuracy, variance, and what they promise the loop."""

import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from comfy.sampling import SAMPLERS, make_sigmas, sampler_names, stable_diffusion_levels
from comfy.sampling.samplers.stochastic_adams import adams_weights, simple_weights
from tests.comfy.sampling.gaussian import GaussianDenoise, ignore

LEVELS = stable_diffusion_levels()
SILENT: dict[str, dict[str, Any]] = {
    "euler_ancestral": {"eta": 0.0},
    "euler_ancestral_cfg_pp": {"eta": 0.0},
    "dpm_2_ancestral": {"eta": 0.0},
    "dpmpp_2s_ancestral": {"eta": 0.0},
    "dpmpp_2s_ancestral_cfg_pp": {"eta": 0.0},
    "dpmpp_sde": {"eta": 0.0},
    "dpmpp_2m_sde": {"eta": 0.0},
    "dpmpp_2m_sde_heun": {"eta": 0.0},
    "dpmpp_3m_sde": {"eta": 0.0},
    "res_multistep_ancestral": {"eta": 0.0},
    "res_multistep_ancestral_cfg_pp": {"eta": 0.0},
    "er_sde": {"noise_scaler": lambda sigma: sigma, "s_noise": 0.0},
    "seeds_2": {"eta": 0.0},
    "seeds_3": {"eta": 0.0},
    "sa_solver": {"tau": lambda sigma: 0.0},
    "sa_solver_pece": {"tau": lambda sigma: 0.0},
}
"""Options that make a stochastic sampler follow the ODE."""

ORDERS = {
    **dict.fromkeys(["euler", "ddim", "euler_cfg_pp", "euler_ancestral", "euler_ancestral_cfg_pp", "heunpp2"], 1),
    **dict.fromkeys(["gradient_estimation", "gradient_estimation_cfg_pp"], 1),
    **dict.fromkeys(["heun", "dpm_2", "dpm_2_ancestral", "dpmpp_2s_ancestral", "dpmpp_2s_ancestral_cfg_pp"], 2),
    **dict.fromkeys(["dpmpp_sde", "dpmpp_2m", "dpmpp_2m_cfg_pp", "dpmpp_2m_sde", "dpmpp_2m_sde_heun"], 2),
    **dict.fromkeys(["res_multistep", "res_multistep_cfg_pp", "res_multistep_ancestral"], 2),
    **dict.fromkeys(["res_multistep_ancestral_cfg_pp", "dpmpp_3m_sde", "uni_pc", "uni_pc_bh2", "ipndm", "seeds_2"], 2),
    **dict.fromkeys(["lms", "deis", "seeds_3"], 2.5),
    **dict.fromkeys(["sa_solver", "sa_solver_pece"], 3.5),
}
"""The order of accuracy that each must at least reach."""


def schedule(steps: int, sigma_max: float = 10.0, sigma_min: float = 0.1) -> list[float]:
    """Sigmas that end above zero, where the order of accuracy can be seen."""
    low, high = sigma_min ** (1 / 7), sigma_max ** (1 / 7)
    return [(high + (low - high) * i / steps) ** 7 for i in range(steps + 1)]


def error_of(name: str, steps: int) -> float:
    x = torch.linspace(-20, 30, 8, dtype=torch.float64).reshape(1, 2, 2, 2)
    denoise = GaussianDenoise()
    sigmas = schedule(steps)
    sampled = SAMPLERS[name].with_options(**SILENT.get(name, {})).run(denoise, ignore, x, sigmas, seed=1)
    return float((sampled - denoise.flow(x, sigmas[0], sigmas[-1])).abs().max())


def test_menus_show_the_samplers_in_the_order_that_saved_workflows_know() -> None:
    names = sampler_names()
    assert len(names) == len(SAMPLERS) == 42
    assert names[:3] == ["euler", "euler_cfg_pp", "euler_ancestral"]
    assert names[-3:] == ["ddim", "uni_pc", "uni_pc_bh2"]


@pytest.mark.parametrize(("name", "order"), ORDERS.items())
def test_halving_the_steps_width_shrinks_the_error_as_the_order_says(name: str, order: float) -> None:
    coarse, fine = error_of(name, 48), error_of(name, 96)
    assert math.log2(coarse / fine) > order - 0.15


@pytest.mark.parametrize("name", ["dpm_fast", "dpm_adaptive", "er_sde", "ipndm_v"])
def test_solvers_without_a_plain_order_come_close_all_the_same(name: str) -> None:
    assert error_of(name, 48) < 0.12


@pytest.mark.parametrize("name", list(SAMPLERS))
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7, 12])
def test_every_sampler_ends_clean_and_reports_its_steps(name: str, steps: int) -> None:
    sampler = SAMPLERS[name]
    sigmas = make_sigmas(LEVELS, "karras", steps, drops_penultimate=sampler.drops_penultimate).tolist()
    x = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(4)) * sigmas[0]
    before = x.clone()
    reports: list[float] = []

    def report(x: torch.Tensor, sigma: float, denoised: torch.Tensor) -> None:
        assert x.shape == denoised.shape
        reports.append(sigma)

    sampled = sampler.run(GaussianDenoise(), report, x, sigmas, seed=5)
    assert torch.equal(x, before)
    assert sampled.dtype == torch.float32
    assert bool(sampled.isfinite().all())
    assert reports == sorted(reports, reverse=True)
    if steps == 12:
        assert float(sampled.mean()) == pytest.approx(0.5, abs=0.25)
    if name not in ("dpm_fast", "dpm_adaptive", "uni_pc", "uni_pc_bh2"):
        assert len(reports) == steps


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name not in ("lcm", "dpm_adaptive")])
def test_many_steps_give_the_spread_of_the_data(name: str) -> None:
    sampler = SAMPLERS[name]
    sigmas = make_sigmas(LEVELS, "karras", 80, drops_penultimate=sampler.drops_penultimate).tolist()
    x = torch.randn(1, 4, 24, 24, generator=torch.Generator().manual_seed(8), dtype=torch.float64) * sigmas[0]
    sampled = sampler.run(GaussianDenoise(), ignore, x, sigmas, seed=9)
    assert float(sampled.mean()) == pytest.approx(0.5, abs=0.06)
    assert float(sampled.std()) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize("name", list(SAMPLERS))
def test_the_same_seed_gives_the_same_latent_and_another_only_matters_to_the_stochastic(name: str) -> None:
    sigmas = make_sigmas(LEVELS, "normal", 6).tolist()
    x = torch.ones(1, 1, 4, 4) * sigmas[0]

    def run(seed: int) -> torch.Tensor:
        return SAMPLERS[name].run(GaussianDenoise(), ignore, x, sigmas, seed)

    assert torch.equal(run(1), run(1))
    quiet = {"dpm_adaptive", "euler_cfg_pp", "res_multistep", "res_multistep_cfg_pp"}
    is_stochastic = SAMPLERS[name].noise is not None and name not in quiet
    assert torch.equal(run(1), run(2)) != is_stochastic


@pytest.mark.parametrize("name", list(SAMPLERS))
def test_a_run_of_fewer_than_two_sigmas_changes_nothing(name: str) -> None:
    x = torch.ones(1, 1, 2, 2)
    assert SAMPLERS[name].run(GaussianDenoise(), ignore, x, [1.0], 0) is x


def test_the_gpu_forms_are_the_same_rule_under_another_name() -> None:
    for name in ("dpmpp_sde", "dpmpp_2m_sde", "dpmpp_2m_sde_heun", "dpmpp_3m_sde"):
        assert SAMPLERS[name].steps is SAMPLERS[f"{name}_gpu"].steps
        assert SAMPLERS[name].options == SAMPLERS[f"{name}_gpu"].options


def test_more_steps_along_one_brownian_path_approach_one_picture() -> None:
    x = torch.randn(1, 2, 8, 8, generator=torch.Generator().manual_seed(2), dtype=torch.float64) * 14.6
    results = [
        SAMPLERS["dpmpp_2m_sde"].run(
            GaussianDenoise(), ignore, x, make_sigmas(LEVELS, "karras", steps).tolist(), seed=3
        )
        for steps in (20, 40, 80, 160)
    ]
    gaps = [float((a - b).std()) for a, b in pairwise(results)]
    assert gaps[1] < gaps[0]
    assert gaps[2] < gaps[1]


@settings(max_examples=60)
@given(
    st.lists(st.floats(-3, 0), min_size=1, max_size=4, unique_by=lambda node: round(node, 1)),
    st.floats(0.01, 3),
    st.floats(0, 1),
)
def test_adams_weights_are_exact_for_a_constant(nodes: list[float], h: float, tau: float) -> None:
    weights = adams_weights(nodes, 0.0, h, tau)
    assert sum(weights) == pytest.approx(1 - math.exp(-(1 + tau**2) * h), rel=1e-6, abs=1e-9)


def test_the_simple_adams_weights_agree_with_the_exact_ones_for_small_steps() -> None:
    for nodes in ([-0.01, 0.0], [0.0, 0.01]):
        simple, exact = simple_weights(nodes, 0.0, 0.01, 1.0), adams_weights(nodes, 0.0, 0.01, 1.0)
        assert simple == pytest.approx(exact, abs=2e-4)
