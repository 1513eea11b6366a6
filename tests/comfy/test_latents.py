"""Resizing latents, and taking, repeating and seeding the items of a batch."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from comfy.latents import bislerp, repeat_batch, slerp, take_from_batch, upscale, upscale_by, with_seed_behavior

METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "bislerp")


def latent(batch: int = 1, height: int = 8, width: int = 12) -> dict:
    samples = torch.randn(batch, 4, height, width, generator=torch.Generator().manual_seed(batch))
    return {"samples": samples, "note": "kept"}


@pytest.mark.parametrize("method", METHODS)
def test_a_latent_is_resized_to_eighths_of_the_pixels(method: str) -> None:
    resized = upscale(latent(), method, 256, 128)
    assert resized["samples"].shape == (1, 4, 16, 32)
    assert resized["note"] == "kept"
    assert upscale_by(latent(), method, 1.5)["samples"].shape == (1, 4, 12, 18)


def test_a_side_of_zero_follows_from_the_other() -> None:
    assert upscale(latent(height=16, width=24), "bilinear", 384, 0)["samples"].shape[-2:] == (32, 48)
    assert upscale(latent(height=16, width=24), "bilinear", 0, 256)["samples"].shape[-2:] in {(32, 6), (32, 48)}
    same = latent()
    assert upscale(same, "bilinear", 0, 0) is same


def test_cropping_keeps_the_middle() -> None:
    wide = latent(height=8, width=16)
    cropped = upscale(wide, "nearest-exact", 64, 64, crop="center")["samples"]
    assert torch.equal(cropped, wide["samples"][..., 4:12])


@given(st.integers(1, 12), st.integers(1, 12))
def test_bislerp_of_a_uniform_latent_changes_nothing(height: int, width: int) -> None:
    samples = torch.tensor([1.0, -2, 3, 0.5]).reshape(1, 4, 1, 1).expand(1, 4, 5, 7)
    expected = torch.tensor([1.0, -2, 3, 0.5]).reshape(1, 4, 1, 1).expand(1, 4, height, width)
    torch.testing.assert_close(bislerp(samples, width, height), expected)


def test_bislerp_to_the_same_size_changes_nothing() -> None:
    samples = latent()["samples"]
    torch.testing.assert_close(bislerp(samples, 12, 8), samples)


def test_bislerp_of_noise_keeps_its_strength_where_bilinear_weakens_it() -> None:
    noise = torch.randn(1, 4, 32, 32, generator=torch.Generator().manual_seed(0))
    weakened = F.interpolate(noise, size=(48, 48), mode="bilinear")
    assert float(bislerp(noise, 48, 48).std()) == pytest.approx(float(noise.std()), rel=0.06)
    assert float(weakened.std()) < 0.85 * float(noise.std())


def test_slerp_turns_at_an_even_pace_and_scales_evenly() -> None:
    start, end = torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 4.0]])
    half = slerp(start, end, torch.tensor(0.5))
    torch.testing.assert_close(half, torch.tensor([[3.0, 3.0]]) / 2**0.5)


def test_slerp_of_opposite_equal_or_empty_vectors_is_finite() -> None:
    start = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    end = torch.tensor([[-1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    turned = slerp(start, end, torch.tensor(0.25))
    assert bool(turned.isfinite().all())
    torch.testing.assert_close(turned[0], torch.tensor([0.5, 0.0]))
    torch.testing.assert_close(turned[1], torch.tensor([1.0, 0.0]))


def test_items_taken_from_a_batch_remember_their_place() -> None:
    batch = {**latent(4), "noise_mask": torch.arange(2.0).reshape(2, 1, 1, 1)}
    taken = take_from_batch(batch, 1, 2)
    assert torch.equal(taken["samples"], batch["samples"][1:3])
    assert taken["batch_index"] == [1, 2]
    assert taken["noise_mask"].flatten().tolist() == [1, 0]
    assert take_from_batch(taken, 1, 5)["batch_index"] == [2]
    assert take_from_batch(batch, 63, 5)["samples"].shape[0] == 1


def test_repeats_of_items_that_remember_a_place_count_on() -> None:
    assert repeat_batch({**latent(2), "batch_index": [3, 5]}, 3)["batch_index"] == [3, 5, 6, 8, 9, 11]
    plain = repeat_batch(latent(2), 3)
    assert plain["samples"].shape[0] == 6
    assert "batch_index" not in plain


def test_a_fixed_seed_gives_every_item_the_same_place() -> None:
    assert with_seed_behavior(latent(3), "fixed")["batch_index"] == [0, 0, 0]
    assert with_seed_behavior({**latent(2), "batch_index": [4, 5]}, "fixed")["batch_index"] == [4, 4]
    assert "batch_index" not in with_seed_behavior({**latent(2), "batch_index": [4, 5]}, "random")
