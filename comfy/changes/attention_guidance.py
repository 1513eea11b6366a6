"""Guidance away from what a model makes when its self-attention is spoilt, or when it is shown a blurred picture."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from comfy.models.attention import split_heads
from comfy.models.changed_unet import Attend, Between, Inputs, Kind, Place
from comfy.models.spatial_transformer import CrossAttention
from comfy.sampling.asking import Asking
from comfy.sampling.guidance_rules import After, Estimates

if TYPE_CHECKING:
    from comfy.diffusion_model import DiffusionModel


BLUR_KERNEL = 9
SMALLEST_SIDE = 4
"""Latents no larger than this are not blurred."""

THRESHOLD = 1.0
"""Positions that receive more attention than this are blurred (Hong et al. 2023)."""


def is_first_of_middle(place: Place, kind: Kind) -> bool:
    return kind == "self" and place.part == "middle" and place.block == 0


class Perturbing(Between):
    """Every position of the middle attends to itself alone (Ahn et al. 2024)."""

    def attention(self, place: Place, kind: Kind, layer: CrossAttention, inputs: Inputs, attend: Attend) -> Tensor:
        if not is_first_of_middle(place, kind):
            return attend(*inputs)
        out: Tensor = layer.to_out(layer.to_v(inputs[2]))
        return out


def perturbed_attention(scale: float) -> After:
    """Guide by the difference to what the perturbed model makes of the positive conditioning."""

    def after(seen: Estimates, guided: Tensor) -> Tensor:
        if scale == 0:
            return guided
        model = seen.predict.model
        perturbed = model.clone_with(changes=(*model.changes, lambda asking: Perturbing()))
        (spoilt,) = seen.predict.asking(perturbed)(seen.x, seen.sigma, ["positive"])
        return guided + (seen.positive - spoilt) * scale

    return after


@dataclass(eq=False)
class Recorder:
    """Keeps how much attention each position of the middle received in the last call, under the negative text."""

    received: Tensor | None = field(default=None)  # [B, H, W]

    def __call__(self, asking: Asking) -> Between | None:
        rows = asking.batch.rows("negative")
        return _Recording(self, rows[0]) if rows else None


class _Recording(Between):
    def __init__(self, recorder: Recorder, rows: slice) -> None:
        self._recorder, self._rows = recorder, rows

    def attention(self, place: Place, kind: Kind, layer: CrossAttention, inputs: Inputs, attend: Attend) -> Tensor:
        if is_first_of_middle(place, kind):
            q = split_heads(layer.to_q(inputs[0][self._rows]), layer.heads)
            k = split_heads(layer.to_k(inputs[1][self._rows]), layer.heads)
            shares = (q.float() @ k.float().mT / math.sqrt(q.shape[-1])).softmax(dim=-1)  # [B, heads, asks, answers]
            self._recorder.received = shares.mean(1).sum(1).unflatten(-1, place.shape[-2:])
        return attend(*inputs)


def self_attention_guided(model: "DiffusionModel", scale: float, blur_sigma: float) -> "DiffusionModel":
    """The model guided away from what it makes of a picture blurred where it attends most (Hong et al. 2023)."""
    recorder = Recorder()

    def after(seen: Estimates, guided: Tensor) -> Tensor:
        received = recorder.received
        if received is None or min(guided.shape[2:]) <= SMALLEST_SIDE:
            return guided
        mask = F.interpolate((received > THRESHOLD).to(guided)[:, None], guided.shape[-2:])
        degraded = torch.lerp(seen.negative, blur(seen.negative, blur_sigma), mask)
        (made,) = seen.predict(degraded + seen.x - seen.negative, seen.sigma, ["negative"])
        return guided + (degraded - made) * scale

    guidance = model.guidance.with_after(after, needs_negative=True)
    return model.clone_with(guidance=guidance, changes=(*model.changes, recorder))


def blur(x: Tensor, sigma: float) -> Tensor:
    """A latent [B, C, h, w] under a Gaussian of nine pixels, mirrored at the edges."""
    places = torch.arange(BLUR_KERNEL, dtype=x.dtype, device=x.device) - BLUR_KERNEL // 2
    kernel = (-0.5 * (places / max(sigma, 1e-6)) ** 2).exp()
    kernel = kernel / kernel.sum()
    square = torch.outer(kernel, kernel).expand(x.shape[1], 1, -1, -1)
    return F.conv2d(F.pad(x, [BLUR_KERNEL // 2] * 4, mode="reflect"), square, groups=x.shape[1])
