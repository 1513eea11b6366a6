"""Stable Diffusion 2's four times upscaler is told by its tensors, runs as diffusers' does and sees a small picture."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from comfy.checkpoint import Checkpoint, load_checkpoint
from comfy.models.changed_unet import Between, run_changed
from comfy.models.unet import UNet, UNetConfig
from comfy.sampling import sample
from comfy.sampling.canvas import Canvas
from comfy.unclip import SEED_SHIFT
from nodes.conditioning_xl import SD_4XUpscale_Conditioning
from tests.comfy.in_diffusers import empty_unet
from tests.comfy.small_families import OPEN_CLIP, Parts, tensors_of, write
from tests.comfy.small_sd1 import randomise

UNET = UNetConfig(
    in_channels=7,
    model_channels=32,
    channel_mult=(1, 2, 4),
    res_blocks=(2, 2, 2),
    transformer_depth=(0, 1, 1),
    context_dim=64 * 2,
    linear_projections=True,
    attends_in_float32=True,
    classes=1000,
    only_to_text=(False, True, False),
)
TEXT = replace(OPEN_CLIP, width=128, projection=128)
PARTS = Parts(UNET, (("cond_stage_model.model.", TEXT, True),))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return load_checkpoint(write(tmp_path_factory.mktemp("upscaler") / "x4.safetensors", tensors_of(PARTS)))


def test_it_is_told_by_its_tensors(checkpoint: Checkpoint) -> None:
    from diffusers import DDPMScheduler

    model = checkpoint.model
    assert (model.config, model.family, model.prediction) == (UNET, "Stable Diffusion 2 upscaler", "v")
    theirs = DDPMScheduler(beta_start=0.0001, beta_end=0.02, beta_schedule="scaled_linear").alphas_cumprod
    torch.testing.assert_close(model.levels.sigmas, ((1 - theirs) / theirs).sqrt(), rtol=1e-4, atol=1e-6)
    assert model.latent_format.scale == 0.08333


@torch.no_grad()
def test_the_unet_agrees_with_diffusers() -> None:
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

    unet = UNet(UNET).eval()
    randomise(unet)
    theirs: Any = empty_unet(UNET, only_cross_attention=list(UNET.only_to_text), num_class_embeds=1000)
    tensors = {f"model.diffusion_model.{name}": tensor for name, tensor in unet.state_dict().items()}
    theirs.load_state_dict(convert_ldm_unet_checkpoint(tensors, theirs.config), assign=True)
    x, timestep, context = torch.randn(2, 7, 8, 12), torch.tensor([981, 3]), torch.randn(2, 77, UNET.context_dim)
    classes = torch.tensor([20, 350])
    expected = theirs(x, timestep, context, class_labels=classes).sample
    made = unet(x, timestep, context, classes.float())
    assert (made - expected).abs().max() <= 2e-5 * expected.std().clamp(min=1)
    assert torch.equal(run_changed(unet, Between(), x, timestep, context, classes.float()), made)


def test_the_small_picture_is_noised_as_in_diffusers(checkpoint: Checkpoint) -> None:
    from diffusers import DDPMScheduler

    canvas = Canvas(torch.zeros(2, 4, 8, 8), torch.zeros(2, 4, 8, 8), seed=5)
    image = torch.rand(1, 3, 8, 8) * 2 - 1
    told = {"concat_image": image, "noise_augmentation": 0.1}
    seen = checkpoint.model.extras("positive", told, canvas)
    assert seen["vector"].tolist() == [35.0, 35.0]
    noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(5 + SEED_SHIFT))
    theirs = DDPMScheduler(beta_start=0.0001, beta_end=0.02, beta_schedule="scaled_linear")
    expected = theirs.add_noise(image, noise, torch.tensor([35]))
    torch.testing.assert_close(seen["concat"], expected.repeat(2, 1, 1, 1), atol=1e-5, rtol=1e-4)
    plain = checkpoint.model.extras("positive", {"concat_image": image}, canvas)
    assert torch.equal(plain["concat"], image.repeat(2, 1, 1, 1))
    assert not plain["vector"].any()


def test_a_picture_is_sampled_at_a_quarter_of_its_new_side(checkpoint: Checkpoint) -> None:
    assert checkpoint.clip is not None
    images = torch.rand(1, 16, 24, 3)
    positive, negative = checkpoint.clip.encode("a cat"), checkpoint.clip.encode("")
    positive, negative, latent = SD_4XUpscale_Conditioning().encode(images, positive, negative, 4.0, 0.05)
    assert latent["samples"].shape == (1, 4, 16, 24)
    torch.testing.assert_close(positive[0][1]["concat_image"], images.movedim(-1, 1) * 2 - 1)
    made = sample(
        checkpoint.model,
        seed=1,
        steps=2,
        cfg=4.0,
        sampler_name="euler",
        scheduler="normal",
        positive=positive,
        negative=negative,
        latent=latent,
    )["samples"]
    assert made.shape == (1, 4, 16, 24)
    assert made.isfinite().all()
