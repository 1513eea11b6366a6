"""A picture of a batch is the picture that its seed gives alone, and variations lie between two seeds."""

from pathlib import Path

import pytest
import torch

from comfy.checkpoint import load_checkpoint
from comfy.sampling import find_sampler, sample, sampler_names
from comfy.sampling.each import Request, Seeds, planned_sigmas, sample_each, sample_with_seeds, turned
from comfy.sampling.noise import initial_noise
from tests.comfy.sampling.toy_model import ToyModel, text
from tests.comfy.small_sd1 import write_small_checkpoint

SHAPE = (3, 4, 8, 8)


def request(sampler_name: str = "euler", model: object = None, **changes: object) -> Request:
    settings = {"steps": 4, "cfg": 3.0, "positive": [text(0.5)], "negative": [text(-0.2)], **changes}
    return Request(model or ToyModel(), sampler_name, "normal", **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sampler_names())
def test_item_i_of_a_batch_is_the_picture_of_seed_plus_i(name: str) -> None:
    batch = sample_each(request(name), Seeds(11), {"samples": torch.zeros(SHAPE)})["samples"]
    for index in range(3):
        alone = sample(
            ToyModel(),
            seed=11 + index,
            steps=4,
            cfg=3.0,
            sampler_name=name,
            scheduler="normal",
            positive=[text(0.5)],
            negative=[text(-0.2)],
            latent={"samples": torch.zeros(1, *SHAPE[1:])},
        )["samples"]
        assert torch.equal(batch[index : index + 1], alone)


@pytest.mark.parametrize("name", ["euler_ancestral", "dpmpp_2m_sde", "dpm_adaptive"])
def test_so_it_is_with_a_real_network_and_a_mask(name: str, tmp_path: Path) -> None:
    model = load_checkpoint(write_small_checkpoint(tmp_path / "small.safetensors")).model
    texts = {"positive": [[torch.randn(1, 77, 64), {}]], "negative": [[torch.randn(1, 77, 64), {}]]}
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., 4:] = 1
    latent = {"samples": torch.randn(SHAPE), "noise_mask": mask}
    ask = request(name, model, denoise=0.6, **texts)
    batch = sample_each(ask, Seeds(5), latent)["samples"]
    one = {"samples": latent["samples"][2:], "noise_mask": mask}
    assert torch.equal(batch[2:], sample_each(ask, Seeds(7), one)["samples"])


def test_items_that_remember_their_place_count_from_there() -> None:
    whole = sample_each(request(), Seeds(1), {"samples": torch.zeros(SHAPE)})["samples"]
    third = sample_each(request(), Seeds(1), {"samples": torch.zeros(1, *SHAPE[1:]), "batch_index": [2]})["samples"]
    assert torch.equal(whole[2:], third)


def test_each_item_has_its_own_text() -> None:
    texts = torch.cat([text(value)[0] for value in (0.1, 0.5, 0.9)])
    batch = sample_each(request(positive=[[texts, {}]]), Seeds(1), {"samples": torch.zeros(SHAPE)})["samples"]
    alone = sample_each(request(positive=[text(0.9)]), Seeds(3), {"samples": torch.zeros(1, *SHAPE[1:])})["samples"]
    assert torch.equal(batch[2:], alone)


def test_steps_of_all_items_are_counted_together() -> None:
    told: list[tuple[int, int]] = []
    sample_each(
        request(), Seeds(1), {"samples": torch.zeros(SHAPE)}, lambda step: told.append((step.index, step.total))
    )
    assert told == [(index, 12) for index in range(12)]


def test_a_variation_goes_from_one_seed_to_the_other() -> None:
    shape = (1, *SHAPE[1:])
    first, second = initial_noise(shape, 3), initial_noise(shape, 8)
    assert torch.equal(Seeds(3, 8, 0.0).noise(shape), first)
    assert torch.allclose(Seeds(3, 8, 1.0).noise(shape), second, atol=1e-5)
    near = Seeds(3, 8, 0.1).noise(shape)
    assert (near - first).norm() < (near - second).norm()
    assert near.std() == pytest.approx(1, abs=0.2)


def test_a_variation_turns_along_the_shorter_arc() -> None:
    """Against the formula of Shoemake for two vectors at a right angle."""
    first, second = torch.tensor([[[1.0], [0.0]]]), torch.tensor([[[0.0], [1.0]]])
    halfway = turned(first, second, 0.5)
    assert halfway.flatten().tolist() == pytest.approx([0.5**0.5, 0.5**0.5])
    assert turned(first, first * 1.0, 0.5).flatten().tolist() == [1.0, 0.0]


def test_with_a_variation_its_seed_counts_on_and_the_first_stays() -> None:
    batch = sample_each(request(), Seeds(3, 8, 0.2), {"samples": torch.zeros(SHAPE)})["samples"]
    alone = sample_with_seeds(request(), Seeds(3, 10, 0.2), {"samples": torch.zeros(1, *SHAPE[1:])})["samples"]
    assert torch.equal(batch[2:], alone)


@pytest.mark.parametrize(
    ("steps", "denoise", "taken"), [(10, 0.7, 7), (10, 0.4, 4), (50, 0.4, 20), (10, 1.0, 10), (10, 0.05, 0)]
)
def test_steps_are_strength_times_steps_or_exact(steps: int, denoise: float, taken: int) -> None:
    model, rule = ToyModel(), find_sampler("euler")
    scaled = planned_sigmas(model, rule, "normal", steps, denoise, counts_exactly=False)
    assert max(len(scaled) - 1, 0) == taken
    assert len(planned_sigmas(model, rule, "normal", steps, denoise, counts_exactly=True)) == steps + 1
