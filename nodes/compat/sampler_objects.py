"""Samplers as the objects that packs pass on: functions in k-diffusion's style, run by Skein's loop and by packs'."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import torch
from torch import Tensor

from comfy.sampling.registry import Denoise, Report
from comfy.sampling.registry import Sampler as SteppingRule
from nodes.compat import k_diffusion_sampling
from nodes.compat.inner_model import InnerModel
from nodes.compat.model_patcher import frozen
from nodes.compat.transformer_options import in_run


class ModelWrap:
    """The guided model as a sampler function in k-diffusion's style calls it."""

    def __init__(self, denoise: Denoise, seed: int) -> None:
        self.own_denoise = denoise
        self.seed = seed
        self.model_patcher = opened_of(denoise)
        self.model_options: Any = in_run(getattr(self.model_patcher, "model_options", {}))
        self.inner_model = self
        self._others: dict[int, tuple[Any, Denoise]] = {}

    @property
    def model_sampling(self) -> Any:
        return self.model_patcher.get_model_object("model_sampling")

    def __call__(
        self, x: Tensor, sigma: Tensor, model_options: Any = None, seed: int | None = None, **_: Any
    ) -> Tensor:
        """The guided clean estimate at a sigma for all rows; other model options are asked under where given."""
        denoise = self._under(self.model_options if model_options is None else model_options)
        return denoise(x, float(sigma.flatten()[0]))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(InnerModel(self.model_patcher), name)

    def _under(self, options: Any) -> Denoise:
        if options is self.model_options:
            return self.own_denoise
        if id(options) not in self._others:
            self._others[id(options)] = (options, self.own_denoise.asking(frozen(self.model_patcher, options)))
        return self._others[id(options)][1]


class Sampler:
    """A sampler; packs' own kinds override `sample`."""

    name = "pack"
    drops_penultimate = False
    redraws_mask_noise = False

    def sample(
        self,
        model_wrap: Any,
        sigmas: Tensor,
        extra_args: dict[str, Any],
        callback: Callable[..., Any] | None,
        noise: Tensor,
        latent_image: Tensor | None = None,
        denoise_mask: Tensor | None = None,
        disable_pbar: bool = False,
    ) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} must say how it samples.")

    def max_denoise(self, model_wrap: Any, sigmas: Tensor) -> bool:
        """Whether the sigmas begin at the model's highest level."""
        highest, first = float(model_wrap.inner_model.model_sampling.sigma_max), float(sigmas[0])
        return first > highest or abs(first - highest) <= 1e-5 * highest

    def run(self, denoise: Denoise, report: Report, x: Tensor, sigmas: list[float], seed: int) -> Tensor:
        """Sample as Skein's loop asks for it: the noisy latent is there already."""
        wrap = ModelWrap(denoise, seed)
        levels = torch.tensor(sigmas, device=x.device)
        amount = (1 + sigmas[0] ** 2) ** 0.5 if self.max_denoise(wrap, levels) else sigmas[0]
        extra_args = {"model_options": wrap.model_options, "seed": seed}
        callback = steps_to(report, sigmas)
        return self.sample(wrap, levels, extra_args, callback, x / amount, torch.zeros_like(x), None, True)


class KSAMPLER(Sampler):
    """A function in k-diffusion's style with its options."""

    def __init__(
        self,
        sampler_function: Callable[..., Tensor],
        extra_options: Mapping[str, Any] | None = None,
        inpaint_options: Mapping[str, Any] | None = None,
    ) -> None:
        self.sampler_function = sampler_function
        self.extra_options, self.inpaint_options = dict(extra_options or {}), dict(inpaint_options or {})
        rule = getattr(sampler_function, "rule", None)
        self.name = getattr(rule, "name", getattr(sampler_function, "__name__", "pack"))
        self.drops_penultimate = getattr(rule, "drops_penultimate", False)
        self.redraws_mask_noise = getattr(rule, "redraws_mask_noise", False) or bool(self.inpaint_options.get("random"))

    def run(self, denoise: Denoise, report: Report, x: Tensor, sigmas: list[float], seed: int) -> Tensor:
        rule: SteppingRule | None = getattr(self.sampler_function, "rule", None)
        if rule is not None:
            return k_diffusion_sampling.with_options(rule, self.extra_options).run(denoise, report, x, sigmas, seed)
        if len(sigmas) < 2:
            return x
        wrap = ModelWrap(denoise, seed)

        def callback(told: dict[str, Any]) -> None:
            report(told["x"], float(told["sigma"]), told["denoised"])

        return self.sampler_function(
            wrap,
            x,
            torch.tensor(sigmas, device=x.device),
            extra_args={"model_options": wrap.model_options, "seed": seed, "denoise_mask": None},
            callback=callback,
            disable=True,
            **self.extra_options,
        )

    def sample(
        self,
        model_wrap: Any,
        sigmas: Tensor,
        extra_args: dict[str, Any],
        callback: Callable[..., Any] | None,
        noise: Tensor,
        latent_image: Tensor | None = None,
        denoise_mask: Tensor | None = None,
        disable_pbar: bool = False,
    ) -> Tensor:
        """Sample a pack's own guided model from noise of unit variance."""
        sampling = model_wrap.inner_model.model_sampling
        start = torch.zeros_like(noise) if latent_image is None else latent_image
        x = sampling.noise_scaling(sigmas[0], noise, start, self.max_denoise(model_wrap, sigmas))
        total = len(sigmas) - 1

        def tell(told: dict[str, Any]) -> None:
            if callback is not None:
                callback(told["i"], told["denoised"], told["x"], total)

        arguments = {**extra_args, "denoise_mask": denoise_mask}
        return self.sampler_function(
            model_wrap, x, sigmas, extra_args=arguments, callback=tell, disable=disable_pbar, **self.extra_options
        )


def steps_to(report: Report, sigmas: list[float]) -> Callable[[int, Tensor, Tensor, int], None]:
    numbers = count()

    def callback(step: int, denoised: Tensor, x: Tensor, total: int) -> None:
        report(x, sigmas[min(next(numbers), len(sigmas) - 1)], denoised)

    return callback


def opened_of(denoise: Any) -> Any:
    """The model that a guided model asks, as packs know it."""
    while hasattr(denoise, "inner"):
        denoise = denoise.inner
    model = getattr(getattr(denoise, "predict", None), "model", None)
    return getattr(model, "opened", model)


def sampler_object(name: str) -> Any:
    """The sampler of a name, one that a pack has added to `comfy.k_diffusion.sampling` included."""
    return ksampler(name)


def ksampler(
    sampler_name: str,
    extra_options: Mapping[str, Any] | None = None,
    inpaint_options: Mapping[str, Any] | None = None,
) -> KSAMPLER:
    function = getattr(k_diffusion_sampling, k_diffusion_sampling.PREFIX + sampler_name)
    return KSAMPLER(function, extra_options, inpaint_options)


def open_sampler(sampler: Any) -> Any:
    """Skein's sampler as packs know it; one that is so already is given back."""
    if not isinstance(sampler, SteppingRule):
        return sampler
    opened = KSAMPLER(k_diffusion_sampling.as_function(sampler), sampler.options)
    opened.redraws_mask_noise = sampler.redraws_mask_noise
    return opened
