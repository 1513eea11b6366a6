"""ControlNets, control-LoRAs and T2I-Adapters out of files correct as diffusers' do with the same weights."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from comfy.control import Control, Correcting
from comfy.control_files import load_control
from comfy.control_nets import ControlLora
from comfy.diffusion_model import DiffusionModel
from comfy.models.control_net import ControlNet, ControlNetConfig, Corrections
from comfy.models.t2i_adapter import Adapter, AdapterConfig
from comfy.models.unet import UNet
from comfy.sampling.asking import Asking, Batch
from comfy.weights import Weights
from tests.comfy.in_diffusers import diffusers_unet
from tests.comfy.models.test_against_diffusers import assert_agree
from tests.comfy.small_families import write
from tests.comfy.small_sd1 import UNET, randomise

diffusers = pytest.importorskip("diffusers")

SIDE = 8
SIZES = {
    "block_out_channels": (32, 64, 128),
    "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    "transformer_layers_per_block": (1, 2, 1),
    "cross_attention_dim": UNET.context_dim,
    "attention_head_dim": 8,
    "conditioning_embedding_out_channels": (16, 32, 96, 256),
}


@pytest.fixture(scope="module")
def model() -> DiffusionModel:
    unet = UNet(UNET).eval()
    randomise(unet, 7)
    return DiffusionModel(Weights(unet, torch.float32))


def question(model: DiffusionModel) -> Asking:
    """A call of the model with two parts of one item each."""
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(2, 4, SIDE, SIDE, generator=generator)
    text = torch.randn(2, 7, UNET.context_dim, generator=generator)
    return Asking(model, Batch(x, 1.0, text, ("positive", "negative"), ({}, {})), x, torch.tensor([500.0, 500.0]))


def picture(height: int = SIDE * 8, width: int = SIDE * 8) -> torch.Tensor:
    return torch.rand(1, height, width, 3, generator=torch.Generator().manual_seed(4))


def corrections(control: Control, model: DiffusionModel, kinds: tuple[int, ...] = ()) -> Corrections:
    with torch.no_grad():
        return control.source.correct(question(model), picture(), kinds)


def control_tensors(kinds: int | None = None) -> dict[str, torch.Tensor]:
    """A small ControlNet's tensors under the original names."""
    net = ControlNet(ControlNetConfig(UNET, kinds=kinds))
    randomise(net, 1)
    return {name: tensor.detach() for name, tensor in net.state_dict().items()}


def assert_corrects_as(given: Corrections, down: list[torch.Tensor], middle: torch.Tensor) -> None:
    assert len(given.skips) == len(down)
    for ours, theirs in zip((*given.skips, given.middle), (*down, middle), strict=True):
        assert ours is not None
        assert_agree(ours, theirs)


def told(model: DiffusionModel) -> tuple[Any, ...]:
    asked = question(model)
    return asked.x, asked.timesteps, asked.batch.context, picture().movedim(-1, 1).repeat(2, 1, 1, 1)


@pytest.mark.parametrize("layout", ["original", "prefixed", "diffusers"])
@torch.no_grad()
def test_a_control_net_corrects_as_diffusers_does(tmp_path: Path, model: DiffusionModel, layout: str) -> None:
    from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint

    tensors = control_tensors()
    theirs = diffusers.ControlNetModel(**SIZES).eval()
    theirs.load_state_dict(convert_controlnet_checkpoint(dict(tensors), theirs.config))
    prefix = "control_model." if layout == "prefixed" else ""
    written = theirs.state_dict() if layout == "diffusers" else {prefix + n: t for n, t in tensors.items()}
    control = load_control(write(tmp_path / "control.safetensors", written))
    x, timesteps, text, hint = told(model)
    down, middle = theirs(x, timesteps, text, hint, return_dict=False)
    given = corrections(control, model)
    assert_corrects_as(given, down, middle)
    expected = diffusers_unet(model.unet)(
        x, timesteps, text, down_block_additional_residuals=down, mid_block_additional_residual=middle
    ).sample
    assert_agree(model.apply(x, timesteps, text, between=Correcting([given])), expected)


