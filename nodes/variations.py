"""Nodes that sample between two seeds, picture by picture, and by the names of AUTOMATIC1111's web UI."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import torch

from comfy.sampling import Step
from comfy.sampling.each import Request, Seeds, sample_each, sample_with_seeds
from nodes.declare import node
from nodes.fitting import fit_conditioning, fit_latent
from nodes.generation import EACH_ITS_SEED
from nodes.needs import need
from nodes.sampler_labels import read_label, sampler_labels
from nodes.sampling import Cfg, SamplerName, SchedulerName, Steps, report_steps
from nodes.types import Conditioning, Fraction, Latent, Model, Noise
from nodes.widgets import OPTIONAL, Choice, Name, Number, Socket, Tip

AnySeed = Annotated[
    int, Number(0, -1, 2**64 - 1, control_after_generate=True), Tip("-1 draws one; pictures carry the one drawn.")
]
PER_PICTURE, WHOLE_BATCH = EACH_ITS_SEED, "whole batch from one seed"
EXACT, SCALED = "exact", "strength × steps"
SamplerText = Annotated[str, Socket("COMBO")]


@node("sampling", display_name="KSampler (Variations)")
class KSamplerVariations:
    """Denoise latents with a seed for each picture, variations of a seed, and steps counted either way.

    Picture i of a batch is the one that seed + i gives alone, so that any of them can be made again by itself. With a
    variation strength the seed stays and the variation seed counts on.
    """

    def sample(
        self,
        model: Model,
        seed: AnySeed,
        steps: Steps,
        cfg: Cfg,
        sampler_name: SamplerName,
        scheduler: SchedulerName,
        positive: Conditioning,
        negative: Conditioning,
        latent_image: Latent,
        denoise: Annotated[Fraction, Tip("0.2–0.4 changes a little, 0.4–0.7 clearly, 0.7–1 nearly everything.")] = 1.0,
        variation_seed: Annotated[AnySeed, OPTIONAL] = 0,
        variation_strength: Annotated[Fraction, Number(0.0), Tip("How far to go to the other seed."), OPTIONAL] = 0,
        noise: Annotated[str, Choice((PER_PICTURE, WHOLE_BATCH)), OPTIONAL] = PER_PICTURE,
        steps_mode: Annotated[
            str, Choice((EXACT, SCALED)), Tip("Whether a lower denoise takes all steps, or so much fewer."), OPTIONAL
        ] = EXACT,
        keep_every: Annotated[
            int,
            Number(0, 0, 1000),
            Tip("Give the estimate of every so many steps as intermediates; 0 gives none."),
            OPTIONAL,
        ] = 0,
    ) -> tuple[Latent, Annotated[Latent, Name("intermediates"), Tip("Decode and save these to see the steps.")]]:
        fit_conditioning(need(model, "model"), positive=positive, negative=negative)
        latent = fit_latent(model, latent_image)
        request = Request(
            model, sampler_name, scheduler, steps, cfg, positive, negative, denoise, counts_exactly=steps_mode == EXACT
        )
        kept = _Intermediates(report_steps(model), keep_every, model.latent_format.scale)
        sample = sample_each if noise == PER_PICTURE else sample_with_seeds
        sampled = sample(request, Seeds(seed, variation_seed, variation_strength), latent, kept)
        return sampled, {"samples": torch.cat(kept.estimates) if kept.estimates else sampled["samples"]}


class _Intermediates:
    """Passes steps on and keeps the clean estimate of every so many."""

    def __init__(self, on_step: Callable[[Step], Any], every: int, scale: float) -> None:
        self._on_step, self._every, self._scale = on_step, every, scale
        self.estimates: list[torch.Tensor] = []

    def __call__(self, step: Step) -> None:
        self._on_step(step)
        if self._every and step.index % self._every == 0:
            self.estimates.append((step.denoised / self._scale).to("cpu", torch.float32))


@node("sampling/custom_sampling/noise", display_name="Variation Noise")
class VariationNoise:
    """Noise on the way from one seed's to another's, for samplers put together by hand."""

    def get_noise(
        self,
        noise_seed: AnySeed,
        variation_seed: Annotated[AnySeed, OPTIONAL] = 0,
        variation_strength: Annotated[float, Number(0.1), OPTIONAL] = 0.1,
    ) -> Noise:
        return _BetweenSeeds(Seeds(noise_seed, variation_seed, variation_strength))


@dataclass(frozen=True)
class _BetweenSeeds:
    seeds: Seeds

    @property
    def seed(self) -> int:
        return self.seeds.seed

    def generate_noise(self, latent: dict[str, Any]) -> torch.Tensor:
        return self.seeds.noise(tuple(latent["samples"].shape), latent.get("batch_index"))


@node("sampling", display_name="Sampler by A1111 Name")
class SamplerByLabel:
    """A sampler and a scheduler by the name that AUTOMATIC1111's web UI gives them."""

    def choose(
        self, name: Annotated[str, Choice(sampler_labels, default="Euler a")]
    ) -> tuple[Annotated[SamplerText, Name("sampler_name")], Annotated[SamplerText, Name("scheduler")]]:
        chosen = read_label(name)
        return chosen.sampler, chosen.scheduler
