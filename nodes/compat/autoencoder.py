"""Autoencoders as packs know them: Skein's, with tiles and sizes under the names that they ask for."""

from typing import Any

import torch
from torch import Tensor, nn

from comfy import devices
from comfy.vae import Vae


class OpenedVae(Vae):
    """An autoencoder of Skein's; images [B, H, W, 3] from 0 to 1, latents [B, C, h, w] unscaled as they are saved."""

    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__
    latent_dim = 2
    output_channels = 3
    not_video = True
    extra_1d_channel = None

    @property
    def first_stage_model(self) -> nn.Module:
        """The network with the weights as the file has them; Skein runs a copy of it that is made ready."""
        return self.weights.module

    @property
    def latent_channels(self) -> int:
        return int(self.config.latent_channels)

    @property
    def downscale_ratio(self) -> int:
        return self.downscale

    @property
    def upscale_ratio(self) -> int:
        return self.downscale

    @property
    def device(self) -> torch.device:
        return devices.compute_device()

    @property
    def offload_device(self) -> torch.device:
        return devices.offload_device()

    @property
    def output_device(self) -> torch.device:
        return torch.device("cpu")

    @property
    def vae_dtype(self) -> torch.dtype:
        return self.weights.dtype

    @property
    def patcher(self) -> Any:
        return self

    def throw_exception_if_invalid(self) -> None:
        """An autoencoder that is there is valid: files that hold none are refused where they are read."""

    def decode(self, samples: Tensor, *_: Any, **__: Any) -> Tensor:
        return super().decode(samples)

    def encode(self, images: Tensor, *_: Any, **__: Any) -> Tensor:
        return super().encode(images)

    def decode_tiled(
        self,
        samples: Tensor,
        tile_x: int | None = None,
        tile_y: int | None = None,
        overlap: int | None = None,
        **_: Any,
    ) -> Tensor:
        """Decode in tiles, whose sides and overlap are in the latent's pixels; the greater side counts."""
        side = max(tile_x or 64, tile_y or tile_x or 64)
        return self.decode_in_tiles(
            samples, side * self.downscale, (16 if overlap is None else overlap) * self.downscale
        )

    def encode_tiled(
        self,
        pixel_samples: Tensor,
        tile_x: int | None = None,
        tile_y: int | None = None,
        overlap: int | None = None,
        **_: Any,
    ) -> Tensor:
        """Encode in tiles, whose sides and overlap are in pixels; the greater side counts."""
        side = max(tile_x or 512, tile_y or tile_x or 512)
        return self.encode_in_tiles(pixel_samples, side, 64 if overlap is None else overlap)

    def spacial_compression_decode(self) -> int:
        return self.downscale

    def spacial_compression_encode(self) -> int:
        return self.downscale

    def temporal_compression_decode(self) -> None:
        return None

    def process_input(self, image: Tensor) -> Tensor:
        return image * 2.0 - 1.0

    def process_output(self, image: Tensor) -> Tensor:
        return ((image + 1.0) / 2.0).clamp(0.0, 1.0)

    def memory_used_decode(self, shape: Any, dtype: torch.dtype) -> int:
        """Bytes that decoding takes."""
        return self.bytes_to_decode(torch.empty(tuple(shape), device="meta"))

    def memory_used_encode(self, shape: Any, dtype: torch.dtype) -> int:
        return self.bytes_to_encode(torch.empty(tuple(shape), device="meta"))

    def get_sd(self) -> dict[str, Tensor]:
        """The weights as the file has them."""
        return dict(self.weights.module.state_dict())


def open_vae(vae: Any) -> Any:
    """An autoencoder as packs know it; one that is so already is given back."""
    return OpenedVae(vae.weights) if isinstance(vae, Vae) and not isinstance(vae, OpenedVae) else vae
