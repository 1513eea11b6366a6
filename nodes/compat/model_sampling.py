"""What packs import as `comfy.model_sampling`: a model's noise levels and what it predicts, as an object to ask."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from comfy.sampling.levels import NoiseLevels, stable_diffusion_levels
from comfy.sampling.parameterisation import CLEAN_FROM, Level
from nodes.compat.names import lacks_of


class ModelSampling(nn.Module):
    """Noise levels and prediction; `levels` and `prediction` are Skein's own words for them."""

    prediction = "eps"

    def __init__(self, levels: NoiseLevels, prediction: str | None = None) -> None:
        super().__init__()
        self.levels = levels
        if prediction is not None:
            self.prediction = prediction

    @property
    def sigma_data(self) -> float:
        return self.levels.spread

    @property
    def sigmas(self) -> Tensor:
        """The sigma of every timestep, rising."""
        return self.levels.sigmas

    @property
    def log_sigmas(self) -> Tensor:
        return self.levels.log_sigmas

    @property
    def num_timesteps(self) -> int:
        return len(self.levels)

    @property
    def sigma_min(self) -> Tensor:
        return self.levels.sigmas[0]

    @property
    def sigma_max(self) -> Tensor:
        return self.levels.sigmas[-1]

    def set_sigmas(self, sigmas: Tensor) -> None:
        """Assume other levels."""
        sigmas = sigmas.detach().float().cpu()
        self.levels = NoiseLevels(sigmas, sigmas.log())

    def timestep(self, sigma: Tensor) -> Tensor:
        """The model's index of sigmas, in their shape."""
        found = [self.levels.timestep(float(one)) for one in sigma.flatten()]
        return torch.tensor(found, device=sigma.device).reshape(sigma.shape)

    def sigma(self, timestep: Tensor) -> Tensor:
        return self.levels.sigma(torch.as_tensor(timestep).cpu()).to(getattr(timestep, "device", "cpu"))

    def percent_to_sigma(self, percent: float) -> float:
        """The sigma that is reached at a share of the way from noise to picture."""
        return self.levels.sigma_at(percent)

    def calculate_input(self, sigma: Tensor, noise: Tensor) -> Tensor:
        """A noisy latent scaled as the network takes it."""
        return noise / (_per_item(sigma, noise) ** 2 + self.levels.spread**2).sqrt()

    def calculate_denoised(self, sigma: Tensor, model_output: Tensor, model_input: Tensor) -> Tensor:
        """The clean estimate that follows from what the network said of a noisy latent."""
        sigmas = sigma.flatten().tolist()
        if len(set(sigmas)) == 1:
            return CLEAN_FROM[self.prediction](model_input, model_output, self._level(sigmas[0]))
        rows = zip(model_input.split(1), model_output.split(1), sigmas, strict=True)
        return torch.cat([CLEAN_FROM[self.prediction](x, out, self._level(one)) for x, out, one in rows])

    def noise_scaling(self, sigma: Any, noise: Tensor, latent_image: Tensor, max_denoise: bool = False) -> Tensor:
        """The noisy latent of a sigma; at the highest level the noise has the variance of picture and noise."""
        amount = _per_item(torch.as_tensor(sigma), noise)
        return latent_image + noise * ((1 + amount**2).sqrt() if max_denoise else amount)

    def inverse_noise_scaling(self, sigma: Any, latent: Tensor) -> Tensor:
        return latent

    def _level(self, sigma: float) -> Level:
        return Level(sigma, self.levels.timestep(sigma), self.levels.spread)


class EPS:
    """Mixed into levels: the model predicts the noise."""

    prediction = "eps"


class V_PREDICTION(EPS):  # noqa: N801 - packs name it
    """The model predicts the velocity."""

    prediction = "v"


class X0(EPS):
    """The model predicts the clean picture."""

    prediction = "x0"


class EDM(V_PREDICTION):
    """The model is preconditioned."""

    prediction = "edm"


class ModelSamplingDiscrete(ModelSampling):
    """A table of levels, by default Stable Diffusion's; packs mix it with what the model predicts."""

    def __init__(self, model_config: Any = None, zsnr: bool | None = None) -> None:
        settings = getattr(model_config, "sampling_settings", None) or {}
        levels = getattr(model_config, "levels", None) or stable_diffusion_levels()
        if zsnr or (zsnr is None and settings.get("zsnr")):
            levels = levels.with_zero_terminal_snr()
        kinds = [kind for kind in type(self).__mro__ if issubclass(kind, EPS) and "prediction" in vars(kind)]
        super().__init__(levels, kinds[0].prediction if kinds else None)


def rescale_zero_terminal_snr_sigmas(sigmas: Tensor) -> Tensor:
    """Sigmas stretched so that the highest is (nearly) nothing but noise."""
    return NoiseLevels(sigmas, sigmas.log()).with_zero_terminal_snr().sigmas


def time_snr_shift(alpha: float, t: Any) -> Any:
    """A share of the way moved towards the noise (Esser et al. 2024, equation 23)."""
    return t if math.isclose(alpha, 1) else alpha * t / (1 + (alpha - 1) * t)


def _per_item(sigma: Tensor, like: Tensor) -> Tensor:
    return sigma.to(like).reshape(-1, *[1] * (like.ndim - 1)) if sigma.numel() > 1 else sigma.to(like)


__getattr__ = lacks_of("comfy.model_sampling")
