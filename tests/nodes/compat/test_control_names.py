"""Control networks of packs, and Skein's as packs use them, correct a run like the built-in nodes' do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

import nodes
from comfy.models.control_net import ControlNet, ControlNetConfig
from comfy.sampling import sample
from nodes.registry import NODE_CLASS_MAPPINGS
from tests.comfy.small_sd1 import randomise
from tests.nodes.compat.studio import Studio, name

Given = dict[str, list[torch.Tensor]]


@pytest.fixture(scope="module")
def network(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    net = ControlNet(ControlNetConfig(studio.model.config))
    randomise(net, 1)
    path = tmp_path_factory.mktemp("control") / "small.safetensors"
    save_file({name: tensor.detach().contiguous() for name, tensor in net.state_dict().items()}, path)
    return path


def sampled(studio: Studio, positive: Any, negative: Any) -> torch.Tensor:
    made = sample(
        studio.model, seed=5, steps=3, cfg=4.0, sampler_name="euler", scheduler="normal",
        positive=positive, negative=negative, latent=studio.latent,
    )  # fmt: skip
    samples: torch.Tensor = made["samples"]
    return samples


def by_hand(conditioning: Any, control: Any, picture: torch.Tensor, strength: float, known: dict[Any, Any]) -> Any:
    """As packs write it instead of calling the node."""
    made = []
    for embedding, options in conditioning:
        before = options.get("control")
        if before not in known:
            hinted = control.copy().set_cond_hint(picture.movedim(-1, 1), strength, (0.0, 0.8))
            known[before] = hinted.set_previous_controlnet(before)
        made.append([embedding, {**options, "control": known[before], "control_apply_to_uncond": False}])
    return made


def test_a_control_set_up_by_hand_is_the_nodes(studio: Studio, network: Path) -> None:
    control = name("comfy.controlnet").load_controlnet(str(network))
    picture, other = torch.rand(1, 64, 64, 3), torch.rand(1, 64, 64, 3)
    apply = NODE_CLASS_MAPPINGS["ControlNetApplyAdvanced"]().apply_controlnet  # type: ignore[attr-defined]
    pair = apply(studio.positive, studio.negative, control, picture, 0.7, 0.0, 0.8)
    known: dict[Any, Any] = {}
    own = [by_hand(each, control, picture, 0.7, known) for each in (studio.positive, studio.negative)]
    once = sampled(studio, *pair)
    assert torch.equal(sampled(studio, *own), once)
    assert not torch.allclose(once, studio.plain, atol=1e-3)
    pair = apply(*pair, control, other, 0.5, 0.0, 0.8)
    known = {}
    own = [by_hand(each, control, other, 0.5, known) for each in own]
    assert torch.equal(sampled(studio, *own), sampled(studio, *pair))
    last = pair[0][0][1]["control"]
    assert last.previous_controlnet.cond_hint_original.shape == (1, 3, 64, 64)
    assert isinstance(last, name("comfy.controlnet").ControlNet)
    assert isinstance(last, name("comfy.controlnet").ControlBase)


def test_a_network_that_a_pack_writes_corrects_the_run(studio: Studio, network: Path) -> None:
    told: list[Any] = []

    class Nudge(name("comfy.controlnet").ControlBase):  # type: ignore[misc]
        def pre_run(self, model: Any, percent_to_timestep_function: Any) -> None:
            super().pre_run(model, percent_to_timestep_function)
            told.append(("run", self.timestep_range[0] > self.timestep_range[1]))

        def get_control(
            self, x_noisy: torch.Tensor, t: torch.Tensor, cond: Mapping[str, Any], batched_number: int, options: Any
        ) -> Any:
            before = self.previous_controlnet
            merged = None if before is None else before.get_control(x_noisy, t, cond, batched_number, options)
            told.append((x_noisy.shape, batched_number, float(t[0]) <= self.timestep_range[0]))
            width = studio.model.config.model_channels
            stages = len(studio.model.model.diffusion_model.input_blocks)
            nudge = torch.linspace(-9, 9, x_noisy.shape[-1]).expand(len(x_noisy), width, *x_noisy.shape[-2:])
            return self.control_merge(
                {"input": [], "middle": [], "output": [nudge] + [None] * (stages - 1)}, merged, x_noisy.dtype
            )

        def cleanup(self) -> None:
            told.append("over")
            super().cleanup()

    picture = torch.rand(1, 64, 64, 3)
    apply = NODE_CLASS_MAPPINGS["ControlNetApplyAdvanced"]().apply_controlnet  # type: ignore[attr-defined]
    nudged = sampled(studio, *apply(studio.positive, studio.negative, Nudge(), picture, 1.0, 0.0, 1.0))
    assert not torch.allclose(nudged, studio.plain, atol=1e-3)
    assert told[:2] == [("run", True), (torch.Size([2, 4, 8, 8]), 2, True)]
    assert told[-1] == "over"
    assert [each for each in told if each == ("run", True)] == [("run", True)]
    nothing = sampled(studio, *apply(studio.positive, studio.negative, Nudge(), picture, 1e-9, 0.0, 1.0))
    torch.testing.assert_close(nothing, studio.plain, rtol=1e-4, atol=1e-3)
    # Behind one of Skein's both count.
    control = name("comfy.controlnet").load_controlnet(str(network))
    behind = apply(studio.positive, studio.negative, control, picture, 0.7, 0.0, 0.8)
    alone = sampled(studio, *behind)
    both = sampled(studio, *apply(*behind, Nudge(), picture, 1.0, 0.0, 1.0))
    assert not torch.allclose(both, alone, atol=1e-3)
    assert not torch.allclose(both, nudged, atol=1e-3)


def test_the_older_node_and_the_union_types_take_packs_networks(studio: Studio, network: Path) -> None:
    control = name("comfy.controlnet").load_controlnet(str(network))
    (positive,) = nodes.ControlNetApply().apply_controlnet(studio.positive, control, torch.rand(1, 64, 64, 3), 0.7)
    assert not torch.allclose(sampled(studio, positive, studio.negative), studio.plain, atol=1e-3)
    (told,) = NODE_CLASS_MAPPINGS["SetUnionControlNetType"]().set_controlnet_type(control, "depth")  # type: ignore[attr-defined]
    assert (told.kinds, control.kinds) == ((1,), ())
    with pytest.raises(ValueError, match="load_controlnet"):
        name("comfy.controlnet").ControlNet()
