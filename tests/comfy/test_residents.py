"""Modules made ready for a device: shared where they can be, forgotten when nobody needs them."""

import gc
from dataclasses import replace

import psutil
import pytest
import torch

from comfy import devices
from comfy import residents as residents_module
from comfy.models.packed import PackedConv2d, PackedLinear, can_pack, gains
from comfy.models.unet import UNet
from comfy.residents import Residents, make_ready
from comfy.weights import Weights
from nodes.hardware import free_memory
from tests.comfy.small_sd1 import UNET, randomise

CPU = torch.device("cpu")


class Doubled:
    def apply(self, weight):
        return weight.mul_(2)


@pytest.fixture
def weights():
    unet = UNet(UNET).requires_grad_(False)
    randomise(unet)
    return Weights(unet, torch.float32)


@pytest.fixture
def inputs():
    torch.manual_seed(3)
    return torch.randn(2, 4, 8, 8), torch.tensor([500, 3]), torch.randn(2, 77, UNET.context_dim)


@torch.no_grad()
def test_a_ready_module_computes_what_the_original_does(weights, inputs):
    ready = make_ready(weights, CPU, None)
    torch.testing.assert_close(ready(*inputs), weights.module(*inputs), atol=2e-5, rtol=1e-4)


@pytest.mark.skipif(not can_pack(), reason="this build of torch cannot pack weights")
def test_layers_are_packed_on_the_cpu(weights):
    kinds = {type(layer) for layer in make_ready(weights, CPU, None).modules()}
    assert {PackedLinear, PackedConv2d} <= kinds


def test_a_precision_that_the_processor_does_not_compute_in_is_not_packed(weights):
    half = make_ready(Weights(weights.module, torch.float16), CPU, None)
    assert {parameter.dtype for parameter in half.parameters()} == {torch.float16}
    assert not {type(layer) for layer in half.modules()} & {PackedLinear, PackedConv2d}


@torch.no_grad()
@pytest.mark.skipif(not (can_pack() and gains(torch.bfloat16)), reason="this processor has no instructions for it")
def test_bfloat16_is_packed_and_computes_nearly_the_same(weights, inputs):
    half = make_ready(Weights(weights.module, torch.bfloat16), CPU, None)
    assert {PackedLinear, PackedConv2d} <= {type(layer) for layer in half.modules()}
    x, timesteps, context = inputs
    out = half(x.bfloat16(), timesteps, context.bfloat16())
    assert out.dtype == torch.bfloat16
    expected = weights.module(*inputs)
    assert (out.float() - expected).abs().max() < 0.1 * expected.std()


def test_a_patched_module_shares_the_layers_that_no_patch_touches(weights):
    plain = make_ready(weights, CPU, None)
    patched = make_ready(weights.patched({"out.2.weight": Doubled()}), CPU, plain)
    assert patched.get_submodule("out.2") is not plain.get_submodule("out.2")
    assert patched.get_submodule("time_embed.0") is plain.get_submodule("time_embed.0")


@torch.no_grad()
def test_a_patch_never_touches_the_weights_that_it_starts_from(weights, inputs):
    before = weights.module.out[2].weight.clone()
    patched = weights.patched({"out.2.weight": Doubled(), "out.2.bias": Doubled()})
    ready = make_ready(patched, CPU, None)
    assert torch.equal(weights.module.out[2].weight, before)
    torch.testing.assert_close(ready(*inputs), weights.module(*inputs) * 2, atol=5e-5, rtol=1e-4)


def test_a_module_is_made_ready_once(weights):
    residents = Residents()
    with residents.use(weights, CPU) as first, residents.use(weights, CPU) as second:
        assert first is second


def test_a_copy_goes_when_its_weights_do(weights):
    residents = Residents()
    patched = weights.patched({"out.2.weight": Doubled()})
    with residents.use(weights, CPU), residents.use(patched, CPU):
        assert len(residents._copies) == 2
    del patched
    gc.collect()
    assert len(residents._copies) == 1


def test_unloading_leaves_what_is_in_use(weights):
    residents = Residents()
    other = weights.patched({"out.2.weight": Doubled()})
    with residents.use(weights, CPU) as used:
        with residents.use(other, CPU):
            pass
        residents.unload_all()
        assert list(residents._copies.values()) == [used]
    residents.unload_all()
    assert not residents._copies


def test_where_memory_is_short_the_least_recently_used_goes_first_and_that_is_said(weights, monkeypatch, caplog):
    caplog.set_level("INFO", logger="comfy.residents")
    residents = Residents()
    first, second, third = (weights.patched({"out.2.weight": Doubled()}) for _ in range(3))
    for one in (first, second, first):
        with residents.use(one, CPU):
            pass
    free = iter([0, 1 << 60])
    monkeypatch.setattr(devices, "memory_free", lambda device=None: next(free))
    with residents.use(third, CPU):
        assert {key[0] for key in residents._copies} == {id(first), id(third)}
    assert caplog.messages == ["Unloading a UNet, not used for longest, to make room"]


def test_freeing_gives_back_the_memory_of_ready_copies():
    def large():
        unet = UNet(replace(UNET, model_channels=160)).requires_grad_(False)
        randomise(unet)
        return Weights(unet, torch.float32)

    weights, process = large(), psutil.Process()
    before = process.memory_info().rss
    with residents_module.loaded(weights) as copy:
        size = sum(tensor.numel() for tensor in weights.module.state_dict().values()) * 4
        del copy
    held = process.memory_info().rss - before
    free_memory(unload_models=True)
    assert process.memory_info().rss - before < max(held - size / 2, size / 4)


def test_weights_in_the_right_form_are_not_copied():
    from comfy.models.clip_text import ClipText
    from tests.comfy.small_sd1 import CLIP

    clip = ClipText(CLIP).half().requires_grad_(False)
    weights = Weights(clip, torch.float16)
    ready = make_ready(weights, CPU, None)
    assert residents_module.bytes_to_copy(weights, CPU) == 0
    assert ready.final_layer_norm.weight.data_ptr() == clip.final_layer_norm.weight.data_ptr()


@torch.no_grad()
def test_a_model_in_bfloat16_predicts_nearly_the_same_in_float32(weights, inputs):
    from comfy.diffusion_model import DiffusionModel

    full = DiffusionModel(weights).apply(*inputs)
    half = DiffusionModel(Weights(weights.module, torch.bfloat16)).apply(*inputs)
    assert half.dtype == torch.float32
    assert (half - full).std() < 0.05 * full.std()
