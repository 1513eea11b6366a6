"""Nodes that make pictures out of noise."""

from typing import Annotated, Any

from comfy.sampling import OnStep, sample, sampler_names, scheduler_names
from execution import progress
from nodes import options
from nodes.declare import node
from nodes.fitting import fit_conditioning, fit_latent
from nodes.needs import need
from nodes.step_reports import StepReports
from nodes.tiny_previews import drawn_by_taesd
from nodes.types import Conditioning, Fraction, Latent, Model, Seed
from nodes.widgets import Choice, Number, Tip

Steps = Annotated[int, Number(20, 1, 10_000)]
Cfg = Annotated[float, Number(8.0, 0.0, 100.0, step=0.1, round=0.01)]
SamplerName = Annotated[str, Choice(sampler_names)]
SchedulerName = Annotated[str, Choice(scheduler_names)]


@node("sampling")
class KSampler:
    """Denoise a latent with a model, steered by a positive and a negative conditioning."""

    def sample(
        self,
        model: Annotated[Model, Tip("The model that removes the noise.")],
        seed: Annotated[Seed, Tip("Which noise to begin with; the same seed gives the same picture.")],
        steps: Annotated[Steps, Tip("In how many steps the noise is removed.")],
        cfg: Annotated[
            Cfg, Tip("How closely to follow the prompt: 1 ignores the negative prompt, high values look burnt.")
        ],
        sampler_name: Annotated[SamplerName, Tip("How to step from one noise level to the next.")],
        scheduler: Annotated[SchedulerName, Tip("Which noise levels to visit.")],
        positive: Annotated[Conditioning, Tip("What the picture should show.")],
        negative: Annotated[Conditioning, Tip("What the picture should not show.")],
        latent_image: Annotated[Latent, Tip("What to begin with: an empty latent, or a picture to change.")],
        denoise: Annotated[Fraction, Tip("How much of the latent to replace; lower keeps more of a picture.")] = 1.0,
    ) -> Annotated[Latent, Tip("The denoised latent.")]:
        return sample_as_told(
            need(model, "model"),
            positive,
            negative,
            latent_image,
            seed=seed,
            steps=steps,
            cfg=cfg,
            sampler_name=sampler_name,
            scheduler=scheduler,
            denoise=denoise,
        )


@node("sampling", display_name="KSampler (Advanced)")
class KSamplerAdvanced:
    """Take only some steps of a schedule, so that several samplers can share the work."""

    def sample(
        self,
        model: Model,
        add_noise: Annotated[str, Choice(("enable", "disable")), Tip("Off when the latent is still noisy.")],
        noise_seed: Seed,
        steps: Annotated[Steps, Tip("How many steps the whole schedule has.")],
        cfg: Cfg,
        sampler_name: SamplerName,
        scheduler: SchedulerName,
        positive: Conditioning,
        negative: Conditioning,
        latent_image: Latent,
        start_at_step: Annotated[int, Number(0, 0, 10_000)],
        end_at_step: Annotated[int, Number(10_000, 0, 10_000)],
        return_with_leftover_noise: Annotated[
            str, Choice(("disable", "enable")), Tip("On when another sampler takes the remaining steps.")
        ],
    ) -> Latent:
        return sample_as_told(
            need(model, "model"),
            positive,
            negative,
            latent_image,
            seed=noise_seed,
            steps=steps,
            cfg=cfg,
            sampler_name=sampler_name,
            scheduler=scheduler,
            start_step=start_at_step,
            end_step=end_at_step,
            add_noise=add_noise == "enable",
            return_leftover_noise=return_with_leftover_noise == "enable",
        )


def sample_as_told(
    model: Model, positive: Conditioning, negative: Conditioning, latent: Latent, **settings: Any
) -> dict[str, Any]:
    """What `sample` makes by these settings of its, told of to whoever watches; what does not fit the model is said."""
    fit_conditioning(model, positive=positive, negative=negative)
    return sample(
        model,
        positive=positive,
        negative=negative,
        latent=fit_latent(model, latent),
        on_step=report_steps(model),
        **settings,
    )


def report_steps(model: Model) -> OnStep:
    """Tells whoever watches this node of every step, and ends the run once the prompt is cancelled."""
    flags = options.current()
    return StepReports(
        progress.current(),
        model.latent_format,
        shows_previews=flags.preview_method != "none",
        largest_side=flags.preview_size,
        drawn=drawn_by_taesd(model.latent_format) if flags.preview_method == "taesd" else None,
    )
