"""TAESD gives what diffusers' own does, and is loaded as a VAE."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from comfy.models.tiny_autoencoder import TinyAutoencoder
from comfy.tiny_vae import load_tiny_vae, tiny_names


def write_halves(folder: Path) -> TinyAutoencoder:
    torch.manual_seed(0)
    tiny = TinyAutoencoder()
    save_file(tiny.encoder.state_dict(), folder / "taesd_encoder.safetensors")
    save_file(tiny.decoder.state_dict(), folder / "taesd_decoder.safetensors")
    return tiny


def test_a_tiny_autoencoder_gives_what_diffusers_own_does() -> None:
    diffusers = pytest.importorskip("diffusers")
    torch.manual_seed(0)
    tiny, other = TinyAutoencoder(), diffusers.AutoencoderTiny()
    encoder = {f"encoder.layers.{name}": weight for name, weight in tiny.encoder.state_dict().items()}
    # Theirs clamps outside its layers, so all numbers are one lower.
    decoder = {
        f"decoder.layers.{int(name.split('.')[0]) - 1}.{name.split('.', 1)[1]}": weight
        for name, weight in tiny.decoder.state_dict().items()
    }
    other.load_state_dict({**encoder, **decoder})
    images = torch.rand(1, 3, 64, 48) * 2 - 1
    with torch.no_grad():
        latents = tiny.encode(images) * tiny.config.scale
        assert torch.allclose(latents, other.encode(images).latents, atol=1e-5)
        assert torch.allclose(tiny.decode(latents / tiny.config.scale), other.decode(latents).sample, atol=1e-5)


def test_it_is_loaded_from_its_halves_and_used_like_any_vae(tmp_path: Path) -> None:
    tiny = write_halves(tmp_path)
    vae = load_tiny_vae("taesd", tmp_path / "taesd_encoder.safetensors", tmp_path / "taesd_decoder.safetensors")
    images = torch.rand(2, 64, 48, 3)
    samples = vae.encode(images)
    assert samples.shape == (2, 4, 8, 6)
    with torch.no_grad():
        expected = tiny.encode(images.movedim(-1, 1) * 2 - 1)
    assert torch.allclose(samples, expected, atol=1e-4)
    assert vae.decode(samples).shape == images.shape
    assert vae.decode_in_tiles(samples, 64, 16).shape == images.shape


def test_only_whole_pairs_are_offered() -> None:
    assert tiny_names(["taesd_encoder.pth", "x/taesd_decoder.pth", "taesdxl_encoder.pth"]) == ["taesd"]
