"""The denoising model as a value that travels between nodes: weights, what they predict, and changes of sampling."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import torch

from comfy import devices
from comfy.latent_formats import STABLE_DIFFUSION_1, LatentFormat
from comfy.lora import apply_lora
from comfy.lora_names import unet_names
from comfy.models.changed_unet import Between, run_changed
from comfy.models.unet import UNet, UNetConfig
from comfy.residents import loaded
from comfy.sampling.guidance_rules import Guidance
from comfy.sampling.levels import NoiseLevels, stable_diffusion_levels
from comfy.sampling.prediction import Ask
from comfy.weights import Weights

Prediction = Literal["eps", "v", "x0", "lcm"]


@dataclass(frozen=True, eq=False)
class DiffusionModel:
    """A denoising U-Net; changing it makes another value that shares all weights that stay the same."""

    weights: Weights[UNet]
    prediction: Prediction = "eps"
    latent_format: LatentFormat = STABLE_DIFFUSION_1
    levels: NoiseLevels = field(default_factory=stable_diffusion_levels)
    guidance: Guidance = field(default_factory=Guidance)
    ask: Ask | None = None

    @property
    def unet(self) -> UNet:
        """The U-Net with the weights as the file has them, before any patch; not for running."""
        return self.weights.module

    @property
    def config(self) -> UNetConfig:
        return self.unet.config

    def clone_with(self, **changes: Any) -> "DiffusionModel":
        """The same model with other fields."""
        return replace(self, **changes)

    def with_lora(self, lora: Mapping[str, torch.Tensor], strength: float) -> "DiffusionModel":
        """The model with a LoRA file's patches for U-Nets; this one stays as it is."""
        weights = apply_lora(self.weights, lora, unet_names(self.config), strength)
        return self if weights is self.weights else self.clone_with(weights=weights)

    def for_run(self) -> "DiffusionModel":
        """The model as it stays for one run: this one, which nothing can change."""
        return self

    @contextmanager
    def prepare(self) -> Iterator[UNet]:
        """Hold the U-Net, patches applied, on the compute device for as long as the context lasts."""
        with loaded(self.weights) as unet:
            yield unet

    @torch.no_grad()
    def apply(
        self,
        x: torch.Tensor,
        timestep: torch.Tensor,
        context: torch.Tensor,
        between: Between | None = None,
        **conditions: torch.Tensor,
    ) -> torch.Tensor:
        """The raw prediction, float32, for a scaled noisy latent x [B, C, h, w] at timestep [B], context [B, L, D].

        `between` changes what passes between the layers.
        """
        with self.prepare() as unet:
            device, dtype = devices.compute_device(), self.weights.dtype

            def place(tensor: torch.Tensor) -> torch.Tensor:
                return tensor.to(device, dtype)

            x_in = place(x).contiguous(memory_format=torch.channels_last)
            placed = {name: place(tensor) for name, tensor in conditions.items()}
            if between is None:
                out = unet(x_in, timestep.to(device), place(context), **placed)
            else:
                out = run_changed(unet, between, x_in, timestep.to(device), place(context), **placed)
        return out.to(x.device, torch.float32).contiguous()
