"""A whole run: noise and latent in, latent out."""

from typing import Any

import pytest
import torch

from comfy.sampling import Step, UnknownNameError, initial_noise, sample
from tests.comfy.sampling.toy_model import ToyModel, text

SCALE = 0.18215


def settings(**changes: Any) -> dict[str, Any]:
    return {
        "seed": 42,
        "steps": 5,
        "cfg": 3.0,
        "sampler_name": "euler",
        "scheduler": "normal",
        "positive": [text(0.5)],
        "negative": [text(-0.5)],
        "latent": {"samples": torch.zeros(1, 4, 8, 8)},
        **changes,
    }


def picture(batch: int = 1) -> torch.Tensor:
    return torch.randn(batch, 4, 8, 8, generator=torch.Generator().manual_seed(3)) * 5


def test_the_latent_comes_back_with_its_other_keys_and_unchanged_itself() -> None:
    latent = {"samples": picture(), "batch_index": [2], "note": "kept"}
    before = latent["samples"].clone()
    result = sample(ToyModel(), **settings(latent=latent))
    assert result["note"] == "kept"
    assert result["samples"].shape == before.shape
    assert result["samples"].dtype == torch.float32
    assert torch.equal(latent["samples"], before)


@pytest.mark.parametrize("seed", [0, 2**63, 2**64 - 1])
@pytest.mark.parametrize("name", ["euler", "euler_ancestral", "dpmpp_2m_sde", "ddim"])
def test_every_seed_works_and_repeats(seed: int, name: str) -> None:
    first, second = (sample(ToyModel(), **settings(seed=seed, sampler_name=name)) for _ in range(2))
    assert torch.equal(first["samples"], second["samples"])


def test_steps_are_told_in_order() -> None:
    steps: list[Step] = []
    sample(ToyModel(), **settings(on_step=steps.append))
    assert [(step.index, step.total) for step in steps] == [(i, 5) for i in range(5)]
    assert steps[0].sigma > steps[-1].sigma
    assert steps[0].denoised.shape == (1, 4, 8, 8)


def test_a_sampler_that_takes_more_steps_than_planned_raises_the_total() -> None:
    steps: list[Step] = []
    sample(ToyModel(), **settings(steps=2, sampler_name="dpm_adaptive", on_step=steps.append))
    assert len(steps) > 2
    assert all(step.index < step.total for step in steps)


def test_raising_in_a_step_ends_the_run() -> None:
    def stop(step: Step) -> None:
        if step.index == 1:
            raise InterruptedError("enough")

    model = ToyModel()
    with pytest.raises(InterruptedError, match="enough"):
        sample(model, **settings(on_step=stop))
    assert len(model.asked) == 2


def test_item_of_a_batch_is_made_again_alone() -> None:
    latent = {"samples": torch.zeros(3, 4, 8, 8), "batch_index": [0, 1, 2]}
    batch = sample(ToyModel(), **settings(latent=latent))["samples"]
    alone = {"samples": torch.zeros(1, 4, 8, 8), "batch_index": [2]}
    again = sample(ToyModel(), **settings(latent=alone))["samples"]
    torch.testing.assert_close(again, batch[2:], rtol=1e-4, atol=1e-4)


def test_a_lower_denoise_stays_nearer_to_the_picture() -> None:
    latent = {"samples": picture()}
    distances = [
        float((sample(ToyModel(), **settings(latent=latent, denoise=d))["samples"] - latent["samples"]).std())
        for d in (0.2, 0.5, 0.9)
    ]
    assert distances == sorted(distances)


def test_a_denoise_of_zero_gives_the_latent_back() -> None:
    latent = {"samples": picture()}
    assert torch.equal(sample(ToyModel(), **settings(latent=latent, denoise=0.0))["samples"], latent["samples"])


def test_two_stretches_of_a_schedule_make_the_same_picture_as_one() -> None:
    whole = sample(ToyModel(), **settings(steps=8, start_step=0, end_step=10_000))
    first = sample(ToyModel(), **settings(steps=8, start_step=0, end_step=3, return_leftover_noise=True))
    second = sample(ToyModel(), **settings(steps=8, start_step=3, end_step=8, add_noise=False, latent=first))
    torch.testing.assert_close(second["samples"], whole["samples"], rtol=1e-4, atol=1e-3)


def test_a_stretch_that_ends_early_is_clean_unless_noise_is_to_be_left() -> None:
    clean = sample(ToyModel(), **settings(steps=8, end_step=2))["samples"]
    noisy = sample(ToyModel(), **settings(steps=8, end_step=2, return_leftover_noise=True))["samples"]
    assert not torch.allclose(clean, noisy)


def test_a_stretch_that_starts_after_the_end_gives_the_latent_back() -> None:
    latent = {"samples": picture()}
    assert torch.equal(sample(ToyModel(), **settings(latent=latent, start_step=5))["samples"], latent["samples"])


@pytest.mark.parametrize("name", ["euler", "ddim", "dpmpp_2m", "uni_pc", "euler_ancestral", "dpmpp_2m_cfg_pp"])
def test_what_the_mask_leaves_out_stays_as_it_was(name: str) -> None:
    mask = torch.zeros(1, 1, 64, 64)
    mask[..., :32] = 1
    latent = {"samples": picture(2), "noise_mask": mask}
    result = sample(ToyModel(), **settings(latent=latent, sampler_name=name))["samples"]
    # uni_pc stops a little above zero noise.
    torch.testing.assert_close(result[..., 5:], latent["samples"][..., 5:], rtol=1e-2, atol=2e-2)
    assert not torch.allclose(result[..., :3], latent["samples"][..., :3])


def test_ddim_differs_from_euler_only_where_there_is_a_mask() -> None:
    half = {"samples": picture(), "noise_mask": torch.full((1, 1, 8, 8), 0.5)}
    for latent, same in [({"samples": picture()}, True), (half, False)]:
        euler, ddim = (
            sample(ToyModel(), **settings(latent=latent, sampler_name=name))["samples"] for name in ("euler", "ddim")
        )
        assert torch.equal(euler, ddim) is same


def test_without_added_noise_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    sample(ToyModel(), **settings(add_noise=False, latent={"samples": picture()}, sampler_name="euler_ancestral"))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_first_call_sees_the_noise_at_the_highest_level() -> None:
    seen: list[torch.Tensor] = []

    class Watched(ToyModel):
        def apply(self, x: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
            seen.append(x)
            return super().apply(x, timestep, context)

    sample(Watched(), **settings(steps=1))
    # x is noise * sqrt(1 + sigma^2), and the model sees x / sqrt(1 + sigma^2).
    torch.testing.assert_close(seen[0][:1], initial_noise((1, 4, 8, 8), 42), rtol=1e-5, atol=1e-5)


def test_an_unknown_sampler_is_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"'eular'.*euler"):
        sample(ToyModel(), **settings(sampler_name="eular"))


def test_nothing_learns_gradients() -> None:
    latent = {"samples": picture().requires_grad_()}
    assert not sample(ToyModel(), **settings(latent=latent))["samples"].requires_grad