@torch.no_grad()
def test_a_union_control_net_is_told_kinds(tmp_path: Path, model: DiffusionModel) -> None:
    from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint

    tensors = control_tensors(kinds=6)
    # diffusers lets pictures attend to the latent too, which the published network was not trained to do.
    tensors |= {n: torch.zeros_like(t) for n, t in tensors.items() if ".attn.out_proj." in n}
    union = {"num_control_type": 6, "num_trans_channel": 32, "num_proj_channel": 32, "addition_time_embed_dim": 256}
    theirs = diffusers.ControlNetUnionModel(**SIZES, **union).eval()
    marks = ("task_embedding", "transformer_layes.", "spatial_ch_projs.", "control_add_embedding.")
    of_union = {name: tensor for name, tensor in tensors.items() if name.startswith(marks)}
    plain = {name: tensor for name, tensor in tensors.items() if name not in of_union}
    theirs.load_state_dict(convert_controlnet_checkpoint(plain, theirs.config) | of_union)
    control = load_control(write(tmp_path / "union.safetensors", theirs.state_dict()))
    x, timesteps, text, hint = told(model)
    kind = torch.zeros(2, 6)
    kind[:, 3] = 1
    down, middle = theirs(x, timesteps, text, [hint], kind, [3], return_dict=False)
    assert_corrects_as(corrections(control, model, (3,)), down, middle)
    with pytest.raises(ValueError, match="knows 6 kinds"):
        corrections(control, model, (6,))


def test_a_control_lora_corrects_as_the_control_net_that_it_is_the_difference_of(
    tmp_path: Path, model: DiffusionModel
) -> None:
    full, base = control_tensors(), model.unet.state_dict()
    lora: dict[str, torch.Tensor] = {"lora_controlnet": torch.zeros(())}
    generator = torch.Generator().manual_seed(9)
    for name in list(full):
        if name not in base:
            lora[name] = full[name]
        elif name.endswith(".weight") and full[name].ndim > 1:
            wide, deep = full[name].flatten(1).shape
            up, down = torch.randn(wide, 2, generator=generator) * 0.1, torch.randn(2, deep, generator=generator) * 0.1
            shape = (2, *full[name].shape[1:])
            lora |= {name.removesuffix("weight") + "up": up.reshape(wide, 2, *[1] * (len(shape) - 2))}
            lora |= {name.removesuffix("weight") + "down": down.reshape(shape)}
            full[name] = base[name] + (up @ down).reshape(full[name].shape)
        else:
            full[name] = base[name]
    changed = load_control(write(tmp_path / "lora.safetensors", lora))
    assert isinstance(changed.source, ControlLora)
    expected = corrections(load_control(write(tmp_path / "full.safetensors", full)), model)
    given = corrections(changed, model)
    for ours, theirs in zip((*given.skips, given.middle), (*expected.skips, expected.middle), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_a_difference_is_added_to_the_model_it_belongs_to(tmp_path: Path, model: DiffusionModel) -> None:
    full, base = control_tensors(), model.unet.state_dict()
    difference = {name: tensor - base[name] if name in base else tensor for name, tensor in full.items()}
    path = write(tmp_path / "diff.safetensors", difference | {"difference": torch.zeros(())})
    expected = corrections(load_control(write(tmp_path / "full.safetensors", full)), model)
    given = corrections(load_control(path, model), model)
    torch.testing.assert_close(given.middle, expected.middle, atol=1e-4, rtol=1e-4)
    with pytest.raises(ValueError, match="diff"):
        load_control(path)


@pytest.mark.parametrize("kind", ["full_adapter", "light_adapter", "full_adapter_xl"])
@torch.no_grad()
def test_an_adapter_sees_what_diffusers_sees(tmp_path: Path, model: DiffusionModel, kind: str) -> None:
    factor = 16 if kind.endswith("xl") else 8
    blocks = 4 if kind == "light_adapter" else 2
    theirs = diffusers.T2IAdapter(3, [32, 64, 128, 128], blocks, factor, kind).eval()
    randomise(theirs, 2)
    control = load_control(write(tmp_path / "adapter.safetensors", theirs.state_dict()))
    expected = theirs(picture().movedim(-1, 1))
    given = corrections(control, model)
    assert_agree_in_order([seen for seen in given.input if seen is not None], expected[: 3 if factor == 16 else 4])
    if factor == 16:
        assert given.middle is not None
        assert_agree(given.middle[:1], expected[-1])


def assert_agree_in_order(ours: list[torch.Tensor], theirs: list[torch.Tensor]) -> None:
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert_agree(mine[:1], other)


@pytest.mark.parametrize("is_light", [False, True])
def test_an_adapter_under_its_original_names_is_read(tmp_path: Path, model: DiffusionModel, is_light: bool) -> None:
    config = AdapterConfig((32, 64, 128, 128), 2, 192, 1, is_light, has_convolved_down=False)
    adapter = Adapter(replace(config, blocks=4, inner=(8, 16, 32, 32)) if is_light else config)
    randomise(adapter, 3)
    control = load_control(write(tmp_path / "adapter.safetensors", adapter.state_dict()))
    given = [seen for seen in corrections(control, model).input if seen is not None]
    with torch.no_grad():
        assert_agree_in_order(given, adapter(picture().movedim(-1, 1)))


def test_a_file_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "other.safetensors", {"weight": torch.zeros(1)})
    with pytest.raises(ValueError, match=r"other\.safetensors cannot be used as a ControlNet"):
        load_control(path)
