"""Names that packs import from `comfy_extras` and find at models do what they say."""

from typing import Any

import pytest
import torch

from execution import paths
from nodes.registry import NODE_CLASS_MAPPINGS
from tests.nodes.compat.studio import Studio, name


def sigmas_of(studio: Studio) -> torch.Tensor:
    (sigmas,) = NODE_CLASS_MAPPINGS["BasicScheduler"]().get_sigmas(studio.model, "normal", 3, 1.0)  # type: ignore[attr-defined]
    return sigmas  # type: ignore[no-any-return]


def sampled(studio: Studio, guider: Any) -> torch.Tensor:
    (sampler,) = NODE_CLASS_MAPPINGS["KSamplerSelect"]().get_sampler("euler")  # type: ignore[attr-defined]
    (noise,) = NODE_CLASS_MAPPINGS["RandomNoise"]().get_noise(5)  # type: ignore[attr-defined]
    run = NODE_CLASS_MAPPINGS["SamplerCustomAdvanced"]().sample  # type: ignore[attr-defined]
    return run(noise, guider, sampler, sigmas_of(studio), studio.latent)[0]["samples"]  # type: ignore[no-any-return]


CASES: dict[str, tuple[str, tuple[str, ...], tuple[float | str, ...]]] = {
    "Guider_Basic": ("BasicGuider", ("positive",), ()),
    "Guider_DualCFG": ("DualCFGGuider", ("positive", "negative", "negative"), (3.0, 2.0, "regular")),
    "Guider_PerpNeg": ("PerpNegGuider", ("positive", "negative", "negative"), (3.0, 1.0)),
}


@pytest.mark.parametrize("is_subclass", [False, True])
@pytest.mark.parametrize("pack_name", CASES)
def test_guiders_guide_as_the_nodes_do(studio: Studio, pack_name: str, is_subclass: bool) -> None:
    class_type, conds, scales = CASES[pack_name]
    (wanted,) = NODE_CLASS_MAPPINGS[class_type]().get_guider(  # type: ignore[attr-defined]
        studio.model, *(getattr(studio, cond) for cond in conds), *scales
    )
    cls = getattr(name("comfy_extras.nodes_custom_sampler"), pack_name)
    calls = []

    class Own(cls):  # type: ignore[misc]
        def predict_noise(self, *args: Any, **inputs: Any) -> Any:
            calls.append(1)
            return super().predict_noise(*args, **inputs)

    guider = (Own if is_subclass else cls)(studio.model)
    guider.set_conds(*(getattr(studio, cond) for cond in conds))
    if scales:
        guider.set_cfg(*scales[:2])
    assert torch.allclose(sampled(studio, guider), sampled(studio, wanted), atol=1e-5)
    assert len(calls) == (3 if is_subclass else 0)


def test_functions_of_nodes_are_there() -> None:
    mask, latent = name("comfy_extras.nodes_mask"), name("comfy_extras.nodes_latent")
    laid = mask.composite(torch.zeros(1, 4, 4, 4), torch.ones(1, 4, 2, 2), 8, 16)
    assert laid[0, 0].tolist() == [[0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0]]
    assert latent.reshape_latent_to((3, 4, 6, 8), torch.zeros(1, 4, 3, 4)).shape == (3, 4, 6, 8)
    kernel = name("comfy_extras.nodes_post_processing").gaussian_kernel(3, 1.0)
    assert (kernel.shape, round(kernel.sum().item(), 5)) == ((3, 3), 1.0)
    assert kernel[1, 1] / kernel[0, 1] == pytest.approx(2.718281828**0.5)
    steps = name("comfy_extras.nodes_align_your_steps")
    assert steps.loglinear_interp([100.0, 1.0], 3) == pytest.approx([100.0, 10.0, 1.0])
    assert len(steps.NOISE_LEVELS["SD1"]) == 11
    filtered = name("comfy_extras.nodes_freelunch").Fourier_filter(torch.ones(1, 1, 8, 8), 1, 0.5)
    assert torch.allclose(filtered, torch.full((1, 1, 8, 8), 0.5))


def test_levels_of_a_distilled_model_are_those_of_the_node(studio: Studio) -> None:
    advanced = name("comfy_extras.nodes_model_advanced")

    class Distilled(advanced.ModelSamplingDiscreteDistilled, advanced.LCM):  # type: ignore[misc,name-defined]
        pass

    (wanted,) = NODE_CLASS_MAPPINGS["ModelSamplingDiscrete"]().patch(studio.model, "lcm", False)  # type: ignore[attr-defined]
    levels = Distilled()
    assert (levels.prediction, torch.allclose(levels.sigmas, wanted.levels.sigmas)) == ("lcm", True)


def test_what_patches_hold_is_brought_to_a_device_and_layers_are_out_while_ejected(studio: Studio) -> None:
    model = studio.model.clone()
    model.set_model_attn1_patch(torch.zeros(2))
    model.model_patches_to(torch.float64)
    assert model.model_options["transformer_options"]["patches"]["attn1_patch"][0].dtype == torch.float64
    patcher, calls = name("comfy.model_patcher").ModelPatcher(torch.nn.Linear(2, 2), "cpu", "cpu"), []
    injection = name("comfy.patcher_extension").PatcherInjection(
        inject=lambda at: calls.append("in"), eject=lambda at: calls.append("out")
    )
    patcher.set_injections("pack", [injection])
    patcher.inject_model()
    with patcher.use_ejected():
        assert calls == ["in", "out"]
    assert calls == ["in", "out", "in"]


def test_control_networks_are_made_of_tensors_as_of_files() -> None:
    module, path = name("comfy.controlnet"), paths.current().full_path("controlnet", "skein-shapes.safetensors")
    tensors = name("comfy.utils").load_torch_file(path)
    made, read = module.load_controlnet_state_dict(tensors), module.load_controlnet(path)
    assert type(made) is type(read)
    assert made.source.tensors.keys() == read.source.tensors.keys()
    with pytest.raises(ValueError, match="What a pack loads"):
        module.load_controlnet_state_dict({})


def test_machines_that_it_is_not_made_for_are_not_there() -> None:
    management = name("comfy.model_management")
    asked = (management.xpu_available, management.is_mlu(), management.pin_memory(torch.zeros(1)))
    assert asked == (False, False, False)
    management.synchronize()
    with pytest.raises(AttributeError, match="no_such_name"):
        management.no_such_name  # noqa: B018
    assert name("comfy.utils").resize_list_to_batch_size([1, 2, 3], 5) == [1, 1, 2, 3, 3]
