"""A LoRA that is trained learns: afterwards the model finds the noise in what it was shown better than before."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from comfy.checkpoint import Checkpoint, load_checkpoint
from comfy.line_chart import line_chart
from comfy.lora_training import ALGORITHMS, Lesson, Plan, train_lora
from comfy.sampling.levels import ContinuousLevels
from tests.comfy.small_families import XL_PARTS, tensors_of, write
from tests.comfy.small_sd1 import write_small_checkpoint

PLAN = Plan(steps=14, rate=4e-2, rank=4, batch_size=2)
# A LoKr of so few numbers learns more slowly.
SLOWER = {"LoKr": replace(PLAN, steps=40, rate=1e-2)}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return load_checkpoint(write_small_checkpoint(tmp_path_factory.mktemp("train") / "a.safetensors", torch.float32))


def lesson(checkpoint: Checkpoint) -> Lesson:
    latents = torch.linspace(-1, 1, 8).repeat(2, 4, 8, 1) * torch.tensor([1.0, -1.0]).reshape(2, 1, 1, 1)
    return Lesson(latents, [*checkpoint.clip.encode("a cat"), *checkpoint.clip.encode("a dog")])


def train(checkpoint: Checkpoint, plan: Plan, existing: Any = None, on_step: Any = lambda step, loss: None) -> Any:
    return train_lora(checkpoint.model, lesson(checkpoint), plan, existing, on_step)


@torch.no_grad()
def error_of(model: Any, checkpoint: Checkpoint) -> float:
    """How far the model is from the noise in the lesson's latents, at some levels."""
    shown = lesson(checkpoint)
    noise = torch.randn(shown.latents.shape, generator=torch.Generator().manual_seed(5))
    text = torch.cat([embedding for embedding, _ in shown.entries])
    total = 0.0
    for timestep in (100, 300, 500, 700, 900):
        sigma = float(model.levels.sigmas[timestep])
        x = (shown.latents + sigma * noise) / (sigma**2 + 1) ** 0.5
        found = model.apply(x, torch.full((2,), float(timestep)), text)
        total += float((found - noise).square().mean())
    return total / 5


@pytest.mark.parametrize("algorithm", list(ALGORITHMS))
def test_a_trained_lora_finds_the_noise_better(checkpoint: Checkpoint, algorithm: str) -> None:
    plan = replace(SLOWER.get(algorithm, PLAN), algorithm=algorithm)
    trained = train(checkpoint, plan)
    before, after = (
        error_of(model, checkpoint) for model in (checkpoint.model, checkpoint.model.with_lora(trained.tensors, 1.0))
    )
    assert after < 0.9 * before
    assert len(trained.losses) == plan.steps
    assert all(tensor.isfinite().all() for tensor in trained.tensors.values())


def test_training_follows_from_the_seed_and_spares_the_model(checkpoint: Checkpoint) -> None:
    plan = replace(PLAN, steps=3)
    before = error_of(checkpoint.model, checkpoint)
    once, again, other = (train(checkpoint, replace(plan, seed=seed)) for seed in (1, 1, 2))
    assert once.losses == again.losses
    assert all(torch.equal(tensor, again.tensors[name]) for name, tensor in once.tensors.items())
    assert once.losses != other.losses
    assert error_of(checkpoint.model, checkpoint) == before


def test_saving_memory_changes_nothing_else(checkpoint: Checkpoint) -> None:
    plan = replace(PLAN, steps=3)
    assert train(checkpoint, plan).losses == pytest.approx(train(checkpoint, replace(plan, saves_memory=True)).losses)


def test_training_goes_on_from_a_lora_of_the_same_algorithm(checkpoint: Checkpoint) -> None:
    first = train(checkpoint, replace(PLAN, steps=3))
    second = train(checkpoint, replace(PLAN, steps=1, rate=0.0, optimizer="SGD"), existing=first.tensors)
    assert set(second.tensors) == set(first.tensors)
    assert all(torch.equal(tensor, first.tensors[name]) for name, tensor in second.tensors.items())
    with pytest.raises(ValueError, match="no LoHa tensors"):
        train(checkpoint, replace(PLAN, algorithm="LoHa"), existing=first.tensors)


def test_weights_change_only_after_so_many_steps(checkpoint: Checkpoint) -> None:
    plan = replace(PLAN, steps=2, accumulation=2, rate=0.0, optimizer="SGD")
    assert len(train(checkpoint, plan).losses) == 2


def test_training_can_be_ended_and_models_of_continuous_levels_are_refused(checkpoint: Checkpoint) -> None:
    def stop(step: int, loss: float) -> None:
        raise KeyError(step)

    with pytest.raises(KeyError, match="1"):
        train(checkpoint, PLAN, on_step=stop)
    continuous = checkpoint.model.clone_with(levels=ContinuousLevels.between(0.002, 80.0))
    with pytest.raises(ValueError, match="cannot be trained"):
        train_lora(continuous, lesson(checkpoint), PLAN, None, lambda step, loss: None)


def test_xl_is_trained_with_its_sizes_and_in_half_precision(tmp_path: Path) -> None:
    checkpoint = load_checkpoint(write(tmp_path / "xl.safetensors", tensors_of(XL_PARTS)))
    plan = replace(PLAN, steps=2, training_dtype=torch.bfloat16, lora_dtype=torch.bfloat16)
    trained = train(checkpoint, plan)
    model = checkpoint.model.with_lora(trained.tensors, 1.0)
    assert len(model.weights.patches) == sum(name.endswith(".alpha") for name in trained.tensors)


def test_a_chart_falls_where_its_numbers_fall() -> None:
    chart = line_chart([4.0, 3.0, 1.0], "Loss", "Step")
    assert chart.shape == (1, 600, 800, 3)
    is_line = (chart[0, ..., 0] - chart[0, ..., 1]) > 0.4
    heights = [int(is_line[:, column].nonzero()[0]) for column in (70, 400, 735)]
    assert heights == sorted(heights)
    assert heights[0] < heights[-1] - 300
