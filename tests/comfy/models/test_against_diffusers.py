"""The networks against diffusers' and transformers' with the same weights."""

import pytest
import torch

from comfy.models.autoencoder import Autoencoder, AutoencoderConfig
from comfy.models.clip_text import ClipText, ClipTextConfig
from comfy.models.unet import UNet, UNetConfig
from tests.comfy.small_sd1 import CLIP, UNET, VAE, randomise

diffusers = pytest.importorskip("diffusers")

slow = pytest.mark.slow


def assert_agree(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() <= 2e-5 * theirs.std().clamp(min=1.0)


def diffusers_unet(unet: UNet) -> torch.nn.Module:
    """diffusers' network over the same tensors."""
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

    config = unet.config
    widths = [config.model_channels * multiplier for multiplier in config.channel_mult]
    has_attention = [depth > 0 for depth in config.transformer_depth]
    told = (
        {}
        if config.vector_dim is None
        else {
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 256,
            "projection_class_embeddings_input_dim": config.vector_dim,
        }
    )
    with torch.device("meta"):
        theirs = diffusers.UNet2DConditionModel(
            **told,
            in_channels=config.in_channels,
            out_channels=config.out_channels,
            block_out_channels=widths,
            layers_per_block=config.res_blocks[0],
            down_block_types=["CrossAttnDownBlock2D" if there else "DownBlock2D" for there in has_attention],
            up_block_types=["CrossAttnUpBlock2D" if there else "UpBlock2D" for there in reversed(has_attention)],
            transformer_layers_per_block=[
                max(depth, 1) for depth in (*config.transformer_depth[:-1], config.middle_depth)
            ],
            cross_attention_dim=config.context_dim,
            attention_head_dim=[config.heads_of(width) for width in widths],
            use_linear_projection=config.linear_projections,
        )
    weights = {f"model.diffusion_model.{name}": weight for name, weight in unet.state_dict().items()}
    theirs.load_state_dict(convert_ldm_unet_checkpoint(weights, theirs.config), assign=True)
    return theirs.eval()


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
    levels = len(config.multipliers)
    theirs = diffusers.AutoencoderKL(
        block_out_channels=[config.channels * multiplier for multiplier in config.multipliers],
        layers_per_block=config.res_blocks,
        down_block_types=["DownEncoderBlock2D"] * levels,
        up_block_types=["UpDecoderBlock2D"] * levels,
    ).eval()
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
