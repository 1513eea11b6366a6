"""One run of a sampler: from a latent and noise, along a list of sigmas, to a clean latent."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F

from comfy.devices import compute_device
from comfy.sampling.asking import AroundRun, AroundStep, MakeStep, Model
from comfy.sampling.canvas import Canvas
from comfy.sampling.conditions import prepare_conditions
from comfy.sampling.guidance import Guider
from comfy.sampling.levels import NoiseLevels
from comfy.sampling.noise import SEEDS
from comfy.sampling.prediction import Predictor
from comfy.sampling.registry import Denoise, Sampler


@dataclass(frozen=True, eq=False)
class Step:
    """What one step of a sampler saw; the tensors are the sampler's own and must not be changed.

    `index` counts from 0; `total` is how many steps were planned. `denoised` and `x` are [B, C, h, w], scaled as the
    model sees latents.
    """

    index: int
    total: int
    sigma: float
    denoised: torch.Tensor
    x: torch.Tensor


OnStep = Callable[[Step], None]
"""Told of every step; raising ends the run."""


@dataclass(frozen=True, eq=False)
class Task:
    """What a run is given, as `run` says it."""

    model: Model
    guider: Guider
    sampler: Sampler
    sigmas: torch.Tensor
    latent: dict[str, Any]
    seed: int
    noise: torch.Tensor | None
    on_step: OnStep | None = None


@dataclass(frozen=True, eq=False)
class Sampled:
    """A finished run: the latent, and the last clean estimate on the way there, both as latents to pass on."""

    latent: dict[str, Any]
    denoised: dict[str, Any]


MaskAt = Callable[[float], torch.Tensor]
"""The inpaint mask at a sigma."""


class _Denoise:
    """The guided model as samplers see it."""

    def __init__(self, guider: Guider, predict: Predictor) -> None:
        self.guider, self.predict, self.levels = guider, predict, predict.levels

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        step: MakeStep = partial(self.guider.guide, self.predict)
        for around in self.predict.model.around_step:
            step = partial(_step_through, around, self.levels, step)
        return step(x, sigma)

    def both(self, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
        return self.guider.guide_both(self.predict, x, sigma)

    def asking(self, model: Model) -> "_Denoise":
        return _Denoise(self.guider, self.predict.asking(model))


def _step_through(
    around: AroundStep, levels: NoiseLevels, step: MakeStep, x: torch.Tensor, sigma: float
) -> torch.Tensor:
    return around(x, sigma, levels, step)


class _MaskedDenoise:
    """The same with an inpaint mask: outside it the picture stays the original at every noise level."""

    def __init__(self, inner: Denoise, mask_at: MaskAt, original: torch.Tensor, noise: torch.Tensor) -> None:
        self.inner, self.levels = inner, inner.levels
        self.mask_at, self.original, self.noise = mask_at, original, noise

    def asking(self, model: Model) -> "_MaskedDenoise":
        other = copy(self)
        other.inner = self.inner.asking(model)
        return other

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        mask = self.mask_at(sigma)
        return self.inner(self._renoise(x, mask, sigma), sigma) * mask + self.original * (1 - mask)

    def both(self, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
        mask = self.mask_at(sigma)
        denoised, unguided = self.inner.both(self._renoise(x, mask, sigma), sigma)
        return denoised * mask + self.original * (1 - mask), unguided

    def _renoise(self, x: torch.Tensor, mask: torch.Tensor, sigma: float) -> torch.Tensor:
        return x * mask + (self.original + self.noise * sigma) * (1 - mask)


class _Reporter:
    """Counts the steps, tells of them, and keeps the last clean estimate."""

    def __init__(self, total: int, first: torch.Tensor, on_step: OnStep | None) -> None:
        self.index, self.total, self.last, self.on_step = 0, total, first, on_step

    def __call__(self, x: torch.Tensor, sigma: float, denoised: torch.Tensor) -> None:
        self.last = denoised
        if self.on_step is not None:
            # A sampler that chooses its own steps may take more than were planned.
            self.on_step(Step(self.index, max(self.total, self.index + 1), sigma, denoised, x))
        self.index += 1


@torch.no_grad()
def run(
    model: Model,
    guider: Guider,
    sampler: Sampler,
    sigmas: torch.Tensor | Sequence[float],
    latent: dict[str, Any],
    *,
    seed: int,
    noise: torch.Tensor | None,
    on_step: OnStep | None = None,
) -> Sampled:
    """Sample along falling sigmas and return the latent, its other keys kept, on the CPU in float32.

    `noise` is the first noise, [B, C, h, w] with unit variance, or None for none; `seed` feeds the sampler's own.
    """
    sigmas = torch.as_tensor(sigmas, dtype=torch.float32)
    if len(sigmas) < 2:
        return Sampled(dict(latent), dict(latent))
    go: Callable[[Task], Sampled] = _run
    for around in model.around_run():
        go = partial(_run_through, around, go)
    return go(Task(model, guider, sampler, sigmas, latent, seed, noise, on_step))


def _run_through(around: AroundRun, go: Callable[[Task], Sampled], task: Task) -> Sampled:
    sampled: Sampled = around(task, go)
    return sampled


def _run(task: Task) -> Sampled:
    model, guider, sampler, latent, seed = task.model.for_run(), task.guider, task.sampler, task.latent, task.seed
    sigmas, noise = task.sigmas.tolist(), task.noise
    device, latent_format = compute_device(), model.latent_format
    original = latent["samples"].to(device, torch.float32)
    if original.count_nonzero() > 0:
        original = latent_format.into_model(original)
    noise = torch.zeros_like(original) if noise is None else noise.to(device, torch.float32)
    report = _Reporter(len(sigmas) - 1, original, task.on_step)
    with model.prepare():
        mask = fit_mask(latent.get("noise_mask"), original.shape, device)
        canvas = Canvas(original, noise, mask, seed)
        conditionings = {**guider.conditionings, **model.guidance.conditionings}
        conditions = prepare_conditions(conditionings, canvas.height, canvas.width, model.levels, device)
        denoise: Denoise = _Denoise(guider, Predictor(model, conditions, canvas))
        if mask is not None:
            kept_noise = _own_noise(noise, seed) if sampler.redraws_mask_noise else noise
            denoise = _MaskedDenoise(denoise, _mask_at(model, mask, sigmas), original, kept_noise)
        x = sampler.run(denoise, report, _start(original, noise, sigmas[0], model.levels), sigmas, seed)
    return Sampled(
        {**latent, "samples": latent_format.out_of_model(x).to("cpu", torch.float32)},
        {**latent, "samples": latent_format.out_of_model(report.last).to("cpu", torch.float32)},
    )


def _mask_at(model: Model, mask: torch.Tensor, sigmas: Sequence[float]) -> MaskAt:
    rule = model.mask_rule
    return (lambda sigma: mask) if rule is None else (lambda sigma: rule(mask, sigma, sigmas, model.levels))


def _start(original: torch.Tensor, noise: torch.Tensor, sigma: float, levels: NoiseLevels) -> torch.Tensor:
    """The noisy latent at the first sigma; at the highest level the noise has the variance of picture and noise."""
    is_highest = sigma > levels.sigma_max or abs(sigma - levels.sigma_max) <= 1e-5 * levels.sigma_max
    return original + noise * ((1 + sigma**2) ** 0.5 if is_highest else sigma)


def _own_noise(noise: torch.Tensor, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed((seed + 1) % SEEDS)
    return torch.randn(noise.shape, generator=generator).to(noise)


def fit_mask(mask: torch.Tensor | None, shape: Sequence[int], device: torch.device) -> torch.Tensor | None:
    """An inpaint mask, [n, h, w] or [n, 1, h, w], as [B, 1, h, w] on the latent's grid; 1 means change here."""
    if mask is None:
        return None
    batch, height, width = shape[0], shape[-2], shape[-1]
    mask = mask.reshape(-1, 1, *mask.shape[-2:]).to(device, torch.float32)
    mask = F.interpolate(mask, size=(height, width), mode="bilinear")
    return mask.repeat(-(-batch // len(mask)), 1, 1, 1)[:batch]
