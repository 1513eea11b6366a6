"""unCLIP checkpoints load whole, and are told of pictures as diffusers tells them."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from comfy.checkpoint import load_checkpoint
from comfy.errors import ArchitectureError
from comfy.extra_inputs import PICTURES
from comfy.models.unet import timestep_embedding
from comfy.sampling import sample
from comfy.sampling.canvas import Canvas
from comfy.unclip import SEED_SHIFT, Augmentor, SeenPicture
from comfy.vision import EncodedPicture
from tests.comfy.small_families import SD2_PARTS, XL_PARTS, tensors_of, write
from tests.comfy.small_vision import in_open_clips_layout, transformers_encoder, transformers_tensors

WIDTH = 48


def seen(seed: int = 0, strength: float = 1.0, noise: float = 0.0, width: int = WIDTH) -> SeenPicture:
    embedding = torch.randn(1, width, generator=torch.Generator().manual_seed(seed))
    return SeenPicture(EncodedPicture(embedding, embedding, embedding), strength, noise)


@pytest.mark.parametrize("noise", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("has_numbers", [False, True])
def test_a_picture_is_noised_as_diffusers_noises_it(noise: float, has_numbers: bool) -> None:
    from diffusers import DDPMScheduler
    from diffusers.pipelines.stable_diffusion import StableUnCLIPImageNormalizer

    normaliser = StableUnCLIPImageNormalizer(WIDTH)
    augmentor = Augmentor(WIDTH)
    if has_numbers:
        normaliser.mean.data, normaliser.std.data = torch.randn(1, WIDTH), torch.rand(1, WIDTH) + 0.5
        augmentor = Augmentor(WIDTH, normaliser.mean.detach(), normaliser.std.detach())
    level = torch.tensor([round(999 * noise)])
    drawn = torch.randn(1, WIDTH, generator=torch.Generator().manual_seed(7 + SEED_SHIFT))
    picture = seen(noise=noise)
    with torch.no_grad():
        scheduler = DDPMScheduler(beta_schedule="squaredcos_cap_v2")
        scaled = normaliser.scale(picture.encoded.image_embeds)
        expected = normaliser.unscale(scheduler.add_noise(scaled, timesteps=level, noise=drawn))
    made = augmentor.vector([picture], seed=7)
    torch.testing.assert_close(made[:, :WIDTH], expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(made[:, WIDTH:], timestep_embedding(level, WIDTH))


def test_strength_scales_and_several_pictures_add_up() -> None:
    augmentor = Augmentor(WIDTH)
    one, half = augmentor.vector([seen()], 3), augmentor.vector([seen(strength=0.5)], 3)
    torch.testing.assert_close(half, one / 2)
    pair = augmentor.vector([seen(0), seen(1, strength=0.5)], 3)
    total = one[:, :WIDTH] + augmentor.vector([seen(1)], 3)[:, :WIDTH] / 2
    torch.testing.assert_close(pair, augmentor.noisy(total, 0.05, 3))


def test_vectors_of_another_encoder_are_refused() -> None:
    with pytest.raises(ArchitectureError, match="vectors of 48 numbers"):
        Augmentor(WIDTH).vector([seen(width=32)], 0)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parts = replace(SD2_PARTS, unet=replace(SD2_PARTS.unet, vector_dim=2 * WIDTH))
    vision = in_open_clips_layout(transformers_tensors(transformers_encoder("gelu")), "embedder.model.")
    tensors = tensors_of(parts) | vision | {"noise_augmentor.betas": torch.zeros(1000)}
    return write(tmp_path_factory.mktemp("unclip") / "unclip.safetensors", tensors)


def test_a_checkpoint_brings_its_picture_encoder_and_makes_other_pictures_of_other_pictures(checkpoint: Path) -> None:
    found = load_checkpoint(checkpoint)
    assert found.model.family == "Stable Diffusion 2 unCLIP"
    assert found.clip_vision is not None
    text, options = found.clip.encode("")[0]
    latents = []
    for colour in (0.1, 0.9, None):
        pictures = {}
        if colour is not None:
            encoded = found.clip_vision.encode(torch.full((1, 56, 56, 3), colour))
            pictures = {PICTURES: (SeenPicture(encoded, 1.0, 0.0),)}
        positive = [[text, {**options, **pictures}]]
        arguments = {"seed": 1, "steps": 2, "cfg": 3.0, "sampler_name": "euler", "scheduler": "normal"}
        empty = {"samples": torch.zeros(1, 4, 8, 8)}
        negative = found.clip.encode("")
        latents.append(sample(found.model, positive=positive, negative=negative, latent=empty, **arguments)["samples"])
    assert all(latent.isfinite().all() for latent in latents)
    assert not torch.allclose(latents[0], latents[1])
    assert not torch.allclose(latents[0], latents[2])


def test_without_a_picture_an_unclip_model_is_told_zeros(checkpoint: Path) -> None:
    canvas = Canvas.empty((2, 4, 8, 8), torch.device("cpu"))
    vector = load_checkpoint(checkpoint).model.extras("positive", {}, canvas)["vector"]
    assert vector.shape == (2, 2 * WIDTH)
    assert not vector.any()


def test_stable_diffusion_xl_reads_a_picture_in_place_of_its_pooled_text(tmp_path: Path) -> None:
    model = load_checkpoint(write(tmp_path / "xl.safetensors", tensors_of(XL_PARTS))).model
    canvas = Canvas.empty((1, 4, 8, 8), torch.device("cpu"))
    options = {"pooled_output": torch.zeros(1, 64)}
    plain = model.extras("positive", options, canvas)["vector"]
    shown = model.extras("positive", {**options, PICTURES: (seen(width=64),)}, canvas)["vector"]
    torch.testing.assert_close(shown[:, 64:], plain[:, 64:])
    torch.testing.assert_close(shown[:, :64], seen(width=64).encoded.image_embeds, atol=0.1, rtol=0)


def test_an_unclip_checkpoint_in_float16_loads(tmp_path: Path, checkpoint: Path) -> None:
    from comfy.state_dict import read_state_dict

    save_file({name: tensor.half() for name, tensor in read_state_dict(checkpoint).items()}, tmp_path / "h.safetensors")
    assert load_checkpoint(tmp_path / "h.safetensors").clip_vision is not None
