"""How a model family's latents relate to pictures: their scale, and a rough colour for previews."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch

Rows = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class LatentFormat:
    """Latents are multiplied by `scale` on their way into the model; red, green and blue are linear in its channels.

    Where `mean` and `deviation` are given, one number for each channel, latents are normalised by them first.
    """

    scale: float
    channels: int
    rgb_factors: Rows
    rgb_bias: tuple[float, float, float] = (0.0, 0.0, 0.0)
    mean: tuple[float, ...] | None = None
    deviation: tuple[float, ...] | None = None

    def into_model(self, latent: torch.Tensor) -> torch.Tensor:
        """A latent [B, C, h, w] as it is saved, as the model sees it."""
        if self.mean is None or self.deviation is None:
            return latent * self.scale
        return (latent - _per_channel(self.mean, latent)) * (self.scale / _per_channel(self.deviation, latent))

    def out_of_model(self, latent: torch.Tensor) -> torch.Tensor:
        """The way back."""
        if self.mean is None or self.deviation is None:
            return latent / self.scale
        return latent * (_per_channel(self.deviation, latent) / self.scale) + _per_channel(self.mean, latent)

    def with_metadata(self, metadata: Mapping[str, str]) -> "LatentFormat":
        """The same with the preview colours that a file states for its own autoencoder, where it does.

        `latent_rgb_factors` is a JSON list of a row of three for each channel, `latent_rgb_bias` a list of three.
        """
        if "latent_rgb_factors" not in metadata:
            return self
        factors = tuple((float(r), float(g), float(b)) for r, g, b in json.loads(metadata["latent_rgb_factors"]))
        red, green, blue = json.loads(metadata.get("latent_rgb_bias", "[0, 0, 0]"))
        return replace(self, rgb_factors=factors, rgb_bias=(float(red), float(green), float(blue)))


def _per_channel(numbers: tuple[float, ...], latent: torch.Tensor) -> torch.Tensor:
    return torch.tensor(numbers, dtype=latent.dtype, device=latent.device).reshape(1, -1, 1, 1)


STABLE_DIFFUSION_1 = LatentFormat(
    scale=0.18215,
    channels=4,
    # A least-squares fit, known since the first latent previews.
    rgb_factors=(
        (0.3512, 0.2297, 0.3227),
        (0.3250, 0.4974, 0.2350),
        (-0.2829, 0.1762, 0.2721),
        (-0.2120, -0.2616, -0.7177),
    ),
)

STABLE_DIFFUSION_XL = LatentFormat(
    scale=0.13025,
    channels=4,
    rgb_factors=(
        (0.3651, 0.4232, 0.4341),
        (-0.2533, -0.0042, 0.1068),
        (0.1076, 0.1111, -0.0362),
        (-0.3165, -0.2492, -0.2188),
    ),
    rgb_bias=(0.1084, -0.0175, -0.0011),
)

# The four times upscaler of Stable Diffusion 2 has an autoencoder of its own, of a quarter of the picture's side.
UPSCALER = replace(STABLE_DIFFUSION_1, scale=0.08333)

# Playground 2.5 has Stable Diffusion XL's autoencoder but sees its latents normalised (Li et al. 2024).
PLAYGROUND = replace(
    STABLE_DIFFUSION_XL,
    scale=0.5,
    mean=(-1.6574, 1.886, -1.383, 2.5155),
    deviation=(8.4927, 5.9022, 6.5498, 5.2299),
)
