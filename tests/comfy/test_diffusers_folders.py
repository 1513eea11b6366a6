"""Models in diffusers' layout, whole folders and files by themselves, give what the checkpoint gives."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from comfy.checkpoint import Checkpoint, load_checkpoint, load_clip, load_unet, load_vae
from comfy.diffusers_folders import load_diffusers_folder
from comfy.errors import ModelFileError
from comfy.extra_inputs import PICTURES
from comfy.sampling.canvas import Canvas
from comfy.unclip import Augmentor, SeenPicture
from comfy.vision import EncodedPicture
from tests.comfy.in_diffusers import empty_unet
from tests.comfy.small_families import SD2, write
from tests.comfy.small_models import write_small_folder
from tests.comfy.small_sd1 import randomise, small_state_dict

FOLDER = Path("model")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("folders")
    tensors = small_state_dict(torch.float32)
    write(base / "whole.safetensors", tensors)
    write_small_folder(base / FOLDER, tensors)
    return base


@pytest.fixture(scope="module")
def whole(base: Path) -> Checkpoint:
    return load_checkpoint(base / "whole.safetensors")


def assert_same_model(model: Any, whole: Checkpoint) -> None:
    x, timesteps, text = torch.randn(1, 4, 8, 8), torch.tensor([500.0]), torch.randn(1, 77, 64)
    assert torch.equal(model.apply(x, timesteps, text), whole.model.apply(x, timesteps, text))


def test_a_folder_gives_the_bits_of_the_checkpoint(base: Path, whole: Checkpoint) -> None:
    found = load_diffusers_folder(base / FOLDER)
    assert_same_model(found.model, whole)
    assert (found.model.prediction, found.model.levels.sigma_max) == ("eps", whole.model.levels.sigma_max)
    assert torch.equal(found.clip.encode("a cat")[0][0], whole.clip.encode("a cat")[0][0])
    image = torch.rand(1, 64, 64, 3)
    assert torch.equal(found.vae.encode(image), whole.vae.encode(image))
    latent = torch.randn(1, 4, 8, 8)
    assert torch.equal(found.vae.decode(latent), whole.vae.decode(latent))


def test_its_parts_load_by_themselves(base: Path, whole: Checkpoint) -> None:
    assert_same_model(load_unet(base / FOLDER / "unet" / "diffusion_pytorch_model.safetensors"), whole)
    latent = torch.randn(1, 4, 8, 8)
    vae = load_vae(base / FOLDER / "vae" / "diffusion_pytorch_model.safetensors")
    assert torch.equal(vae.decode(latent), whole.vae.decode(latent))
    clip = load_clip([base / FOLDER / "text_encoder" / "model.safetensors"])
    assert torch.equal(clip.encode("a cat")[0][0], whole.clip.encode("a cat")[0][0])


@pytest.mark.parametrize(
    "scheduler",
    [
        {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True},
        {"prediction_type": "epsilon", "rescale_betas_zero_snr": False},
        {"beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear", "num_train_timesteps": 1000},
        {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000},
    ],
)
def test_a_scheduler_says_what_is_predicted_over_which_levels(base: Path, scheduler: dict[str, Any]) -> None:
    from diffusers import DDIMScheduler

    path = base / FOLDER / "scheduler" / "scheduler_config.json"
    before = path.read_text(encoding="utf-8")
    path.write_text(json.dumps(scheduler), encoding="utf-8")
    try:
        model = load_diffusers_folder(base / FOLDER).model
    finally:
        path.write_text(before, encoding="utf-8")
    usual = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
    theirs = DDIMScheduler(**{**usual, **scheduler}).alphas_cumprod.double()
    sigmas = ((1 - theirs) / theirs).sqrt()
    assert model.prediction == {"v_prediction": "v"}.get(scheduler.get("prediction_type", ""), "eps")
    # At zero signal diffusers' sigma is infinite; ours is as high as float32 allows it to be told.
    torch.testing.assert_close(model.levels.sigmas[:-1].double(), sigmas[:-1], rtol=2e-4, atol=1e-6)
    assert (model.levels.sigma_max > 4000) == bool(scheduler.get("rescale_betas_zero_snr"))


@torch.no_grad()
def test_a_folder_of_an_unclip_model_sees_pictures_by_its_own_numbers(base: Path) -> None:
    from diffusers.pipelines.stable_diffusion import StableUnCLIPImageNormalizer

    width = 48
    folder = shutil.copytree(base / FOLDER, base / "unclip")
    theirs = empty_unet(SD2, class_embed_type="projection", projection_class_embeddings_input_dim=2 * width)
    theirs.to_empty(device="cpu")
    randomise(theirs)
    normaliser = StableUnCLIPImageNormalizer(width)
    normaliser.mean.data, normaliser.std.data = torch.randn(1, width), torch.rand(1, width) + 0.5
    theirs.save_pretrained(folder / "unet")
    normaliser.save_pretrained(folder / "image_normalizer")
    model = load_diffusers_folder(folder).model
    seen = (SeenPicture(EncodedPicture(*[torch.randn(1, width)] * 3), 1.0, 0.3),)
    extras = model.extras(
        "positive", {PICTURES: seen}, Canvas(torch.zeros(1, 4, 8, 8), torch.zeros(1, 4, 8, 8), seed=7)
    )
    vector = Augmentor(width, normaliser.mean, normaliser.std).vector(seen, 7)
    assert torch.equal(extras["vector"], vector)
    x, timesteps, text = torch.randn(1, 4, 8, 8), torch.tensor([500.0]), torch.randn(1, 77, 64)
    expected = theirs(x, timesteps, text, class_labels=vector).sample
    torch.testing.assert_close(model.apply(x, timesteps, text, **extras), expected, atol=1e-3, rtol=1e-3)


def test_what_is_missing_in_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelFileError, match="empty has no unet/diffusion_pytorch_model"):
        load_diffusers_folder(tmp_path / "empty")
