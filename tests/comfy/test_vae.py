"""The autoencoder's two ways, whole and in tiles."""

import pytest
import torch

from comfy import devices
from comfy import vae as vae_module
from comfy.checkpoint import load_checkpoint
from tests.comfy.small_sd1 import write_small_checkpoint


@pytest.fixture(scope="module")
def vae(tmp_path_factory):
    return load_checkpoint(write_small_checkpoint(tmp_path_factory.mktemp("models") / "small.safetensors")).vae


def test_an_image_becomes_a_latent_an_eighth_its_size_and_back(vae):
    latents = vae.encode(torch.rand(2, 64, 40, 3))
    assert latents.shape == (2, 4, 8, 5)
    images = vae.decode(latents)
    assert images.shape == (2, 64, 40, 3)
    assert images.is_contiguous()
    assert images.min() >= 0.0
    assert images.max() <= 1.0


def test_sides_are_cropped_around_the_centre_to_multiples_of_eight(vae):
    image = torch.rand(1, 71, 45, 3)
    assert torch.equal(vae.encode(image), vae.encode(image[:, 3:67, 2:42]))


def test_an_alpha_channel_is_left_out(vae):
    image = torch.rand(1, 64, 64, 4)
    assert torch.equal(vae.encode(image), vae.encode(image[..., :3]))


def test_a_grey_picture_of_one_channel_is_encoded_as_its_three_equal_ones(vae):
    image = torch.rand(1, 64, 64, 1)
    assert torch.equal(vae.encode(image), vae.encode(image.repeat(1, 1, 1, 3)))


def test_a_picture_of_which_no_place_of_a_latent_is_left_is_refused(vae):
    with pytest.raises(ValueError, match="A picture of 40×7 is too small to be encoded: it needs 8×8 pixels"):
        vae.encode(torch.rand(1, 7, 40, 3))


def test_a_batch_is_to_the_last_bit_the_same_as_its_pictures_alone(vae):
    images, latents = torch.rand(3, 64, 64, 3), torch.randn(3, 4, 16, 16)
    assert torch.equal(vae.encode(images)[1:2], vae.encode(images[1:2]))
    assert torch.equal(vae.decode(latents)[1:2], vae.decode(latents[1:2]))


def test_one_tile_is_the_whole_picture(vae):
    latents = torch.randn(1, 4, 8, 8)
    torch.testing.assert_close(vae.decode_in_tiles(latents, 512, 64), vae.decode(latents), atol=1e-5, rtol=1e-4)


def test_tiles_are_near_the_whole_picture(vae):
    torch.manual_seed(1)
    image = torch.nn.functional.interpolate(torch.rand(1, 3, 4, 4), (256, 192), mode="bicubic").clamp(0, 1)
    latents = vae.encode(image.movedim(1, -1))
    assert vae.encode_in_tiles(image.movedim(1, -1), 128, 32).shape == latents.shape
    tiled, whole = vae.decode_in_tiles(latents, 128, 32), vae.decode(latents)
    assert tiled.shape == whole.shape
    assert (tiled - whole).abs().mean() < (whole.flip(1) - whole).abs().mean() / 2


@pytest.mark.parametrize("overlap", [0, 32, 64, 512])
def test_any_overlap_can_be_asked_for(vae, overlap):
    latents = vae.encode_in_tiles(torch.rand(1, 96, 96, 3), 64, overlap)
    assert latents.shape == (1, 4, 12, 12)
    assert vae.decode_in_tiles(latents, 64, overlap).shape == (1, 96, 96, 3)


def test_short_memory_means_tiles(vae, monkeypatch, caplog):
    latents = torch.randn(1, 4, 8, 8)
    monkeypatch.setattr(devices, "memory_free", lambda device=None: 1000)
    assert vae.decode(latents).shape == (1, 64, 64, 3)
    assert vae.encode(torch.rand(1, 64, 64, 3)).shape == (1, 4, 8, 8)
    assert "tiles" in caplog.text


def test_running_out_of_memory_means_tiles(vae, monkeypatch, caplog):
    sizes = []

    def run_tiled(network, x, tiles, scale):
        sizes.append(tiles)
        return torch.zeros(1, 3, 64, 64)

    def fail(self, method):
        def run(x):
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes")

        return run

    monkeypatch.setattr(vae_module, "run_tiled", run_tiled)
    monkeypatch.setattr(vae_module.Vae, "_placed", fail)
    vae.decode(torch.randn(1, 4, 8, 8))
    assert len(sizes) == 1
    assert "Ran out of memory" in caplog.text


def test_another_failure_is_not_hidden(vae):
    with pytest.raises(RuntimeError, match="channels"):
        vae.decode(torch.randn(1, 5, 8, 8))
