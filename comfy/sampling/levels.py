"""The noise levels that a model was trained on: sigma, timestep and percent, and the ways between them."""

import bisect
import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import torch

BEFORE_THE_START = 999999999.9
"""The sigma of percent 0: above every level, so that a range from 0 has no upper end."""

SMALLEST_ALPHA = 4.8973451890853435e-08
"""The signal's share at the highest level of a zero terminal SNR: sigma is finite, about 4518."""


@dataclass(frozen=True, eq=False)
class NoiseLevels:
    """A table of sigmas, one per training timestep, rising; the model knows only these.

    `sigmas` and `log_sigmas` are float32 tensors of shape [T] on the CPU. A distilled model knows only the last
    timestep of every `stride`. `spread` is the deviation of clean latents that the model's scaling counts on.
    """

    sigmas: torch.Tensor
    log_sigmas: torch.Tensor
    stride: int = 1
    spread: float = 1.0

    @classmethod
    def from_betas(cls, betas: torch.Tensor) -> "NoiseLevels":
        """The levels of a variance-preserving diffusion with these float64 betas (Ho et al. 2020)."""
        return cls.from_alphas(torch.cumprod(1 - betas, dim=0))

    @classmethod
    def from_alphas(cls, alphas: torch.Tensor) -> "NoiseLevels":
        """The levels whose cumulative signal share is `alphas`, float64, falling."""
        sigmas = ((1 - alphas) / alphas).sqrt()
        return cls(sigmas.float(), sigmas.log().float())

    def distilled(self, stride: int) -> "NoiseLevels":
        """The levels of a model that was distilled to every `stride`-th timestep."""
        return NoiseLevels(self.sigmas[stride - 1 :: stride], self.log_sigmas[stride - 1 :: stride], stride)

    def with_zero_terminal_snr(self) -> "NoiseLevels":
        """The levels stretched so that the highest is (nearly) nothing but noise (Lin et al. 2023, algorithm 1)."""
        signal = 1 / (self.sigmas**2 + 1).sqrt()
        signal = (signal - signal[-1]) * (signal[0] / (signal[0] - signal[-1]))
        alphas = signal**2
        alphas[-1] = SMALLEST_ALPHA
        sigmas = ((1 - alphas) / alphas).sqrt()
        return NoiseLevels(sigmas, sigmas.log(), self.stride)

    @property
    def sigma_min(self) -> float:
        return float(self.sigmas[0])

    @property
    def sigma_max(self) -> float:
        return float(self.sigmas[-1])

    def __len__(self) -> int:
        return len(self.sigmas)

    @cached_property
    def _logs(self) -> list[float]:
        return self.log_sigmas.tolist()

    @property
    def first_timestep(self) -> float:
        return self.stride - 1

    @property
    def last_timestep(self) -> float:
        return len(self) * self.stride - 1

    def timestep(self, sigma: float) -> float:
        """The trained timestep whose sigma is nearest, measured in log sigma."""
        return self._nearest(sigma) * self.stride + self.stride - 1

    def _nearest(self, sigma: float) -> int:
        if sigma <= 0:
            return 0
        log_sigma = math.log(sigma)
        above = bisect.bisect_left(self._logs, log_sigma)
        if above == 0:
            return 0
        if above == len(self):
            return len(self) - 1
        is_nearer_below = log_sigma - self._logs[above - 1] <= self._logs[above] - log_sigma
        return above - 1 if is_nearer_below else above

    def sigma(self, timestep: float | torch.Tensor) -> torch.Tensor:
        """The sigmas of real-valued timesteps, interpolated linearly in log sigma; float32, of the same shape."""
        position = (torch.as_tensor(timestep, dtype=torch.float32) - self.first_timestep) / self.stride
        position = position.clamp(0, len(self) - 1)
        below, above = position.floor().long(), position.ceil().long()
        share = position.frac()
        return ((1 - share) * self.log_sigmas[below] + share * self.log_sigmas[above]).exp()

    def sigma_at(self, percent: float) -> float:
        """The sigma reached when `percent` (0 to 1) of the way from noise to picture is done."""
        if percent <= 0:
            return BEFORE_THE_START
        if percent >= 1:
            return 0.0
        return float(self.sigma((1 - percent) * self.last_timestep))


LOG_SIGMA_PER_TIMESTEP = 4.0
"""Models of continuous levels are told a quarter of log sigma (Karras et al. 2022, table 1)."""


@dataclass(frozen=True, eq=False)
class ContinuousLevels(NoiseLevels):
    """Every level between two sigmas; the table holds a thousand of them, equally spaced in log sigma."""

    @classmethod
    def between(cls, sigma_min: float, sigma_max: float, spread: float = 1.0) -> "ContinuousLevels":
        """The levels from one sigma to another."""
        sigmas = torch.linspace(math.log(sigma_min), math.log(sigma_max), 1000).exp()
        return cls(sigmas, sigmas.log(), spread=spread)

    @property
    def first_timestep(self) -> float:
        return self.timestep(self.sigma_min)

    @property
    def last_timestep(self) -> float:
        return self.timestep(self.sigma_max)

    def timestep(self, sigma: float) -> float:
        return math.log(max(sigma, 1e-12)) / LOG_SIGMA_PER_TIMESTEP

    def sigma(self, timestep: float | torch.Tensor) -> torch.Tensor:
        return (torch.as_tensor(timestep, dtype=torch.float32) * LOG_SIGMA_PER_TIMESTEP).exp()

    def sigma_at(self, percent: float) -> float:
        if percent <= 0:
            return BEFORE_THE_START
        if percent >= 1:
            return 0.0
        low, high = math.log(self.sigma_min), math.log(self.sigma_max)
        return math.exp(low + (high - low) * (1 - percent))


@dataclass(frozen=True, eq=False)
class ArctangentLevels(ContinuousLevels):
    """The same, told to the model as the angle whose tangent is sigma, from 0 to 1 for a right one."""

    def timestep(self, sigma: float) -> float:
        return math.atan(sigma) / (math.pi / 2)

    def sigma(self, timestep: float | torch.Tensor) -> torch.Tensor:
        return (torch.as_tensor(timestep, dtype=torch.float32) * (math.pi / 2)).tan()


@lru_cache(maxsize=1)
def upscaler_levels() -> NoiseLevels:
    """The levels of Stable Diffusion 2's four times upscaler, for its latents and for what it is shown."""
    return NoiseLevels.from_betas(torch.linspace(0.0001**0.5, 0.02**0.5, 1000, dtype=torch.float64) ** 2)


@lru_cache(maxsize=1)
def stable_diffusion_levels() -> NoiseLevels:
    """The levels of every Stable Diffusion model: betas linear in their square root (Rombach et al. 2022)."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    return NoiseLevels.from_betas(betas)
