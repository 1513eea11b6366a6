"""The autoencoder as a value that travels between nodes: images to latents and back, in tiles when memory is short."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import torch

from comfy import devices
from comfy.models.autoencoder import Autoencoder, AutoencoderConfig
from comfy.residents import loaded
from comfy.tiling import OnTile, Tiles, run_tiled
from comfy.weights import Weights

log = logging.getLogger(__name__)

Network = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Vae:
    """Images [B, H, W, 3] from 0 to 1 to latents [B, 4, H/8, W/8], unscaled as they are saved, and back."""

    weights: Weights[Autoencoder]

    @property
    def config(self) -> AutoencoderConfig:
        return self.weights.module.config

    @property
    def downscale(self) -> int:
        """How many pixels a latent's side stands for."""
        return self.config.downscale

    @torch.no_grad()
    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """The likeliest latents of images, which are cropped around their centre to multiples of 8."""
        pixels = self._cropped(images)
        with loaded(self.weights) as vae:
            encode = self._placed_encoder(vae)
            whole = self._whole_or_none(encode, pixels, self.bytes_to_encode)
            return run_tiled(encode, pixels, Tiles(512, 512, 64), 1 / self.downscale) if whole is None else whole

    @torch.no_grad()
    def decode(self, samples: torch.Tensor) -> torch.Tensor:
        """The images of latents."""
        with loaded(self.weights) as vae:
            decode = self._placed(vae.decode)
            out = self._whole_or_none(decode, samples, self.bytes_to_decode)
            if out is None:
                out = run_tiled(decode, samples, Tiles(64, 64, 16), self.downscale)
        return _images(out)

    @torch.no_grad()
    def encode_in_tiles(
        self, images: torch.Tensor, tile_size: int = 512, overlap: int = 64, on_tile: OnTile | None = None
    ) -> torch.Tensor:
        """As `encode`, in tiles of a side and overlap in pixels; `on_tile` is told of each."""
        with loaded(self.weights) as vae:
            side = max(tile_size - tile_size % (2 * self.downscale), 2 * self.downscale)
            # The narrowest tiles are half as wide: they would not get ahead with a greater overlap.
            overlap = overlap if overlap < side // 2 else side // 4
            tiles = Tiles(side, side, overlap - overlap % self.downscale)
            return run_tiled(self._placed_encoder(vae), self._cropped(images), tiles, 1 / self.downscale, on_tile)

    @torch.no_grad()
    def decode_in_tiles(
        self, samples: torch.Tensor, tile_size: int = 512, overlap: int = 64, on_tile: OnTile | None = None
    ) -> torch.Tensor:
        """As `decode`, in tiles of a side and overlap in the image's pixels; `on_tile` is told of each."""
        side = tile_size // self.downscale
        with loaded(self.weights) as vae:
            tiles = Tiles(side, side, min(overlap, tile_size // 4) // self.downscale)
            return _images(run_tiled(self._placed(vae.decode), samples, tiles, self.downscale, on_tile))

    def bytes_to_decode(self, samples: torch.Tensor) -> int:
        """Memory that decoding one latent takes at its peak: a few feature maps, and an upsampled one, at full size."""
        height, width = (side * self.downscale for side in samples.shape[-2:])
        widest = self.config.channels * max(self.config.multipliers[:2])
        return height * width * widest * 4 * self.weights.dtype.itemsize

    def bytes_to_encode(self, pixels: torch.Tensor) -> int:
        """Memory that encoding one picture takes at its peak: a few feature maps at full size."""
        height, width = pixels.shape[-2:]
        return height * width * self.config.channels * self.config.multipliers[0] * 6 * self.weights.dtype.itemsize

    def _placed(self, method: Network) -> Network:
        """A method of the network that takes tensors from anywhere and gives float32 on the CPU."""
        device, dtype = devices.compute_device(), self.weights.dtype

        def run(x: torch.Tensor) -> torch.Tensor:
            x = x.to(device, dtype).contiguous(memory_format=torch.channels_last)
            return method(x).to("cpu", torch.float32)

        return run

    def _placed_encoder(self, vae: Autoencoder) -> Network:
        """The encoder, for pixels from 0 to 1."""
        encode = self._placed(vae.encode)
        return lambda pixels: encode(pixels.float() * 2.0 - 1.0)

    def _cropped(self, images: torch.Tensor) -> torch.Tensor:
        """Images as a network has them, without a copy: [B, 3, H, W] from 0 to 1, sides multiples of 8.

        Grey ones of one channel get three. Raises `ValueError` where nothing is left.
        """
        height, width, channels = images.shape[1:]
        if min(height, width) < self.downscale:
            least = f"{self.downscale}×{self.downscale}"
            raise ValueError(
                f"A picture of {width}×{height} is too small to be encoded: it needs {least} pixels or more."
            )
        if channels == 1:
            images = images.expand(-1, -1, -1, self.config.in_channels)
        top, left = height % self.downscale // 2, width % self.downscale // 2
        height, width = height - height % self.downscale, width - width % self.downscale
        return images[:, top : top + height, left : left + width, : self.config.in_channels].movedim(-1, 1)

    def _whole_or_none(
        self, network: Network, x: torch.Tensor, size: Callable[[torch.Tensor], int]
    ) -> torch.Tensor | None:
        """Run the network without tiles, one picture at a time; None where not even one fits.

        A picture of a batch is then the same to the last bit as alone, which takes no longer and less memory.
        """
        if devices.memory_free() < size(x):
            log.warning("Not enough memory for a picture of this size at once: using tiles")
            return None
        try:
            return torch.cat([network(part) for part in x.split(1)])
        except (RuntimeError, MemoryError) as error:
            if not devices.is_out_of_memory(error):
                raise
        devices.empty_cache()
        log.warning("Ran out of memory with the whole picture: using tiles")
        return None


def _images(pixels: torch.Tensor) -> torch.Tensor:
    return pixels.add_(1.0).div_(2.0).clamp_(0.0, 1.0).movedim(1, -1).contiguous()
