"""Everything that decides what the demo checkpoint becomes: sizes, steps and rates, one frozen value per machine."""

from __future__ import annotations

from dataclasses import dataclass, field

from comfy.models.autoencoder import AutoencoderConfig
from comfy.models.clip_text import ClipTextConfig
from comfy.models.unet import UNetConfig

LATENT_SCALE = 0.18215
LATENT_RGB = (  # Stable Diffusion 1's latents as red, green and blue, the map that every latent preview uses
    (0.3512, 0.2297, 0.3227),
    (0.3250, 0.4974, 0.2350),
    (-0.2829, 0.1762, 0.2721),
    (-0.2120, -0.2616, -0.7177),
)
TEXT_WIDTH = 128
BACKGROUNDS = {
    "red": (214, 48, 49),
    "orange": (245, 140, 40),
    "yellow": (250, 215, 60),
    "green": (60, 160, 70),
    "cyan": (70, 205, 215),
    "blue": (50, 95, 205),
    "purple": (135, 65, 175),
    "pink": (245, 155, 190),
    "brown": (125, 80, 50),
    "white": (255, 255, 255),
    "black": (12, 12, 12),
    "grey": (140, 140, 140),
}


@dataclass(frozen=True)
class Recipe:
    """One way of training the checkpoint. Sizes are in pixels, steps in batches."""

    size: int
    familiar_share: float  # of the pictures: those of things that a person names at a glance
    vae: AutoencoderConfig
    thumbnails: bool  # latents that are the picture at an eighth and no more, so that both stages can train at once
    vae_steps: int
    vae_batch: int
    unet: UNetConfig
    text_layers: int
    pictures: int
    steps: int
    batch: int
    ema: float
    bf16: bool
    vae_bf16: bool
    text_width: int = TEXT_WIDTH
    vae_rate: float = 4e-4
    rate: float = 1e-3
    warmup: int = 100
    kl_weight: float = 1e-3
    colour_weight: float = 0.05
    seed: int = 0
    empty_captions: float = 0.1
    backgrounds: dict[str, tuple[int, int, int]] = field(default_factory=lambda: dict(BACKGROUNDS))

    def text(self, vocabulary: int) -> ClipTextConfig:
        """The text encoder's sizes over a vocabulary of this many tokens."""
        return ClipTextConfig(
            width=self.text_width,
            layers=self.text_layers,
            heads=max(1, self.text_width // 64),
            intermediate=4 * self.text_width,
            vocabulary=vocabulary,
        )


def _unet(model_channels: int, channel_mult: tuple[int, ...], depth: tuple[int, ...]) -> UNetConfig:
    return UNetConfig(
        in_channels=4,
        out_channels=4,
        model_channels=model_channels,
        channel_mult=channel_mult,
        res_blocks=(1,) * len(channel_mult),
        transformer_depth=depth,
        middle_depth=1,
        context_dim=TEXT_WIDTH,
    )


# Two CPU cores, three hours, a core for each stage.
CPU = Recipe(
    size=128,
    familiar_share=0.7,
    vae=AutoencoderConfig(channels=96, multipliers=(1, 1, 1, 1), res_blocks=1),
    thumbnails=True,
    vae_steps=7_600,
    vae_batch=8,
    unet=_unet(64, (1, 1, 2, 2), (0, 1, 1, 1)),
    text_layers=2,
    pictures=100_000,
    steps=11_000,
    batch=32,
    ema=0.998,
    bf16=False,
    vae_bf16=True,
    vae_rate=1e-3,
)

# One data-centre GPU, half an hour: every emoji.
GPU = Recipe(
    size=256,
    familiar_share=0.3,
    vae=AutoencoderConfig(channels=96, multipliers=(1, 1, 1, 1), res_blocks=1),
    thumbnails=False,
    vae_steps=12_000,
    vae_batch=32,
    unet=_unet(128, (1, 1, 1), (0, 1, 1)),
    text_layers=4,
    pictures=120_000,
    steps=40_000,
    batch=256,
    ema=0.9995,
    bf16=True,
    vae_bf16=True,
)

RECIPES = {"cpu": CPU, "gpu": GPU}
