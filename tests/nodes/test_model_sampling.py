"""Nodes that say how a model is sampled make it ask and read the network as diffusers' schedulers do."""

import math
from typing import Any

import pytest
import torch

from comfy.checkpoint import load_checkpoint
from comfy.diffusion_model import DiffusionModel
from comfy.sampling.asking import Asking, Batch, Shown
from comfy.sampling.estimates import estimate_clean
from nodes.model_sampling import ModelSamplingContinuousEDM, ModelSamplingContinuousV
from tests.comfy.small_sd1 import write_small_checkpoint

SIGMAS = (0.01, 0.5, 7.0, 80.0)


Seen = tuple[torch.Tensor, float]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> DiffusionModel:
    return load_checkpoint(write_small_checkpoint(tmp_path_factory.mktemp("sampling") / "a.safetensors")).model


def asked(model: DiffusionModel, sigma: float, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, float]:
    """The clean estimate with a network that is known, and what that was shown for it."""
    seen: list[Seen] = []

    def known(asking: Asking, shown: Shown, network: Any) -> torch.Tensor:
        seen.append((shown.x, float(asking.timesteps[0])))
        return shown.x * 0.3 - 0.1

    batch = Batch(x, sigma, torch.zeros(len(x), 77, 64), ("positive",), ({},))
    clean = estimate_clean(model.clone_with(around_network=(known,)), batch)
    return (clean, *seen[0])


@pytest.mark.parametrize(
    ("sampling", "prediction", "spread"),
    [("edm", "epsilon", 0.5), ("edm_playground_v2.5", "epsilon", 0.5), ("v_prediction", "v_prediction", 1.0)],
)
def test_a_model_of_all_levels_is_preconditioned_as_in_diffusers(
    model: DiffusionModel, sampling: str, prediction: str, spread: float
) -> None:
    from diffusers import EDMEulerScheduler

    theirs = EDMEulerScheduler(sigma_min=0.002, sigma_max=120.0, sigma_data=spread, prediction_type=prediction)
    (changed,) = ModelSamplingContinuousEDM().patch(model, sampling, 120.0, 0.002)
    x = torch.randn(2, 4, 8, 8)
    for sigma in SIGMAS:
        clean, shown, timestep = asked(changed, sigma, x)
        torch.testing.assert_close(shown, theirs.precondition_inputs(x, sigma))
        assert timestep == pytest.approx(float(theirs.precondition_noise(torch.tensor(sigma))), abs=1e-6)
        expected = theirs.precondition_outputs(x, shown * 0.3 - 0.1, torch.tensor(sigma))
        torch.testing.assert_close(clean, expected, rtol=1e-4, atol=1e-5)
    assert (changed.levels.sigma_min, changed.levels.sigma_max) == (pytest.approx(0.002), pytest.approx(120.0))


def test_a_model_may_be_told_its_level_as_an_angle(model: DiffusionModel) -> None:
    (changed,) = ModelSamplingContinuousV().patch(model, "v_prediction", 500.0, 0.03)
    x = torch.randn(1, 4, 8, 8)
    for sigma in SIGMAS:
        clean, shown, timestep = asked(changed, sigma, x)
        angle = timestep * math.pi / 2
        assert math.tan(angle) == pytest.approx(sigma, rel=1e-4)
        # Seen on the circle of Salimans & Ho 2022: signal by the cosine, noise by the sine, velocity across.
        torch.testing.assert_close(shown, x * math.cos(angle), rtol=1e-4, atol=1e-5)
        velocity = shown * 0.3 - 0.1
        expected = math.cos(angle) * shown - math.sin(angle) * velocity
        torch.testing.assert_close(clean, expected, rtol=1e-4, atol=1e-5)


def test_levels_at_zero_are_refused(model: DiffusionModel) -> None:
    with pytest.raises(ValueError, match="above 0"):
        ModelSamplingContinuousEDM().patch(model, "edm", 120.0, 0.0)
