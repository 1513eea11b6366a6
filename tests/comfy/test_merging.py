"""Merged weights are the arithmetic that was asked for, and the models merged stay as they are."""

import pytest
import torch

from comfy.checkpoint import load_checkpoint
from comfy.diffusion_model import DiffusionModel
from comfy.errors import ArchitectureError
from comfy.merging import Shares, mixed, scaled, shares_by_block
from comfy.residents import ready_tensor
from comfy.weights import Weights
from tests.comfy.small_sd1 import write_small_checkpoint

NAME = "middle_block.0.in_layers.2.weight"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[DiffusionModel, DiffusionModel]:
    folder = tmp_path_factory.mktemp("models")
    first, second = (
        load_checkpoint(write_small_checkpoint(folder / f"{seed}.safetensors", torch.float32, seed)).model
        for seed in (0, 10)
    )
    return first, second


def value_of(model: DiffusionModel) -> torch.Tensor:
    """A weight as it is when the model runs."""
    return ready_tensor(model.weights, NAME, original(model), torch.device("cpu")).contiguous()


def merge(first: DiffusionModel, second: DiffusionModel, own: float, other: float) -> DiffusionModel:
    return first.clone_with(weights=mixed(first.weights, second.weights, lambda name: Shares(own, other)))


def original(model: DiffusionModel) -> torch.Tensor:
    return model.unet.get_parameter(NAME).detach()


def test_an_average_and_a_sum(models: tuple[DiffusionModel, DiffusionModel]) -> None:
    first, second = models
    a, b = original(first), original(second)
    torch.testing.assert_close(value_of(merge(first, second, 0.3, 0.7)), 0.3 * a + 0.7 * b)
    torch.testing.assert_close(value_of(merge(first, second, 1, 1)), a + b)
    torch.testing.assert_close(original(first), a)


def test_a_merge_of_a_merge_adds_the_difference(models: tuple[DiffusionModel, DiffusionModel]) -> None:
    first, second = models
    difference = merge(second, first, 0.5, -0.5)
    a, b = original(first), original(second)
    torch.testing.assert_close(value_of(merge(first, difference, 1, 1)), a + 0.5 * (b - a))


def test_blocks_have_ratios_of_their_own() -> None:
    shares_of = shares_by_block({"input": 0.1, "middle": 0.5, "out": 0.9}, default=0.1)
    assert shares_of("input_blocks.1.0.in_layers.0.weight").own == 0.1
    assert shares_of("middle_block.1.norm.weight").own == 0.5
    assert shares_of("output_blocks.1.0.in_layers.0.weight").own == 0.9
    assert shares_of("time_embed.0.weight").own == 0.1
    assert shares_of("out.2.bias").other == pytest.approx(0.1)


def test_weights_are_scaled_by_name(models: tuple[DiffusionModel, DiffusionModel]) -> None:
    first, _ = models
    changed = first.clone_with(weights=scaled(first.weights, lambda n: 2.0 if n == NAME else 1.0))
    torch.testing.assert_close(value_of(changed), 2 * original(first))
    assert scaled(first.weights, lambda n: 1.0) is first.weights


def test_models_with_nothing_in_common_are_not_merged(models: tuple[DiffusionModel, DiffusionModel]) -> None:
    first, _ = models
    with pytest.raises(ArchitectureError, match="no weights in common"):
        mixed(first.weights, Weights(torch.nn.Linear(2, 2), torch.float32), lambda name: Shares(1, 1))
