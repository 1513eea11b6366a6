"""Networks of published sizes, with the reference weights, against diffusers: the U-Nets, a ControlNet and a LoRA.

Needs, in SKEIN_REFERENCE_MODELS, a folder named models with the weights that the reference folder's scripts make.
"""

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from comfy.control_files import load_control
from comfy.lora import apply_lora
from comfy.lora_names import unet_names
from comfy.models.unet import UNET_PREFIX, UNet, UNetConfig, timestep_embedding
from comfy.residents import make_ready
from comfy.state_dict import read_state_dict
from comfy.weights import Weights
from tests.comfy.in_diffusers import diffusers_unet
from tests.comfy.models.test_against_diffusers import assert_agree

pytestmark = pytest.mark.slow

LATENT = (2, 4, 16, 12)


def reference_file(kind: str, name: str) -> Path:
    folder = os.environ.get("SKEIN_REFERENCE_MODELS")
    path = Path(folder or "") / kind / name
    if not folder or not path.is_file():
        pytest.skip("SKEIN_REFERENCE_MODELS names no folder of reference weights")
    return path


def unet_in(name: str) -> UNet:
    """The U-Net of a checkpoint in float32."""
    state_dict = read_state_dict(reference_file("checkpoints", name))
    config = UNetConfig.from_state_dict(state_dict, UNET_PREFIX)
    with torch.device("meta"):
        unet = UNet(config)
    unet.load_state_dict({key: state_dict[UNET_PREFIX + key].float() for key in unet.state_dict()}, assign=True)
    return unet.eval()


def inputs(config: UNetConfig) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(LATENT, generator=generator)
    return x, torch.tensor([981, 37]), torch.randn(2, 77, config.context_dim, generator=generator)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["sd15_rand.safetensors", "sd21v_rand.safetensors", "sdxl_rand.safetensors"])
@torch.no_grad()
def test_a_unet_of_published_size_agrees_with_diffusers(name: str) -> None:
    unet = unet_in(name)
    x, timestep, context = inputs(unet.config)
    ours: dict[str, Any] = {}
    theirs: dict[str, Any] = {}
    if unet.config.vector_dim is not None:
        pooled, ids = torch.randn(2, 1280), torch.tensor([[1024.0, 768, 0, 64, 1024, 1024]]).repeat(2, 1)
        numbers = timestep_embedding(ids.flatten(), 256).reshape(2, -1)
        ours["vector"] = torch.cat([pooled, numbers], dim=1)
        theirs["added_cond_kwargs"] = {"text_embeds": pooled, "time_ids": ids}
    expected = diffusers_unet(unet)(x, timestep, context, **theirs).sample
    assert_agree(unet(x, timestep, context, **ours), expected)


@pytest.mark.timeout(1800)
@torch.no_grad()
def test_a_lora_changes_a_unet_as_in_diffusers() -> None:
    from diffusers.loaders.lora_conversion_utils import _convert_non_diffusers_lora_to_diffusers

    unet = unet_in("sd15_rand.safetensors")
    lora = dict(read_state_dict(reference_file("loras", "sd15_lora_rand.safetensors")))
    theirs = diffusers_unet(unet)
    converted, alphas = _convert_non_diffusers_lora_to_diffusers(dict(lora))
    own = dict(theirs.named_parameters())
    downs = [name for name in converted if name.startswith("unet.") and name.endswith("lora.down.weight")]
    changed = {}
    for name in downs:
        down, up = converted[name].float(), converted[name.replace("lora.down", "lora.up")].float()
        # Attention's layers go by the names of the processors that once held them.
        module = name.removeprefix("unet.").removesuffix("lora.down.weight")[:-1].replace("processor.", "")
        module = f"{module}.0" if module.endswith("to_out") else module
        alpha = alphas.get(f"{name}.alpha", alphas.get(f"{name.removesuffix('.lora.down.weight')}.alpha"))
        scale = float(alpha) / down.shape[0]
        weight = own[f"{module}.weight"]
        changed[f"{module}.weight"] = weight + 0.8 * scale * (up.flatten(1) @ down.flatten(1)).reshape(weight.shape)
    theirs.load_state_dict(changed, strict=False, assign=True)
    weights = apply_lora(Weights(unet, torch.float32), lora, unet_names(unet.config), 0.8)
    assert len(weights.patches) == len(changed)
    x, timestep, context = inputs(unet.config)
    ready = make_ready(weights, torch.device("cpu"), None)
    plain = unet(x, timestep, context)
    expected = theirs(x, timestep, context).sample
    assert (expected - plain).abs().max() > 1e-2 * expected.std()
    assert_agree(ready(x, timestep, context), expected)


@pytest.mark.timeout(1800)
@torch.no_grad()
def test_a_controlnet_of_published_size_agrees_with_diffusers() -> None:
    import diffusers
    from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint

    path = reference_file("controlnet", "sd15_control_rand.safetensors")
    control: Any = load_control(path)
    network = control.source.weights.module
    state_dict = {name: tensor.float() for name, tensor in read_state_dict(path).items()}
    theirs = diffusers.ControlNetModel(cross_attention_dim=768).eval()
    theirs.load_state_dict(convert_controlnet_checkpoint(state_dict, theirs.config))
    x, timestep, context = inputs(UNetConfig())
    hint = torch.rand(2, 3, LATENT[2] * 8, LATENT[3] * 8)
    down, middle = theirs(x, timestep, context, hint, return_dict=False)
    ours = type(network)(network.config)
    ours.load_state_dict({name: tensor.float() for name, tensor in network.state_dict().items()})
    given = ours.eval()(x, timestep, context, hint)
    assert given.middle is not None
    assert_agree(given.middle, middle)
    for skip, other in zip(given.skips, down, strict=True):
        assert skip is not None
        assert_agree(skip, other)
