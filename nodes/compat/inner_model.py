"""What packs know as `model.model`: the network with its levels and its latents' format, to be asked."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from comfy import devices
from comfy.latent_formats import LatentFormat
from comfy.sampling.asking import Batch, Estimate
from comfy.sampling.canvas import Canvas
from comfy.sampling.estimates import asked_through
from nodes.compat.conds import CONDCrossAttn, CONDNoiseShape, CONDRegular
from nodes.compat.supported_models import config_of
from nodes.compat.transformer_options import options_for_call

PREFIX = "diffusion_model."


class FormatView:
    """A latent format under the names that packs know."""

    def __init__(self, own: LatentFormat) -> None:
        self.own = own
        self.scale_factor = own.scale
        self.latent_channels = own.channels
        self.latent_dimensions = 2
        self.latent_rgb_factors = [list(row) for row in own.rgb_factors]
        self.latent_rgb_factors_bias = list(own.rgb_bias) if any(own.rgb_bias) else None
        self.latent_rgb_factors_reshape = None
        self.taesd_decoder_name = None
        self.spacial_downscale_ratio = 8

    def process_in(self, latent: Tensor) -> Tensor:
        """A saved latent as the model sees it."""
        return self.own.into_model(latent)

    def process_out(self, latent: Tensor) -> Tensor:
        return self.own.out_of_model(latent)


class InnerModel:
    """A view of a model's value; what packs change of it is changed at the value."""

    def __init__(self, patcher: Any) -> None:
        self.current_patcher = patcher
        self.manual_cast_dtype = None
        self.concat_keys = ()
        self.is_amd = False
        self.model_type: Any = None

    @property
    def diffusion_model(self) -> Any:
        """The network with the weights as the file has them; Skein runs a copy of it that is made ready."""
        return self.current_patcher.get_model_object("diffusion_model")

    @property
    def model_sampling(self) -> Any:
        return self.current_patcher.get_model_object("model_sampling")

    @property
    def latent_format(self) -> FormatView:
        return FormatView(self.current_patcher.latent_format)

    @property
    def model_config(self) -> Any:
        """The family with the network's sizes."""
        return config_of(self.current_patcher, self.latent_format)

    @property
    def device(self) -> torch.device:
        return devices.compute_device()

    @property
    def adm_channels(self) -> int:
        return getattr(self.current_patcher.config, "vector_dim", None) or 0

    def is_adm(self) -> bool:
        return self.adm_channels > 0

    def get_dtype(self) -> torch.dtype:
        """The precision that the network computes in."""
        return self.current_patcher.weights.dtype

    def process_latent_in(self, latent: Tensor) -> Tensor:
        return self.latent_format.process_in(latent)

    def process_latent_out(self, latent: Tensor) -> Tensor:
        return self.latent_format.process_out(latent)

    def scale_latent_inpaint(self, sigma: Any, noise: Tensor, latent_image: Tensor, **_: Any) -> Tensor:
        scaled: Tensor = self.model_sampling.noise_scaling(sigma, noise, latent_image)
        return scaled

    def memory_required(self, input_shape: Any, **_: Any) -> float:
        """Bytes that one call takes, roughly."""
        area = input_shape[0] * input_shape[-2] * input_shape[-1]
        return area * self.get_dtype().itemsize * 1024 * 1024 / 100

    def encode_adm(self, **told: Any) -> Tensor | None:
        """The vector that the network is shown beside the text, for what a conditioning says; None of none."""
        return self._extras(told).get("vector")

    def extra_conds(self, **told: Any) -> dict[str, Any]:
        """What the network is shown for an entry of a conditioning: `noise` [B, C, h, w], `cross_attn`, its options."""
        extras, text = self._extras(told), told.get("cross_attn")
        found: dict[str, Any] = {} if text is None else {"c_crossattn": CONDCrossAttn(text)}
        if "concat" in extras:
            found["c_concat"] = CONDNoiseShape(extras["concat"])
        if "vector" in extras:
            found["y"] = CONDRegular(extras["vector"])
        return found

    def _extras(self, told: Mapping[str, Any]) -> dict[str, Tensor]:
        noise = told.get("noise")
        canvas = Canvas.empty((1, 4, 8, 8) if noise is None else noise.shape, torch.device("cpu"))
        name = told.get("prompt_type", "positive")
        extras: dict[str, Tensor] = dict(self.current_patcher.extras(name, told, canvas))
        return extras

    def state_dict(self, *_: Any, **__: Any) -> dict[str, Tensor]:
        """The weights as the file has them."""
        weights: Mapping[str, Tensor] = self.diffusion_model.state_dict()
        return {PREFIX + name: tensor for name, tensor in weights.items()}

    def apply_model(
        self,
        x: Tensor,
        t: Tensor,
        c_concat: Tensor | None = None,
        c_crossattn: Tensor | None = None,
        control: Any = None,
        transformer_options: dict[str, Any] | None = None,
        **extras: Any,
    ) -> Tensor:
        """Clean estimates of noisy latents [B, C, h, w] at sigmas [B] under texts [B, L, D]."""
        if c_crossattn is None:
            raise ValueError("apply_model needs c_crossattn, the text that the model is asked under.")
        batch = Batch(x, 0.0, c_crossattn, ("positive",), ({},))
        frozen = self.current_patcher.for_run()
        return ask(asked_through(frozen), batch, x, t, c_crossattn, c_concat, transformer_options, extras)

    def __call__(self, *args: Any, **inputs: Any) -> Tensor:
        return self.apply_model(*args, **inputs)


def ask(
    estimate: Estimate,
    batch: Batch,
    x: Tensor,
    t: Tensor,
    context: Tensor,
    concat: Tensor | None,
    transformer_options: dict[str, Any] | None,
    extras: Mapping[str, Any],
) -> Tensor:
    """Clean estimates of what a pack made of a batch; rows of different sigmas are asked for apart."""
    more = {name: value for name, value in extras.items() if isinstance(value, Tensor)}
    if "y" in more:
        more["vector"] = more.pop("y")
    if concat is not None:
        more["concat"] = concat
    sigmas = t.flatten().tolist()
    sigmas = sigmas * len(x) if len(sigmas) == 1 else sigmas
    with options_for_call(transformer_options):
        if len(set(sigmas)) == 1:
            return estimate(_asking(batch, x, sigmas[0], context, more))
        return torch.cat(
            [
                estimate(_asking(batch, x[i : i + 1], sigma, context[i : i + 1], _rows(more, i)))
                for i, sigma in enumerate(sigmas)
            ]
        )


def _asking(batch: Batch, x: Tensor, sigma: float, context: Tensor, extras: Mapping[str, Tensor]) -> Batch:
    """The batch with other contents; where the number of rows is another, the parts are no longer known."""
    if len(x) == len(batch.x):
        return replace(batch, x=x, sigma=sigma, context=context, extras=extras)
    return Batch(x, sigma, context, batch.names[:1], batch.options[:1], extras)


def _rows(extras: Mapping[str, Tensor], index: int) -> dict[str, Tensor]:
    return {name: tensor[index : index + 1] for name, tensor in extras.items()}
