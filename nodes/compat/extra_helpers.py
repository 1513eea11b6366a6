"""Functions that packs import from `comfy_extras`, done by Skein's own."""

from collections.abc import Sequence

import torch
from torch import Tensor

from comfy import compositing, latent_math
from comfy.changes.freeu import scale_low_frequencies
from comfy.sampling.guidance_rules import perpendicular_negative
from comfy.sampling.levels import stable_diffusion_levels
from comfy.sampling.schedules import ALIGNED, interpolated
from nodes.compat.model_sampling import EPS, ModelSamplingDiscrete

NOISE_LEVELS = {name: list(levels) for name, levels in ALIGNED.items()}


def composite(
    destination: Tensor,
    source: Tensor,
    x: int,
    y: int,
    mask: Tensor | None = None,
    multiplier: int = 8,
    resize_source: bool = False,
) -> Tensor:
    """The destination [B, C, H, W] with the source at x, y, which count in pixels of `multiplier` for one here."""
    height, width = source.shape[-2:]
    # A source that lies beyond the destination still touches its edge.
    left = max(-width * multiplier, min(x, destination.shape[-1] * multiplier)) // multiplier
    top = max(-height * multiplier, min(y, destination.shape[-2] * multiplier)) // multiplier
    return compositing.overlay(destination, source, left, top, mask, is_resized=resize_source)


def gaussian_kernel(kernel_size: int, sigma: float, device: torch.device | str | None = None) -> Tensor:
    """Weights [n, n] of a bell curve over a square from -1 to 1; together they are 1."""
    along = torch.linspace(-1, 1, kernel_size, device=device)
    bell = torch.exp(-(along[:, None] ** 2 + along[None, :] ** 2) / (2 * sigma * sigma))
    return bell / bell.sum()


def reshape_latent_to(target_shape: Sequence[int], latent: Tensor, repeat_batch: bool = True) -> Tensor:
    """A latent [B, C, h, w] at the height and width of a shape, and with as many items."""
    like = torch.empty(tuple(target_shape), device="meta")
    return latent_math.fitted(latent, like) if repeat_batch else latent_math.resized(latent, like)


def loglinear_interp(t_steps: Sequence[float], num_steps: int) -> list[float]:
    """So many sigmas between the same ends, linear in log sigma."""
    return interpolated(t_steps, num_steps - 1)


def perp_neg(
    x: Tensor,
    noise_pred_pos: Tensor,
    noise_pred_neg: Tensor,
    noise_pred_nocond: Tensor,
    neg_scale: float,
    cond_scale: float,
) -> Tensor:
    """The estimate that is guided by what of the negative one is perpendicular to the positive one."""
    return perpendicular_negative(noise_pred_pos, noise_pred_neg, noise_pred_nocond, neg_scale, cond_scale)


def Fourier_filter(x: Tensor, threshold: int, scale: float) -> Tensor:  # noqa: N802 - packs name it
    """A feature map [B, C, H, W] with frequencies up to a threshold times a factor."""
    return scale_low_frequencies(x, scale, threshold)


class LCM(EPS):
    """Mixed into levels: the model is a latent consistency model."""

    prediction = "lcm"


class ModelSamplingDiscreteDistilled(ModelSamplingDiscrete):
    """Levels of a model that was distilled to `original_timesteps` of Stable Diffusion's thousand."""

    original_timesteps = 50

    def __init__(self, model_config: object = None, zsnr: bool | None = None) -> None:
        super().__init__(model_config, zsnr)
        self.levels = self.levels.distilled(len(stable_diffusion_levels()) // self.original_timesteps)
