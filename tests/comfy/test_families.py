"""Families are told by tensors alone, and each is shown what it was trained to be shown."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from comfy.checkpoint import load_checkpoint, load_clip, load_unet
from comfy.models.unet import ONE_RES_BLOCK, UNET_PREFIX, UNetConfig, timestep_embedding
from comfy.sampling import sample
from comfy.sampling.canvas import Canvas
from comfy.sampling.levels import ContinuousLevels
from tests.comfy.small_families import SD2, SD2_PARTS, XL, XL_PARTS, tensors_of, text_tensors, write

V_BIAS = UNET_PREFIX + "output_blocks.11.1.transformer_blocks.0.norm1.bias"


@pytest.fixture(scope="module")
def sd2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("sd2") / "sd2.safetensors", tensors_of(SD2_PARTS))


@pytest.fixture(scope="module")
def xl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("xl") / "xl.safetensors", tensors_of(XL_PARTS))


def canvas(side: int = 8) -> Canvas:
    return Canvas.empty((2, 4, side, side), torch.device("cpu"))


@pytest.mark.parametrize(("spread", "prediction"), [(0.05, "eps"), (0.2, "v")])
def test_stable_diffusion_2_predicts_v_where_training_left_its_mark(
    tmp_path: Path, spread: float, prediction: str
) -> None:
    tensors = tensors_of(SD2_PARTS)
    tensors[V_BIAS] = torch.randn(64, generator=torch.Generator().manual_seed(0)) * spread
    checkpoint = load_checkpoint(write(tmp_path / "a.safetensors", tensors))
    assert checkpoint.model.config == SD2
    assert checkpoint.model.prediction == prediction
    assert [(tower.role, tower.reading.pad_token) for tower in checkpoint.clip.towers] == [("h", 0)]


def test_stable_diffusion_xl_has_two_text_encoders_and_sizes(xl: Path) -> None:
    checkpoint = load_checkpoint(xl)
    model, clip = checkpoint.model, checkpoint.clip
    assert (model.family, model.config) == ("Stable Diffusion XL", XL)
    assert model.latent_format.scale == 0.13025
    ((text, options),) = clip.encode("a (cat:1.2)")
    assert text.shape == (1, 77, 128)
    vector = model.extras("positive", {**options, "crop_w": 16}, canvas())["vector"]
    expected = timestep_embedding(torch.tensor([64.0, 64, 0, 16, 64, 64]), 256).flatten()
    assert vector.shape == (2, XL.vector_dim)
    torch.testing.assert_close(vector[1], torch.cat([options["pooled_output"][0], expected]))


def test_xl_reads_the_layer_before_the_last_as_it_is(xl: Path) -> None:
    clip = load_checkpoint(xl).clip
    text = clip.encode("a cat")[0][0]
    for tower, part in zip(clip.towers, text.split(64, dim=-1), strict=True):
        module = tower.weights.module.float()
        tokens = torch.tensor([[token.number for token in clip.tokenize("a cat")[tower.role][0]]])
        with torch.no_grad():
            torch.testing.assert_close(part, module(tokens).hidden[-2], atol=1e-4, rtol=1e-3)


def test_each_encoder_of_xl_may_have_a_text_of_its_own(xl: Path) -> None:
    clip = load_checkpoint(xl).clip
    tokens = clip.tokenize_apart({"g": " ".join(["cat"] * 80), "l": "dog"})
    assert [len(chunks) for chunks in tokens.values()] == [2, 2]
    text = clip.encode_tokens(tokens)[0][0]
    assert text.shape == (1, 154, 128)
    torch.testing.assert_close(text[:, :77, :64], clip.encode("dog")[0][0][..., :64])


def test_every_small_family_samples_a_picture(sd2: Path, xl: Path) -> None:
    for path in (sd2, xl):
        checkpoint = load_checkpoint(path)
        positive, negative = checkpoint.clip.encode("a cat"), checkpoint.clip.encode("")
        made = sample(
            checkpoint.model,
            seed=1,
            steps=2,
            cfg=5.0,
            sampler_name="euler",
            scheduler="normal",
            positive=positive,
            negative=negative,
            latent={"samples": torch.zeros(1, 4, 8, 8)},
        )["samples"]
        assert made.isfinite().all()
        assert made.std() > 0


@pytest.mark.parametrize(
    ("marks", "prediction", "sigma_max"),
    [
        ({}, "eps", 14.6146),
        ({"v_pred": torch.ones(())}, "v", 14.6146),
        ({"v_pred": torch.ones(()), "ztsnr": torch.ones(())}, "v", 4518.75),
        ({"edm_mean": torch.zeros(4), "edm_std": torch.ones(4)}, "edm", 80.0),
        ({"edm_vpred.sigma_max": torch.tensor(120.0)}, "v", 120.0),
    ],
)
def test_marks_in_a_file_tell_how_it_is_sampled(
    tmp_path: Path, marks: dict[str, torch.Tensor], prediction: str, sigma_max: float
) -> None:
    unet = {name: t for name, t in tensors_of(XL_PARTS).items() if name.startswith(UNET_PREFIX)}
    model = load_checkpoint(write(tmp_path / "a.safetensors", unet | marks)).model
    assert model.prediction == prediction
    assert model.levels.sigma_max == pytest.approx(sigma_max, rel=1e-3)
    assert isinstance(model.levels, ContinuousLevels) == ("edm" in " ".join(marks))


def test_a_pruned_unet_loads_by_its_shapes(tmp_path: Path) -> None:
    pruned = {
        "middle_depth": ONE_RES_BLOCK,
        "depths_down": (0, 0, 1, 1, 2, 2),
        "depths_up": (0, 1, 2, 1, 1, 1, 0, 0, 0),
    }
    tensors = tensors_of(XL_PARTS, **pruned)
    model = load_checkpoint(write(tmp_path / "a.safetensors", tensors)).model
    assert model.config.middle_depth == ONE_RES_BLOCK
    assert model.config.depths_up == pruned["depths_up"]
    assert model.config.depths_down is None  # as deep in every block of a resolution as XL itself


def test_an_inpainting_model_is_shown_mask_and_picture(tmp_path: Path) -> None:
    unet = {n: t for n, t in tensors_of(SD2_PARTS, in_channels=9).items() if n.startswith(UNET_PREFIX)}
    model = load_checkpoint(write(tmp_path / "a.safetensors", unet)).model
    assert model.prediction == "eps"
    image, mask = torch.randn(1, 4, 8, 8), torch.zeros(1, 1, 64, 64)
    mask[..., :32] = 1
    shown = model.extras("positive", {"concat_latent_image": image, "concat_mask": mask}, canvas())["concat"]
    assert shown.shape == (2, 5, 8, 8)
    torch.testing.assert_close(shown[:, 1:], (image * 0.18215).repeat(2, 1, 1, 1))
    assert shown[0, 0, 0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert model.extras("positive", {}, canvas())["concat"][:, 0].min() == 1


def test_a_unet_and_text_encoders_load_by_themselves(tmp_path: Path, xl: Path) -> None:
    whole = load_checkpoint(xl)
    tensors = tensors_of(XL_PARTS)
    bare = {n.removeprefix(UNET_PREFIX): t for n, t in tensors.items() if n.startswith(UNET_PREFIX)}
    model = load_unet(write(tmp_path / "unet.safetensors", bare), torch.float8_e4m3fn)
    assert (model.config, model.weights.dtype, model.compute_dtype) == (XL, torch.float8_e4m3fn, torch.float32)
    first = write(tmp_path / "l.safetensors", text_tensors("text_model.", XL_PARTS.texts[0][1], False, 2))
    second = write(tmp_path / "g.safetensors", text_tensors("", XL_PARTS.texts[1][1], True, 3))
    clip = load_clip([first, second])
    torch.testing.assert_close(clip.encode("a cat")[0][0], whole.clip.encode("a cat")[0][0])


def test_sizes_of_published_models_are_read_back() -> None:
    sizes = UNetConfig(model_channels=32, channel_mult=(1, 2), res_blocks=(2, 2), transformer_depth=(0, 2))
    assert sizes.with_depths([0, 0, 2, 2], [2, 2, 2, 0, 0, 0]) == sizes
    assert sizes.with_depths([0, 0, 2, 4], [2, 2, 2, 0, 0, 0]).depth_down(1, 1) == 4


def test_the_refiner_is_told_size_crop_and_score_as_in_diffusers(tmp_path: Path) -> None:
    from diffusers.models.embeddings import Timesteps

    parts = replace(XL_PARTS, unet=replace(XL, context_dim=1280, vector_dim=2560), texts=())
    model = load_checkpoint(write(tmp_path / "refiner.safetensors", tensors_of(parts))).model
    assert model.family == "Stable Diffusion XL refiner"
    pooled = torch.randn(1, 1280)
    told = {"pooled_output": pooled, "width": 832, "height": 1216, "aesthetic_score": 7.5}
    embed = Timesteps(256, flip_sin_to_cos=True, downscale_freq_shift=0)
    for name, options, numbers in (
        ("positive", told, (1216.0, 832, 0, 0, 7.5)),
        ("positive", {"pooled_output": pooled}, (64.0, 64, 0, 0, 6.0)),
        ("negative", {"pooled_output": pooled}, (64.0, 64, 0, 0, 2.5)),
    ):
        vector = model.extras(name, options, canvas())["vector"]
        expected = torch.cat([pooled, embed(torch.tensor(numbers)).flatten()[None]], dim=1)
        torch.testing.assert_close(vector, expected.repeat(2, 1))


@pytest.mark.parametrize(("marks", "scale"), [({}, 1.0), ({"edm_vpred.sigma_max": torch.tensor(120.0)}, 0.13025)])
def test_a_model_that_edits_is_shown_the_picture_to_edit(
    tmp_path: Path, marks: dict[str, torch.Tensor], scale: float
) -> None:
    tensors = tensors_of(XL_PARTS, in_channels=8) | marks
    unet = {name: tensor for name, tensor in tensors.items() if name.startswith(UNET_PREFIX) or name in marks}
    model = load_checkpoint(write(tmp_path / "edits.safetensors", unet)).model
    image = torch.randn(1, 4, 8, 8)
    options = {"pooled_output": torch.zeros(1, 64)}
    shown = model.extras("positive", {**options, "concat_latent_image": image}, canvas())["concat"]
    # diffusers' pipeline too leaves the picture's latent unscaled (Brooks et al. 2023); CosXL Edit scales it.
    torch.testing.assert_close(shown, (image * scale).repeat(2, 1, 1, 1))
    assert not model.extras("negative", options, canvas())["concat"].any()
