"""SD Upscale and Hires Fix with a real, small checkpoint, tile by tile."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from comfy.checkpoint import load_checkpoint
from comfy.redrawing import TileGrid
from execution import paths, progress
from nodes.inpainting import EncodeMaskedContent
from nodes.redrawing import HiresFix, SDUpscale
from nodes.sizing import EmptyLatentForModel, ResizeForImageToImage
from nodes.upscalers import UpscaleModelLoader
from nodes.variations import KSamplerVariations
from tests.comfy.small_sd1 import write_small_checkpoint
from tests.comfy.small_upscalers import write_upscaler


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_checkpoint(write_small_checkpoint(tmp_path_factory.mktemp("models") / "small.safetensors"))


TEXTS = {"positive": [[torch.ones(1, 77, 64), {}]], "negative": [[torch.zeros(1, 77, 64), {}]]}
STEPS = {"cfg": 2.0, "sampler_name": "euler", "scheduler": "normal"}


@pytest.mark.parametrize(("length", "tile", "overlap"), [(100, 64, 16), (64, 64, 16), (513, 128, 0), (1000, 512, 64)])
def test_tiles_cover_a_picture_evenly_and_overlap_enough(length: int, tile: int, overlap: int) -> None:
    tops = sorted({top for top, _ in TileGrid(length, length, tile, tile, overlap).places()})
    assert (tops[0], tops[-1]) == (0, max(0, length - tile))
    assert all(after - before <= tile - overlap for before, after in pairwise(tops))


def test_tiles_that_overlap_by_more_than_their_half_are_refused() -> None:
    assert len(TileGrid(300, 300, 128, 128, 64).places()) == 16
    with pytest.raises(ValueError, match="overlap to at most 64"):
        TileGrid(300, 300, 128, 256, 72)


def test_sd_upscale_draws_every_tile_with_its_own_seed_and_tells_of_each(checkpoint: Any) -> None:
    told: list[tuple[float, float]] = []

    class Watching(progress.Reporter):
        def update(self, value: float, total: float, preview: Any = None) -> None:
            told.append((value, total))

    def upscaled(seed: int, denoise: float) -> torch.Tensor:
        with progress.reporting(Watching()):
            return SDUpscale().upscale(  # type: ignore[return-value]
                image=torch.full((1, 96, 100, 3), 0.5), model=checkpoint.model, vae=checkpoint.vae, **TEXTS,
                scale_by=1.5, tile_width=128, tile_height=128, overlap=32, seed=seed, steps=1, denoise=denoise, **STEPS,
            )[0]  # fmt: skip

    first = upscaled(1, 0.5)
    assert first.shape == (1, 144, 150, 3)
    assert told == [(index, 4) for index in range(1, 5)]
    assert torch.equal(first, upscaled(1, 0.5))
    assert not torch.equal(first, upscaled(2, 0.5))


def test_cancelling_ends_sd_upscale_within_a_tile(checkpoint: Any) -> None:
    class Cancelled(progress.Reporter):
        def check_cancelled(self) -> None:
            raise InterruptedError

    with progress.reporting(Cancelled()), pytest.raises(InterruptedError):
        SDUpscale().upscale(
            torch.zeros(1, 64, 64, 3), checkpoint.model, checkpoint.vae, *TEXTS.values(), 2.0, 128, 128, 0, 0, 2, 2.0,
            "euler", "normal", 0.5,
        )  # fmt: skip


@pytest.mark.parametrize("upscaler", ["bilinear", "picture"])
def test_hires_fix_makes_a_larger_latent(checkpoint: Any, upscaler: str) -> None:
    latent = {"samples": torch.randn(1, 4, 8, 8)}
    larger = HiresFix().sample(
        checkpoint.model, checkpoint.vae, *TEXTS.values(), latent, upscaler, 1.5, 0, 1, 2.0, "euler", "normal", 0.6
    )[0]  # type: ignore[index]
    assert larger["samples"].shape == (1, 4, 12, 12)


def test_hires_fix_with_an_upscale_model(checkpoint: Any, folders: paths.Paths) -> None:
    folder = Path(folders.models) / "upscale_models"
    folder.mkdir(parents=True)
    write_upscaler(folder / "x2.safetensors")
    model = UpscaleModelLoader().load_model("x2.safetensors")[0]  # type: ignore[index]
    larger = HiresFix().sample(
        checkpoint.model, checkpoint.vae, *TEXTS.values(), {"samples": torch.randn(1, 4, 8, 8)}, "picture", 2.0, 0, 1,
        2.0, "euler", "normal", 0.3, model,
    )[0]  # type: ignore[index]  # fmt: skip
    assert larger["samples"].shape == (1, 4, 16, 16)


@pytest.mark.parametrize("content", ["original", "fill", "latent noise", "latent nothing"])
def test_masked_content_is_encoded_with_a_soft_mask(checkpoint: Any, content: str) -> None:
    mask = torch.zeros(1, 64, 64)
    mask[:, :, 32:] = 1
    latent = EncodeMaskedContent().encode(checkpoint.vae, torch.rand(1, 64, 64, 3), mask, content, 4.0, 1)[0]  # type: ignore[index]
    assert latent["samples"].shape == (1, 4, 8, 8)
    assert 0.3 < float(latent["noise_mask"][0, 0, 32, 32]) < 0.7


def test_a_picture_is_resized_and_encoded_in_all_four_ways(checkpoint: Any) -> None:
    for mode in ResizeForImageToImage.INPUT_TYPES()["required"]["mode"][0]:  # type: ignore[attr-defined]
        image, latent = ResizeForImageToImage().resize(torch.rand(1, 64, 80, 3), checkpoint.vae, mode, 96, 128)
        assert image.shape == (1, 128, 96, 3)
        assert latent["samples"].shape == (1, 4, 16, 12)


def test_an_empty_latent_has_the_size_asked_for(checkpoint: Any) -> None:
    latent, width, height, advice = EmptyLatentForModel().generate(checkpoint.model, "4:3", 0, 0, 2)
    assert (width, height) == (576, 448)
    assert "is not known" in advice
    assert latent["samples"].shape == (2, 4, 56, 72)


def test_intermediates_are_the_estimates_of_every_so_many_steps(checkpoint: Any) -> None:
    sampled, kept = KSamplerVariations().sample(
        checkpoint.model,
        1,
        4,
        2.0,
        "euler",
        "normal",
        *TEXTS.values(),
        {"samples": torch.zeros(1, 4, 8, 8)},
        keep_every=2,
    )
    assert kept["samples"].shape == (2, 4, 8, 8)
    assert not torch.equal(kept["samples"][:1], sampled["samples"])
