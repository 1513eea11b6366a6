"""A1111's hypernetworks stand before the keys and values of every attention of their width."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from comfy.changes.hypernetwork import read_hypernetwork
from comfy.errors import ModelFileError
from comfy.models.changed_unet import Place
from tests.comfy.small_models import small_hypernetwork

PLACE = Place("input", 1, 0, torch.Size((1, 32, 4, 4)))


def torchs_own(tensors: dict[str, torch.Tensor], width: int) -> nn.Module:
    """The same as A1111 builds it: a layer, what lies between, a norm, and a layer."""
    module = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.LayerNorm(2 * width), nn.Linear(2 * width, width))
    module.load_state_dict({name.removeprefix("linear."): tensor for name, tensor in tensors.items()})
    return module


@torch.no_grad()
def test_keys_and_values_get_what_the_networks_make_of_them(tmp_path: Path) -> None:
    torch.save(small_hypernetwork(), tmp_path / "a.pt")
    asking: Any = None
    between = read_hypernetwork(tmp_path / "a.pt", 0.6)(asking)
    for width in (32, 64):
        q, k = torch.randn(1, 16, 32), torch.randn(1, 7, width)
        layer: Any = None
        got = between.attention(PLACE, "text", layer, (q, k, k), lambda q, k, v: torch.stack([k, v]))
        for made, tensors in zip(got, small_hypernetwork()[width], strict=True):
            torch.testing.assert_close(made, k + 0.6 * torchs_own(tensors, width)(k), atol=1e-5, rtol=1e-5)


def test_attention_of_other_widths_is_left_alone(tmp_path: Path) -> None:
    torch.save(small_hypernetwork(), tmp_path / "a.pt")
    nothing: Any = None
    between = read_hypernetwork(tmp_path / "a.pt", 1.0)(nothing)
    k = torch.randn(1, 7, 48)
    assert between.attention(PLACE, "text", nothing, (k, k, k), lambda q, k, v: v) is k


def test_a_file_of_another_kind_and_an_unknown_activation_are_named(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(ModelFileError, match=r"other\.pt is not a hypernetwork"):
        read_hypernetwork(tmp_path / "other.pt", 1.0)
    torch.save(small_hypernetwork() | {"activation_func": "sine"}, tmp_path / "odd.pt")
    with pytest.raises(ModelFileError, match="activation 'sine'"):
        read_hypernetwork(tmp_path / "odd.pt", 1.0)
