"""Sampling a batch picture by picture, each as if it were alone, and noise that lies between two seeds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from comfy.sampling.conditions import Conditioning
from comfy.sampling.guidance import CfgGuider
from comfy.sampling.noise import SEEDS, initial_noise
from comfy.sampling.prediction import Model
from comfy.sampling.registry import Sampler
from comfy.sampling.run import OnStep, Step, run
from comfy.sampling.sample import find_sampler, make_sigmas

NEARLY_EQUAL = 0.9995
"""Noises whose mean cosine is above this are mixed linearly."""


@dataclass(frozen=True)
class Seeds:
    """A seed, and how far to go from its noise to that of another: 0 not at all, 1 all the way."""

    seed: int
    variation_seed: int = 0
    strength: float = 0.0

    def of_item(self, place: int) -> "Seeds":
        """The seeds of a place in a batch: one more for each; with a variation, that one counts on instead."""
        if self.strength > 0:
            return replace(self, variation_seed=(self.variation_seed + place) % SEEDS)
        return replace(self, seed=(self.seed + place) % SEEDS)

    def noise(self, shape: tuple[int, ...], batch_index: list[int] | None = None) -> torch.Tensor:
        """Unit-variance noise [B, C, h, w]."""
        noise = initial_noise(shape, self.seed, batch_index)
        if self.strength <= 0:
            return noise
        other = initial_noise(shape, self.variation_seed, batch_index)
        return torch.stack([turned(*pair, self.strength) for pair in zip(noise, other, strict=True)])


def turned(noise: torch.Tensor, other: torch.Tensor, share: float) -> torch.Tensor:
    """Noise [C, h, w] turned towards other noise column by column, as AUTOMATIC1111's web UI does for variations."""
    unit, other_unit = noise / noise.norm(dim=1, keepdim=True), other / other.norm(dim=1, keepdim=True)
    cosine = (unit * other_unit).sum(dim=1, keepdim=True)
    if cosine.mean() > NEARLY_EQUAL:
        return noise * (1 - share) + other * share
    angle = cosine.acos()
    return (((1 - share) * angle).sin() * noise + (share * angle).sin() * other) / angle.sin()


def planned_sigmas(
    model: Model, sampler: Sampler, scheduler: str, steps: int, denoise: float, counts_exactly: bool
) -> torch.Tensor:
    """The sigmas of a run at a strength: of exactly `steps` steps, or of denoise × steps of them, rounded down."""
    if counts_exactly or denoise >= 1:
        return make_sigmas(model.levels, scheduler, steps, denoise, sampler.drops_penultimate)
    sigmas = make_sigmas(model.levels, scheduler, steps, 1.0, sampler.drops_penultimate)
    taken = int(round(denoise * steps, 6))  # 0.7 × 10 is a little below 7
    return sigmas[-(taken + 1) :] if taken else torch.empty(0)


@dataclass(frozen=True, eq=False)
class Request:
    """What a picture is to be sampled from, but for the latent and its noise."""

    model: Model
    sampler_name: str
    scheduler: str
    steps: int
    cfg: float
    positive: Conditioning
    negative: Conditioning
    denoise: float = 1.0
    counts_exactly: bool = True


def sample_with_seeds(
    request: Request, seeds: Seeds, latent: dict[str, Any], on_step: OnStep | None = None
) -> dict[str, Any]:
    """The whole batch at once, its noise from the seeds."""
    sampler = find_sampler(request.sampler_name)
    sigmas = planned_sigmas(
        request.model, sampler, request.scheduler, request.steps, request.denoise, request.counts_exactly
    )
    if len(sigmas) < 2:
        return dict(latent)
    noise = seeds.noise(tuple(latent["samples"].shape), latent.get("batch_index"))
    guider = CfgGuider(request.positive, request.negative, request.cfg)
    return run(request.model, guider, sampler, sigmas, latent, seed=seeds.seed, noise=noise, on_step=on_step).latent


def sample_each(
    request: Request, seeds: Seeds, latent: dict[str, Any], on_step: OnStep | None = None
) -> dict[str, Any]:
    """Every item of the batch by itself: item i is bit for bit the picture that seed + i gives alone.

    An item that remembers its place in an earlier batch counts from there.
    """
    count = len(latent["samples"])
    places = latent.get("batch_index") or list(range(count))
    sampled = []
    for index, item in enumerate(items_of(latent)):
        own = replace(request, positive=item_of(request.positive, index), negative=item_of(request.negative, index))
        told = on_step and _counted(on_step, index, count)
        sampled.append(sample_with_seeds(own, seeds.of_item(places[index]), item, told)["samples"])
    return {**latent, "samples": torch.cat(sampled)}


def items_of(latent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each item of a batch as a batch of one that remembers no place."""
    mask = latent.get("noise_mask")
    for index, samples in enumerate(latent["samples"].split(1)):
        item = {key: value for key, value in latent.items() if key not in ("batch_index", "noise_mask")}
        item["samples"] = samples
        if mask is not None:
            place = index % len(mask)
            item["noise_mask"] = mask[place : place + 1]
        yield item


def item_of(conditioning: Conditioning, index: int) -> list[list[Any]]:
    """A conditioning for one item of a batch: of texts for several items, its own."""

    def own(value: Any, length: int) -> Any:
        is_batch = isinstance(value, torch.Tensor) and value.ndim > 0 and len(value) == length
        place = index % length
        return value[place : place + 1] if is_batch else value

    return [
        [text, options]
        if len(text) == 1
        else [own(text, len(text)), {name: own(value, len(text)) for name, value in options.items()}]
        for text, options in conditioning
    ]


def _counted(on_step: OnStep, index: int, count: int) -> OnStep:
    """Tell of the steps of one item as steps of the whole batch."""

    def told(step: Step) -> None:
        on_step(replace(step, index=index * step.total + step.index, total=count * step.total))

    return told
