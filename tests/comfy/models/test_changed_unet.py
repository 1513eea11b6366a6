"""The U-Net with something between its layers is the same U-Net."""

from dataclasses import replace

import pytest
import torch

from comfy.models.changed_unet import Attend, Between, Chain, Kind, Place, run_changed
from comfy.models.spatial_transformer import CrossAttention
from comfy.models.unet import UNet
from tests.comfy.small_sd1 import UNET, randomise


@pytest.fixture(scope="module")
def unet() -> UNet:
    network = UNet(replace(UNET, vector_dim=16))
    randomise(network)
    return network.eval()


def inputs(height: int = 10, width: int = 6) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {
        "x": torch.randn(2, 4, height, width, generator=generator),
        "timestep": torch.tensor([500.0, 3.0]),
        "context": torch.randn(2, 7, 64, generator=generator),
        "vector": torch.randn(2, 16, generator=generator),
    }


@torch.no_grad()
def test_where_nothing_is_changed_the_bits_are_those_of_the_network_itself(unet: UNet) -> None:
    assert torch.equal(run_changed(unet, Between(), **inputs()), unet(**inputs()))
    assert torch.equal(run_changed(unet, Chain([Between(), Between()]), **inputs()), unet(**inputs()))


@torch.no_grad()
def test_every_transformer_block_is_passed_once_in_order(unet: UNet) -> None:
    class Places(Between):
        def __init__(self) -> None:
            self.stages: list[tuple[str, int]] = []
            self.blocks: list[tuple[str, int, int]] = []

        def enter(self, part: str, stage: int) -> None:
            self.stages.append((part, stage))

        def attention(
            self,
            place: Place,
            kind: Kind,
            layer: CrossAttention,
            inputs: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
            attend: Attend,
        ) -> torch.Tensor:
            assert inputs[0].shape == (2, place.shape[2] * place.shape[3], place.shape[1])
            if kind == "self":
                self.blocks.append((place.part, place.stage, place.block))
            return attend(*inputs)

    seen = Places()
    run_changed(unet, seen, **inputs())
    assert seen.stages == [("input", n) for n in range(9)] + [("middle", 0)] + [("output", n) for n in range(9)]
    # One transformer block in the finer level, two in the next, one in the middle; one stage more on the way up.
    assert [block for block in seen.blocks if block[0] == "input"] == [
        ("input", 1, 0),
        ("input", 2, 0),
        ("input", 4, 0),
        ("input", 4, 1),
        ("input", 5, 0),
        ("input", 5, 1),
    ]
    assert len(seen.blocks) == 6 + 1 + 9


@torch.no_grad()
@pytest.mark.parametrize("place", ["embedding", "after_input", "after_skip", "after_middle", "between_attentions"])
def test_a_change_at_each_place_changes_the_result(unet: UNet, place: str) -> None:
    between = Between()
    setattr(between, place, lambda *given: given[-1] * 1.5)
    assert not torch.allclose(run_changed(unet, between, **inputs()), unet(**inputs()))
