"""Nodes from which a sampler is put together: noise, guiders, sigmas, and the nodes that run them."""

from math import inf
from typing import Annotated

from comfy import custom_sampling as ops
from comfy.custom_sampling import GuidedModel, NoNoise, SeededNoise
from comfy.sampling import BasicGuider as UnguidedGuider
from comfy.sampling import CfgGuider, DualCfgGuider, Sampled, run
from nodes.declare import node
from nodes.fitting import fit_conditioning, fit_latent
from nodes.needs import need
from nodes.sampling import Cfg, report_steps
from nodes.types import Conditioning, Guider, Latent, Model, Noise, Sampler, Seed, Sigmas
from nodes.widgets import Choice, Name, Number, Socket, Tip, Toggle

Output = Annotated[Latent, Name("output"), Tip("What the last step left.")]
DenoisedOutput = Annotated[Latent, Name("denoised_output"), Tip("The last estimate of the clean picture.")]
HighSigmas = Annotated[Sigmas, Name("high_sigmas")]
LowSigmas = Annotated[Sigmas, Name("low_sigmas")]


@node("sampling/custom_sampling")
class SamplerCustom:
    """Denoise a latent with a sampler and sigmas of your own."""

    def sample(
        self,
        model: Model,
        add_noise: Annotated[bool, Toggle(True)],
        noise_seed: Seed,
        cfg: Cfg,
        positive: Conditioning,
        negative: Conditioning,
        sampler: Sampler,
        sigmas: Sigmas,
        latent_image: Latent,
    ) -> tuple[Output, DenoisedOutput]:
        guided = GuidedModel(need(model, "model"), CfgGuider(positive, negative, cfg))
        noise = SeededNoise(noise_seed) if add_noise else NoNoise(noise_seed)
        return _sample(noise, guided, sampler, sigmas, latent_image)


@node("sampling/custom_sampling")
class SamplerCustomAdvanced:
    """Denoise a latent with noise, guider, sampler and sigmas of your own."""

    def sample(
        self, noise: Noise, guider: Guider, sampler: Sampler, sigmas: Sigmas, latent_image: Latent
    ) -> tuple[Output, DenoisedOutput]:
        return _sample(noise, guider, sampler, sigmas, latent_image)


def _sample(noise: Noise, guided: Guider, sampler: Sampler, sigmas: Sigmas, latent: Latent) -> tuple[Latent, Latent]:
    fit_conditioning(guided.model, **guided.guider.conditionings)
    latent = fit_latent(guided.model, latent)
    sampled: Sampled = run(
        guided.model,
        guided.guider,
        sampler,
        sigmas,
        latent,
        seed=noise.seed,
        noise=noise.generate_noise(latent),
        on_step=report_steps(guided.model),
    )
    return sampled.latent, sampled.denoised


@node("sampling/custom_sampling/noise")
class RandomNoise:
    """Noise from a seed."""

    def get_noise(self, noise_seed: Seed) -> Noise:
        return SeededNoise(noise_seed)


@node("sampling/custom_sampling/noise")
class DisableNoise:
    """No noise, for latents that have theirs already."""

    def get_noise(self) -> Noise:
        return NoNoise()


@node("_for_testing/custom_sampling/noise")
class AddNoise:
    """Add the noise between the first and the last sigma to a latent."""

    def add_noise(self, model: Model, noise: Noise, sigmas: Sigmas, latent_image: Latent) -> Latent:
        return ops.add_noise(need(model, "model"), noise, sigmas, latent_image)


@node("sampling/custom_sampling/guiders")
class BasicGuider:
    """Follow one conditioning, as distilled models want it."""

    def get_guider(self, model: Model, conditioning: Conditioning) -> Guider:
        return GuidedModel(need(model, "model"), UnguidedGuider(conditioning))


@node("sampling/custom_sampling/guiders")
class CFGGuider:
    """Follow the positive conditioning, away from the negative one."""

    def get_guider(self, model: Model, positive: Conditioning, negative: Conditioning, cfg: Cfg) -> Guider:
        return GuidedModel(need(model, "model"), CfgGuider(positive, negative, cfg))


@node("sampling/custom_sampling/guiders")
class DualCFGGuider:
    """Follow two conditionings, one past the other, away from the negative one."""

    def get_guider(
        self,
        model: Model,
        cond1: Conditioning,
        cond2: Conditioning,
        negative: Conditioning,
        cfg_conds: Annotated[Cfg, Tip("From the second to the first.")],
        cfg_cond2_negative: Annotated[Cfg, Tip("From the negative to the second.")],
        style: Annotated[str, Choice(("regular", "nested"))],
    ) -> Guider:
        guider = DualCfgGuider(cond1, cond2, negative, cfg_conds, cfg_cond2_negative, style == "nested")
        return GuidedModel(need(model, "model"), guider)


@node("sampling/custom_sampling/sigmas")
class SplitSigmas:
    """Cut sigmas in two at a step."""

    def get_sigmas(self, sigmas: Sigmas, step: Annotated[int, Number(0, 0, 10_000)]) -> tuple[HighSigmas, LowSigmas]:
        return ops.split_at(sigmas, step)


@node("sampling/custom_sampling/sigmas")
class SplitSigmasDenoise:
    """Cut sigmas in two so that the second part is a share of the steps."""

    def get_sigmas(self, sigmas: Sigmas, denoise: Annotated[float, Number(1.0)]) -> tuple[HighSigmas, LowSigmas]:
        return ops.split_by_denoise(sigmas, denoise)


@node("sampling/custom_sampling/sigmas")
class FlipSigmas:
    """Turn sigmas round, to go back from a picture to the noise that would make it."""

    def get_sigmas(self, sigmas: Sigmas) -> Sigmas:
        return ops.flip(sigmas)


@node("sampling/custom_sampling/sigmas")
class SetFirstSigma:
    """Begin with another sigma."""

    def set_first_sigma(
        self, sigmas: Sigmas, sigma: Annotated[float, Number(136.0, 0.0, 20_000.0, step=0.001, round=False)]
    ) -> Sigmas:
        return ops.with_first(sigmas, sigma)


@node("sampling/custom_sampling/sigmas")
class ExtendIntermediateSigmas:
    """Cut the steps between two sigmas into smaller ones."""

    def extend(
        self,
        sigmas: Sigmas,
        steps: Annotated[int, Number(2, 1, 100)],
        start_at_sigma: Annotated[float, Number(-1.0, -1.0, 20_000.0, round=False), Tip("-1 is from the start.")],
        end_at_sigma: Annotated[float, Number(12.0, 0.0, 20_000.0, round=False)],
        spacing: Annotated[str, Choice(tuple(ops.SPACINGS))],
    ) -> Sigmas:
        start = inf if start_at_sigma < 0 else start_at_sigma
        return ops.extended(sigmas, steps, start, end_at_sigma, spacing)


@node("sampling/custom_sampling/sigmas")
class SamplingPercentToSigma:
    """The noise level that is reached at a share of the way from noise to picture."""

    def get_sigma(
        self,
        model: Model,
        sampling_percent: Annotated[float, Number(0.0, step=0.0001)],
        return_actual_sigma: Annotated[
            bool, Toggle(False), Tip("At the very start give the highest level, not a number above all.")
        ],
    ) -> Annotated[float, Socket("FLOAT"), Name("sigma_value")]:
        levels = need(model, "model").levels
        if return_actual_sigma and sampling_percent == 0:
            return levels.sigma_max
        if return_actual_sigma and sampling_percent == 1:
            return levels.sigma_min
        return levels.sigma_at(sampling_percent)
