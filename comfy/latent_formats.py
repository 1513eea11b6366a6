"""How a model family's latents relate to pictures: their scale, and a rough colour for previews."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

Rows = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class LatentFormat:
    """Latents are multiplied by `scale` on their way into the model; red, green and blue are linear in its channels."""

    scale: float
    channels: int
    rgb_factors: Rows
    rgb_bias: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def with_metadata(self, metadata: Mapping[str, str]) -> "LatentFormat":
        """The same with the preview colours that a file states for its own autoencoder, where it does.

        `latent_rgb_factors` is a JSON list of a row of three for each channel, `latent_rgb_bias` a list of three.
        """
        if "latent_rgb_factors" not in metadata:
            return self
        factors = tuple((float(r), float(g), float(b)) for r, g, b in json.loads(metadata["latent_rgb_factors"]))
        red, green, blue = json.loads(metadata.get("latent_rgb_bias", "[0, 0, 0]"))
        return replace(self, rgb_factors=factors, rgb_bias=(float(red), float(green), float(blue)))


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
