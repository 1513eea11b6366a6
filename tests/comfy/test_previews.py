"""Previews: their colours, their rate, and that they never hold up or change what they show."""

import io
import threading

import torch
from PIL import Image

from comfy.latent_formats import STABLE_DIFFUSION_1
from comfy.previews import Previewer, encode_jpeg, latent_to_rgb


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def latent() -> torch.Tensor:
    return torch.randn(2, 4, 8, 16, generator=torch.Generator().manual_seed(0))


def test_colours_are_linear_in_the_channels() -> None:
    grey = latent_to_rgb(torch.zeros(4, 2, 3), STABLE_DIFFUSION_1)
    assert grey.shape == (2, 3, 3)
    assert grey.dtype == torch.uint8
    assert bool((grey == 127).all())
    bright = latent_to_rgb(torch.tensor([9.0, 9, 0, 0]).reshape(4, 1, 1).expand(4, 2, 3), STABLE_DIFFUSION_1)
    assert bool((bright == 255).all())


def test_a_preview_is_enlarged_up_to_the_limit() -> None:
    rgb = latent_to_rgb(latent()[0], STABLE_DIFFUSION_1)
    assert Image.open(io.BytesIO(encode_jpeg(rgb))).size == (128, 64)
    assert Image.open(io.BytesIO(encode_jpeg(rgb, largest_side=32))).size == (32, 16)
    assert Image.open(io.BytesIO(encode_jpeg(rgb, largest_side=8))).size == (8, 4)


def test_a_preview_reaches_the_receiver_and_leaves_the_latent_alone() -> None:
    received: list[tuple[bytes, str]] = []
    shown = latent()
    before = shown.clone()
    with Previewer(lambda image, mime: received.append((image, mime)), STABLE_DIFFUSION_1) as previewer:
        assert previewer.offer(shown)
        while not received:
            pass
    assert received[0][1] == "image/jpeg"
    assert received[0][0].startswith(b"\xff\xd8")
    assert torch.equal(shown, before)


def test_previews_that_come_too_soon_are_dropped() -> None:
    clock = Clock()
    arrived = threading.Semaphore(0)
    with Previewer(lambda *_: arrived.release(), STABLE_DIFFUSION_1, clock=clock, seconds_between=1.0) as previewer:
        assert previewer.offer(latent())
        assert arrived.acquire(timeout=10)
        clock.now = 0.9
        assert not previewer.offer(latent())


def test_a_slow_receiver_loses_previews_and_does_not_hold_up_the_sampler() -> None:
    clock, release = Clock(), threading.Event()
    with Previewer(lambda *_: release.wait(10) and None, STABLE_DIFFUSION_1, clock=clock) as previewer:
        assert previewer.offer(latent())
        clock.now = 100.0
        assert not previewer.offer(latent())
        release.set()


def test_a_receiver_that_fails_does_not_fail_the_run() -> None:
    def fail(image: bytes, mime: str) -> None:
        raise ConnectionError("gone")

    with Previewer(fail, STABLE_DIFFUSION_1) as previewer:
        assert previewer.offer(latent())
