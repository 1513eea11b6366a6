"""Previews by TAESD show what its decoder makes of a step, drawn where the sampler does not wait for it."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from comfy.latent_formats import PLAYGROUND, STABLE_DIFFUSION_1, STABLE_DIFFUSION_XL, LatentFormat
from comfy.models import tiny_autoencoder
from comfy.models.tiny_autoencoder import TinyAutoencoder
from comfy.sampling import Step
from execution import paths, progress
from nodes import options
from nodes.sampling import report_steps
from nodes.tiny_previews import drawn_by_taesd

NAMES = {"taesd": STABLE_DIFFUSION_1, "taesdxl": STABLE_DIFFUSION_XL}


class Keeper(progress.Reporter):
    preview: Any = None

    def update(self, value: float, total: float, preview: Any = None) -> None:
        self.preview = preview

    def wants_preview(self) -> bool:
        return True


@pytest.fixture
def decoders(folders: paths.Paths) -> dict[str, TinyAutoencoder]:
    made = {}
    (folders.models / "vae_approx").mkdir(parents=True)
    for seed, name in enumerate(NAMES):
        torch.manual_seed(seed)
        made[name] = TinyAutoencoder().eval()
        save_file(made[name].decoder.state_dict(), folders.models / "vae_approx" / f"{name}_decoder.safetensors")
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_preview_is_what_the_familys_decoder_makes(
    decoders: dict[str, TinyAutoencoder], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(options, "_options", options.DefaultOptions(preview_method="taesd"))

    class Model:
        latent_format: LatentFormat = NAMES[name]

    keeper, latent = Keeper(), torch.randn(1, 4, 8, 12)
    with progress.reporting(keeper):
        report_steps(Model())(Step(0, 1, 1.0, latent, latent))  # type: ignore[arg-type]
    with torch.no_grad():
        expected = decoders[name].decoder(latent)[0].clamp(0, 1).movedim(0, -1)
    latent.fill_(0.0)  # The sampler goes on before the preview is drawn.
    with Image.open(io.BytesIO(keeper.preview())) as shown:
        assert shown.size == (96, 64)
        assert np.abs(np.asarray(shown) / 255 - expected.numpy()).mean() < 0.05


def test_nothing_is_decoded_while_the_sampler_waits(
    decoders: dict[str, TinyAutoencoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiny_autoencoder.SoftClamp, "forward", lambda *_: pytest.fail("decoded"))
    assert drawn_by_taesd(STABLE_DIFFUSION_1) is not None


def test_without_a_decoder_previews_are_rough_and_that_is_said(
    folders: paths.Paths, caplog: pytest.LogCaptureFixture
) -> None:
    assert drawn_by_taesd(STABLE_DIFFUSION_1) is None
    assert "Put taesd_decoder.safetensors into models/vae_approx" in caplog.text
    assert drawn_by_taesd(PLAYGROUND) is None
    assert drawn_by_taesd(replace(STABLE_DIFFUSION_1, scale=1.0)) is None
