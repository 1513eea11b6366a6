"""Rough pictures of a latent while it is being sampled: cheap, throttled, and never in the sampler's way."""

import io
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import torch
from PIL import Image

from comfy.latent_formats import LatentFormat

log = logging.getLogger(__name__)

Send = Callable[[bytes, str], None]
"""Takes an encoded picture and its media type; called from the previewer's thread."""

SECONDS_BETWEEN = 1 / 8
LARGEST_SIDE = 512
PIXELS_PER_LATENT = 8
JPEG_QUALITY = 80


def latent_to_rgb(latent: torch.Tensor, latent_format: LatentFormat) -> torch.Tensor:
    """A latent [C, h, w], scaled as the model sees it, as rough colours: uint8 [h, w, 3] on the same device."""
    factors = torch.tensor(latent_format.rgb_factors, dtype=torch.float32, device=latent.device)
    bias = torch.tensor(latent_format.rgb_bias, dtype=torch.float32, device=latent.device)
    colours = torch.einsum("chw,cr->hwr", latent.float(), factors) + bias
    return colours.add_(1).mul_(127.5).clamp_(0, 255).to(torch.uint8)


def encode_jpeg(rgb: torch.Tensor, largest_side: int = LARGEST_SIDE) -> bytes:
    """Colours uint8 [h, w, 3] as a JPEG, enlarged to the finished picture's size but no side beyond the limit."""
    image = Image.fromarray(rgb.cpu().numpy())
    factor = min(PIXELS_PER_LATENT, largest_side / max(image.size))
    width, height = (max(1, round(side * factor)) for side in image.size)
    encoded = io.BytesIO()
    image.resize((width, height), Image.Resampling.BILINEAR).save(encoded, "JPEG", quality=JPEG_QUALITY)
    return encoded.getvalue()


class Previewer:
    """Shows clean estimates of a run at a bounded rate; a preview that comes too soon or too late is dropped.

    Use it as a context manager around the run. `offer` returns at once; encoding and sending happen in a thread.
    """

    def __init__(
        self,
        send: Send,
        latent_format: LatentFormat,
        *,
        largest_side: int = LARGEST_SIDE,
        seconds_between: float = SECONDS_BETWEEN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send, self._format, self._largest_side = send, latent_format, largest_side
        self._seconds_between, self._clock = seconds_between, clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="preview")
        self._running: Future[None] | None = None
        self._next = float("-inf")

    def __enter__(self) -> "Previewer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def offer(self, denoised: torch.Tensor) -> bool:
        """Show the first of the clean estimates [B, C, h, w] if it is time; the tensor is read before this returns."""
        now = self._clock()
        if now < self._next or (self._running is not None and not self._running.done()):
            return False
        self._next = now + self._seconds_between
        # The colours are a copy, so the sampler is free to reuse its tensor; a GPU is not waited for here.
        self._running = self._thread.submit(self._show, latent_to_rgb(denoised[0], self._format))
        return True

    def _show(self, rgb: torch.Tensor) -> None:
        try:
            self._send(encode_jpeg(rgb, self._largest_side), "image/jpeg")
        except Exception:
            log.exception("A preview could not be shown; the picture is not affected.")
