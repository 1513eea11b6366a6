"""The networks against diffusers' and transformers' with the same weights."""

import pytest
import torch

from comfy.models.autoencoder import Autoencoder, AutoencoderConfig
from comfy.models.clip_text import ClipText, ClipTextConfig
from comfy.models.unet import UNet, UNetConfig
from tests.comfy.in_diffusers import diffusers_unet, empty_vae
from tests.comfy.small_sd1 import CLIP, UNET, VAE, randomise

pytest.importorskip("diffusers")

slow = pytest.mark.slow


def assert_agree(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() <= 2e-5 * theirs.std().clamp(min=1.0)


@pytest.mark.parametrize(
    ("config", "size"),
    [
        pytest.param(UNET, (8, 12), id="small"),
        pytest.param(UNET, (9, 13), id="sizes that do not halve evenly"),
        pytest.param(UNetConfig(), (16, 16), id="full size", marks=slow),
    ],
)
@torch.no_grad()
def test_the_unet_agrees_with_diffusers(config, size):
    unet = UNet(config).eval()
    randomise(unet)
    x, context = torch.randn(2, 4, *size), torch.randn(2, 77, config.context_dim)
    timestep = torch.tensor([3, 981])
    theirs = diffusers_unet(unet)(x, timestep, context).sample
    assert_agree(unet(x, timestep, context), theirs)


@pytest.mark.parametrize(
    ("config", "size"), [(VAE, (64, 40)), pytest.param(AutoencoderConfig(), (128, 64), marks=slow)]
)
@torch.no_grad()
def test_the_autoencoder_agrees_with_diffusers(config, size):
    from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint

    vae = Autoencoder(config).eval()
    randomise(vae)
    theirs = empty_vae(config).eval()
    weights = {f"first_stage_model.{name}": weight for name, weight in vae.state_dict().items()}
    theirs.load_state_dict(convert_ldm_vae_checkpoint(weights, theirs.config))
    images = torch.randn(2, 3, *size)
    latents = theirs.encode(images).latent_dist.mode()
    assert_agree(vae.encode(images), latents)
    assert_agree(vae.decode(latents), theirs.decode(latents).sample)


@pytest.mark.parametrize("config", [CLIP, pytest.param(ClipTextConfig(), marks=slow)])
@torch.no_grad()
def test_the_text_encoder_agrees_with_transformers(config):
    from transformers import CLIPTextConfig, CLIPTextModel

    clip = ClipText(config).eval()
    randomise(clip)
    theirs = CLIPTextModel(
        CLIPTextConfig(
            hidden_size=config.width,
            intermediate_size=config.intermediate,
            num_hidden_layers=config.layers,
            num_attention_heads=config.head_count,
            eos_token_id=49407,
        )
    ).eval()
    own_names = theirs.state_dict()
    prefix = "text_model." if "text_model.final_layer_norm.weight" in own_names else ""
    theirs.load_state_dict({f"{prefix}{name}": weight for name, weight in clip.state_dict().items()}, strict=False)
    tokens = torch.full((2, 77), 49407)
    tokens[:, 0] = 49406
    tokens[0, 1:6] = torch.tensor([320, 1125, 539, 736, 2368])
    out = theirs(input_ids=tokens, output_hidden_states=True)
    ours = clip(tokens)
    assert_agree(ours.last, out.last_hidden_state)
    assert_agree(ours.pooled, out.pooler_output)
    assert_agree(ours.hidden[-2], out.hidden_states[-2])
