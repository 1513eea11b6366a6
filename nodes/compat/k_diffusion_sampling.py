"""What packs import as `comfy.k_diffusion.sampling`: stepping rules called as k-diffusion calls them.

Every sampler of Skein's is there as `sample_NAME`; packs put their own beside them by setting an attribute.
"""

import inspect
from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any

import torch
from torch import Tensor

from comfy.sampling import SAMPLERS
from comfy.sampling.levels import NoiseLevels
from comfy.sampling.noise import brownian_noise
from comfy.sampling.registry import Sampler
from comfy.sampling.samplers.ancestral import ancestral_split
from nodes.compat.model_options import POST, copied, with_function

PREFIX = "sample_"

Rule = Callable[..., Tensor]


def __getattr__(name: str) -> Any:
    if name.startswith(PREFIX) and name.removeprefix(PREFIX) in SAMPLERS:
        return rule_of(name.removeprefix(PREFIX))
    raise AttributeError(f"There is no sampler function called {name!r}.")


@cache
def rule_of(name: str) -> Rule:
    """A sampler of Skein's as a function of model, x, sigmas, extra_args, callback, disable and its own options."""
    return as_function(SAMPLERS[name])


def as_function(rule: Sampler) -> Rule:
    """A stepping rule as k-diffusion calls them; `rule` is kept at it, to be run without a detour."""

    def sample(
        model: Any,
        x: Tensor,
        sigmas: Tensor,
        extra_args: dict[str, Any] | None = None,
        callback: Callable[[dict[str, Any]], Any] | None = None,
        disable: bool | None = None,
        **options: Any,
    ) -> Tensor:
        extra_args = extra_args or {}
        own = getattr(model, "own_denoise", None)
        denoise = own if own is not None else AskedModel(model, extra_args, sigmas)
        chosen = with_options(rule, options)
        seed = extra_args.get("seed")
        return chosen.run(denoise, _report_to(callback), x, sigmas.tolist(), 0 if seed is None else seed)

    sample.rule = rule  # type: ignore[attr-defined]
    sample.__name__ = PREFIX + rule.name
    return sample


def with_options(rule: Sampler, options: dict[str, Any]) -> Sampler:
    """The rule with those of the options that it has; noise of a pack's own is taken in place of its own."""
    known = inspect.signature(rule.steps).parameters
    noise_sampler = options.get("noise_sampler")
    noise = None if noise_sampler is None else lambda x, sigmas, seed: _drawing(noise_sampler)
    return rule.with_options(noise, **{name: value for name, value in options.items() if name in known})


def _drawing(noise_sampler: Callable[[Tensor, Tensor], Tensor]) -> Callable[[float, float], Tensor]:
    return lambda sigma, sigma_next: noise_sampler(torch.tensor(sigma), torch.tensor(sigma_next))


def _report_to(callback: Callable[[dict[str, Any]], Any] | None) -> Callable[[Tensor, float, Tensor], None]:
    numbers = count()

    def report(x: Tensor, sigma: float, denoised: Tensor) -> None:
        if callback is not None:
            at = torch.tensor(sigma)
            callback({"x": x, "i": next(numbers), "sigma": at, "sigma_hat": at, "denoised": denoised})

    return report


class AskedModel:
    """A pack's own model as Skein's samplers ask it."""

    def __init__(self, model: Any, extra_args: dict[str, Any], sigmas: Tensor) -> None:
        self._model, self._extra = model, extra_args
        asked = getattr(getattr(model, "inner_model", None), "model_patcher", None)
        self.levels: Any = getattr(asked, "levels", None) or _levels_over(sigmas)

    def __call__(self, x: Tensor, sigma: float) -> Tensor:
        out: Tensor = self._model(x, torch.full((len(x),), sigma, device=x.device), **self._extra)
        return out

    def both(self, x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
        """The guided estimate, and the negative one, of which a hook of guidance is told."""
        seen: dict[str, Tensor] = {}

        def note(told: dict[str, Any]) -> Any:
            seen["negative"] = told["uncond_denoised"]
            return told["denoised"]

        options = with_function(copied(self._extra.get("model_options") or {}), POST, note, always_both=True)
        extra = {**self._extra, "model_options": options}
        guided = self._model(x, torch.full((len(x),), sigma, device=x.device), **extra)
        return guided, seen.get("negative", guided)

    def asking(self, model: Any) -> "AskedModel":
        return self


def _levels_over(sigmas: Tensor) -> NoiseLevels:
    rising = sigmas[sigmas > 0].flip(0).float().cpu()
    return NoiseLevels(rising, rising.log())


def append_zero(x: Tensor) -> Tensor:
    return torch.cat([x, x.new_zeros([1])])


def to_d(x: Tensor, sigma: Tensor, denoised: Tensor) -> Tensor:
    """The slope of the probability-flow equation (Karras et al. 2022)."""
    return (x - denoised) / sigma.reshape(-1, *[1] * (x.ndim - 1))


def get_ancestral_step(sigma_from: Any, sigma_to: Any, eta: float = 1.0) -> tuple[Any, Any]:
    """The level to step down to and the noise to add."""
    if not eta:
        return sigma_to, 0.0
    down, up = ancestral_split(float(sigma_from), float(sigma_to), eta)
    return torch.as_tensor(sigma_to).new_tensor(down), torch.as_tensor(sigma_to).new_tensor(up)


def get_sigmas_karras(n: int, sigma_min: float, sigma_max: float, rho: float = 7.0, device: Any = "cpu") -> Tensor:
    """Levels of equal steps in their rho-th root (Karras et al. 2022, equation 5), and zero."""
    ramp = torch.linspace(0, 1, n, device=device)
    low, high = float(sigma_min) ** (1 / rho), float(sigma_max) ** (1 / rho)
    return append_zero((high + ramp * (low - high)) ** rho)


def get_sigmas_exponential(n: int, sigma_min: float, sigma_max: float, device: Any = "cpu") -> Tensor:
    """Levels of equal steps in log sigma, and zero."""
    low, high = torch.tensor(float(sigma_min)).log(), torch.tensor(float(sigma_max)).log()
    return append_zero(torch.linspace(float(high), float(low), n, device=device).exp())


def default_noise_sampler(x: Tensor, seed: int | None = None) -> Callable[[Any, Any], Tensor]:
    """Independent noise for every call."""
    generator = None
    if seed is not None:
        generator = torch.Generator(x.device).manual_seed(seed + (x.device.type == "cpu"))
    return lambda sigma, sigma_next: torch.randn(
        x.shape, dtype=x.dtype, device=x.device, layout=x.layout, generator=generator
    )


class BrownianTreeNoiseSampler:
    """Increments of one Brownian path over sigma, which more steps only refine."""

    def __init__(
        self,
        x: Tensor,
        sigma_min: Any,
        sigma_max: Any,
        seed: int | None = None,
        transform: Callable[[Tensor], Tensor] = lambda sigma: sigma,
        cpu: bool = False,
    ) -> None:
        self._transform = transform
        ends = [float(transform(torch.as_tensor(sigma))) for sigma in (sigma_min, sigma_max)]
        self._draw = brownian_noise(x, ends, seed or 0, device="cpu" if cpu else None)

    def __call__(self, sigma: Any, sigma_next: Any) -> Tensor:
        return self._draw(*(float(self._transform(torch.as_tensor(one))) for one in (sigma, sigma_next)))
