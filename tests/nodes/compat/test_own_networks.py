"""A network that a pack wraps itself is changed while it is loaded, and has its own bits back afterwards."""

from typing import Any

import pytest
import torch
from torch import nn

from tests.nodes.compat.studio import name

CPU = torch.device("cpu")


@pytest.fixture
def patcher() -> Any:
    torch.manual_seed(3)
    network = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Conv2d(2, 4, 3)).eval()
    return name("comfy.model_patcher").ModelPatcher(network, load_device=CPU, offload_device=CPU)


def bits(patcher: Any) -> dict[str, torch.Tensor]:
    return {key: tensor.clone() for key, tensor in patcher.model.state_dict().items()}


def changed_names(patcher: Any, before: dict[str, torch.Tensor]) -> set[str]:
    return {key for key, tensor in patcher.model.state_dict().items() if not torch.equal(tensor, before[key])}


def difference(patcher: Any, key: str) -> tuple[str, tuple[torch.Tensor]]:
    return "diff", (torch.ones_like(patcher.model.state_dict()[key]),)


@pytest.mark.parametrize("in_place", [False, True])
def test_patches_are_in_the_weights_while_the_network_is_loaded(patcher: Any, in_place: bool) -> None:
    patcher.weight_inplace_update = in_place
    before, weight = bits(patcher), patcher.model[0].weight
    part = ("0.weight", (0, 1, 2), None)  # rows 1 and 2
    given = {"0.bias": difference(patcher, "0.bias"), "1.running_mean": difference(patcher, "1.running_mean")}
    given |= {part: ("diff", (torch.ones(2, 4),)), "no.such": ("diff", (torch.ones(1),))}
    assert patcher.add_patches(given, 0.5, 2.0) == ["0.bias", "1.running_mean", part]
    assert changed_names(patcher, before) == set()
    name("comfy.model_management").load_models_gpu([patcher])
    assert changed_names(patcher, before) == {"0.bias", "1.running_mean", "0.weight"}
    assert torch.allclose(patcher.model[0].bias, before["0.bias"] * 2 + 0.5)
    assert torch.equal(patcher.model[0].weight[[0, 3]], before["0.weight"][[0, 3]])
    assert torch.allclose(patcher.model[0].weight[1:3], before["0.weight"][1:3] * 2 + 0.5)
    assert (patcher.model[0].weight is weight) is in_place
    patcher.unpatch_model()
    assert changed_names(patcher, before) == set()
    assert (patcher.model[0].weight is weight, patcher.backup) == (True, {})


def test_clones_share_the_network_and_each_puts_its_own_in(patcher: Any) -> None:
    before = bits(patcher)
    first, second = patcher.clone(), patcher.clone()
    assert first.is_clone(second)
    assert first.clone_has_same_weights(second)
    first.add_patches({"0.bias": difference(patcher, "0.bias")})
    second.add_patches({"2.weight": difference(patcher, "2.weight")})
    assert not first.clone_has_same_weights(second)
    assert first.clone_has_same_weights(first.clone())
    for one, names in ((first, {"0.bias"}), (second, {"2.weight"}), (patcher, set()), (first, {"0.bias"})):
        one.patch_model(CPU)
        assert changed_names(patcher, before) == names
    name("comfy.model_management").load_models_gpu([first])
    name("comfy.model_management").unload_all_models()
    assert changed_names(patcher, before) == set()


@pytest.mark.parametrize("form", ["lora", "loha", "lokr", "set", "tensor"])
def test_the_forms_are_those_of_skeins_own_models(patcher: Any, form: str) -> None:
    a, b, square = torch.randn(4, 2), torch.randn(2, 4), torch.randn(4, 4)
    forms: dict[str, Any] = {
        "lora": ("lora", (a, b, 1.0, None, None)),
        "loha": ("loha", (a, b, None, a, b, None, None, None)),
        "lokr": ("lokr", (torch.randn(2, 2), torch.randn(2, 2), None, None, None, None, None, None, None)),
        "set": ("set", (square,)),
        "tensor": (square,),
    }
    weight = patcher.model[0].weight.detach().clone()
    wanted = {
        "lora": lambda: weight + 0.5 * (a @ b) * 0.5,
        "loha": lambda: weight + 0.5 * (a @ b) ** 2,
        "lokr": lambda: weight + 0.5 * torch.kron(*forms["lokr"][1][:2]),
        "set": lambda: square,
        "tensor": lambda: weight + 0.5 * square,
    }
    patcher.add_patches({"0.weight": forms[form]}, 0.5)
    assert torch.allclose(patcher.patch_model().get_parameter("0.weight"), wanted[form](), atol=1e-5)


def test_one_network_is_merged_into_another_by_its_key_patches(patcher: Any) -> None:
    other = name("comfy.model_patcher").ModelPatcher(nn.Sequential(nn.Linear(4, 4)), CPU, CPU)
    other.add_patches({"0.bias": difference(other, "0.bias")})
    theirs, own = other.model[0].bias.detach().clone(), patcher.model[0].bias.detach().clone()
    other.patch_model()  # What is handed out is the weight as it was, whether or not it is patched now.
    patches = other.get_key_patches("0.")
    assert (set(patches), len(patches["0.bias"]), len(patches["0.weight"])) == ({"0.weight", "0.bias"}, 2, 1)
    patcher.add_patches(patches, 0.25, 0.75)
    assert torch.allclose(patcher.patch_model()[0].bias, own * 0.75 + (theirs + 1) * 0.25)
    weight = patcher.calculate_weight(other.patches["0.bias"], own, "0.bias")
    assert torch.equal(weight, own + 1)


def test_parts_and_layers_are_put_in_and_taken_out(patcher: Any) -> None:
    calls, plain, other = [], patcher.model[0], nn.Linear(4, 4)
    changed = patcher.clone()
    changed.add_object_patch("0", other)
    injection = name("comfy.patcher_extension").PatcherInjection(
        inject=lambda at: calls.append("in"), eject=lambda at: calls.append("out")
    )
    changed.set_injections("pack", [injection])
    assert (changed.get_model_object("0"), patcher.get_model_object("0")) == (other, plain)
    assert changed.patch_model(CPU)[0] is other
    assert (patcher.get_model_object("0"), calls) == (plain, ["in"])
    patcher.patch_model(CPU)
    assert (patcher.model[0], calls) == (plain, ["in", "out"])
    assert not patcher.object_patches_backup
    module = name("comfy.model_patcher")
    assert module.get_key_weight(patcher.model, "0.weight")[0] is plain.weight
    assert module.string_to_seed("a") == name("comfy.utils").string_to_seed("a")


def test_a_wrapped_network_tells_its_size_and_where_it_is(patcher: Any) -> None:
    size = sum(tensor.nbytes for tensor in patcher.model.state_dict().values())
    assert (patcher.model_size(), patcher.loaded_size(), patcher.model_dtype()) == (size, 0, torch.float32)
    assert patcher.partially_load(CPU) == size
    assert (patcher.loaded_size(), patcher.current_loaded_device()) == (size, CPU)
    assert patcher.partially_unload(CPU) == size
