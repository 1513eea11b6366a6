"""The denoising model as a value that travels between nodes: weights, what they predict, and changes of sampling."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from comfy import devices
from comfy.compiling import compiled
from comfy.extra_inputs import Asked, Extra
from comfy.latent_formats import STABLE_DIFFUSION_1, LatentFormat
from comfy.lora import apply_lora
from comfy.lora_names import unet_names
from comfy.models.changed_unet import Between, run_changed
from comfy.models.unet import UNet, UNetConfig
from comfy.replaced_parts import put_in
from comfy.residents import loaded
from comfy.sampling.asking import Around, AroundNetwork, AroundPredict, AroundRun, AroundStep, Change, MaskRule
from comfy.sampling.canvas import Canvas
from comfy.sampling.guidance_rules import Guidance
from comfy.sampling.levels import NoiseLevels, stable_diffusion_levels
from comfy.weights import Weights

FLOAT8 = (torch.float8_e4m3fn, torch.float8_e5m2)


PARTS_OF_A_RUN = ("around", "around_network", "around_step", "around_predict", "changes")


@dataclass(frozen=True, eq=False)
class DiffusionModel:
    """A denoising U-Net; changing it makes another value that shares all weights that stay the same."""

    weights: Weights[UNet]
    prediction: str = "eps"
    latent_format: LatentFormat = STABLE_DIFFUSION_1
    levels: NoiseLevels = field(default_factory=stable_diffusion_levels)
    guidance: Guidance = field(default_factory=Guidance)
    around: tuple[Around, ...] = ()
    around_network: tuple[AroundNetwork, ...] = ()
    around_step: tuple[AroundStep, ...] = ()
    around_predict: tuple[AroundPredict, ...] = ()
    changes: tuple[Change, ...] = ()
    mask_rule: MaskRule | None = None
    extra_inputs: Mapping[str, Extra] = field(default_factory=dict)
    family: str = "Stable Diffusion 1"
    compiler: str | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    """What stands for layers of the U-Net, or for functions of them, by dotted name."""

    @property
    def unet(self) -> UNet:
        """The U-Net with the weights as the file has them, before any patch; not for running."""
        return self.weights.module

    @property
    def config(self) -> UNetConfig:
        return self.unet.config

    @property
    def compute_dtype(self) -> torch.dtype:
        """The precision that it computes in: its weights' own, unless that is one that only storage knows."""
        return devices.unet_dtype() if self.weights.dtype in FLOAT8 else self.weights.dtype

    def extras(self, name: str, options: Mapping[str, Any], canvas: Canvas) -> dict[str, torch.Tensor]:
        """What the U-Net is shown besides latent and text, for an entry of the conditioning of this name."""
        asked = Asked(name, options, canvas, self.latent_format)
        return {key: extra(asked) for key, extra in self.extra_inputs.items()}

    def clone_with(self, **changes: Any) -> "DiffusionModel":
        """The same model with other fields."""
        return replace(self, **changes)

    def with_lora(self, lora: Mapping[str, torch.Tensor], strength: float) -> "DiffusionModel":
        """The model with a LoRA file's patches for U-Nets; this one stays as it is."""
        weights = apply_lora(self.weights, lora, unet_names(self.config), strength)
        return self if weights is self.weights else self.clone_with(weights=weights)

    def compiled_by(self, backend: str) -> "DiffusionModel":
        """The model whose U-Net is compiled by a backend of torch.compile, wherever nothing changes it within."""
        return self.clone_with(weights=self.weights.in_plain_layers(), compiler=backend)

    def around_run(self) -> tuple[AroundRun, ...]:
        """What stands around a whole run: nothing, but for kinds of models that packs may change."""
        return ()

    def for_run(self) -> "DiffusionModel":
        """The model as it stays for one run: what keeps something from step to step begins anew."""
        return self.clone_with(**{name: tuple(map(_begun, getattr(self, name))) for name in PARTS_OF_A_RUN})

    @contextmanager
    def prepare(self) -> Iterator[UNet]:
        """Hold the U-Net, patches applied, on the compute device for as long as the context lasts."""
        with loaded(self.weights) as unet:
            if not self.parts:
                yield unet
                return
            with put_in(unet, self.parts, devices.compute_device()):
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
            device, dtype = devices.compute_device(), self.compute_dtype

            def place(tensor: torch.Tensor) -> torch.Tensor:
                return tensor.to(device, dtype)

            x_in = place(x).contiguous(memory_format=torch.channels_last)
            placed = {name: place(tensor) for name, tensor in conditions.items()}
            if between is None:
                run = unet if self.compiler is None or self.parts else compiled(unet, self.compiler)
                out = run(x_in, timestep.to(device), place(context), **placed)
            else:
                out = run_changed(unet, between, x_in, timestep.to(device), place(context), **placed)
        return out.to(x.device, torch.float32).contiguous()


def _begun(part: Any) -> Any:
    """Something that is done during a run, as it is at its beginning."""
    return part.for_run() if hasattr(part, "for_run") else part
