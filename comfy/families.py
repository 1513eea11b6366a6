"""Which family a U-Net belongs to, told by its tensors: what it predicts, over which levels, what it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from comfy.errors import ArchitectureError
from comfy.extra_inputs import (
    Extra,
    inpainting,
    instructed,
    instructed_scaled,
    noise_class,
    pictures,
    sizes,
    sizes_and_score,
    small_picture,
)
from comfy.latent_formats import PLAYGROUND, STABLE_DIFFUSION_1, STABLE_DIFFUSION_XL, UPSCALER, LatentFormat
from comfy.models.shapes import StateDict, has
from comfy.models.unet import UNetConfig
from comfy.sampling.levels import ContinuousLevels, NoiseLevels, stable_diffusion_levels, upscaler_levels
from comfy.unclip import Augmentor


@dataclass(frozen=True)
class Kind:
    """What tells a family: the widths of the texts that it attends to, and of its vector."""

    name: str
    text_widths: tuple[int, ...]
    vector_dims: tuple[int | None, ...]
    latent_format: LatentFormat
    vector: Extra | None = None


KINDS = (
    Kind("Stable Diffusion 1", (768,), (None,), STABLE_DIFFUSION_1),
    Kind("Stable Diffusion 2", (1024,), (None,), STABLE_DIFFUSION_1),
    Kind("Stable Diffusion XL", (2048,), (2816,), STABLE_DIFFUSION_XL, sizes),
    Kind("Stable Diffusion XL refiner", (1280,), (2560,), STABLE_DIFFUSION_XL, sizes_and_score),
    Kind("Stable Diffusion 2 unCLIP", (1024,), (1536, 2048), STABLE_DIFFUSION_1),
)
UNCLIP = KINDS[-1]
# Told by the classes of its U-Net, which no other has.
UPSCALES = Kind("Stable Diffusion 2 upscaler", (1024,), (None,), UPSCALER, noise_class)
UNCLIP_MARK = "noise_augmentor."

V_MARK = "output_blocks.11.1.transformer_blocks.0.norm1.bias"
V_SPREAD = 0.09
"""Training Stable Diffusion 2 to predict v left this bias with a greater spread than predicting noise did."""

PLAYGROUND_SIGMAS = (0.002, 80.0)
COSXL_SIGMAS = (0.002, 120.0)
EDM_SPREAD = 0.5


@dataclass(frozen=True, eq=False)
class Sampling:
    """How a model is sampled: what it predicts and over which noise levels."""

    prediction: str = "eps"
    levels: NoiseLevels = field(default_factory=stable_diffusion_levels)


@dataclass(frozen=True, eq=False)
class Family:
    """A U-Net's family and what sampling must know of it."""

    name: str
    sampling: Sampling
    latent_format: LatentFormat
    extra_inputs: Mapping[str, Extra]


def family_of(config: UNetConfig, state_dict: StateDict, prefix: str) -> Family:
    """The family of a U-Net by its sizes, and of the marks that a file carries beside it.

    Raises ArchitectureError where a U-Net is of no known family.
    """
    kind = _kind_of(config, state_dict)
    latent_format, sampling = kind.latent_format, _sampling_of(kind, config, state_dict, prefix)
    if "edm_mean" in state_dict and "edm_std" in state_dict:
        latent_format = PLAYGROUND
    is_edm = isinstance(sampling.levels, ContinuousLevels)
    extra_inputs = {} if kind.vector is None else {"vector": kind.vector}
    if kind is UNCLIP and config.vector_dim is not None:
        extra_inputs["vector"] = pictures(Augmentor.from_state_dict(state_dict, config.vector_dim // 2))
    concat = _concat_of(config.in_channels - latent_format.channels, is_edm)
    if concat is not None:
        extra_inputs["concat"] = concat
    return Family(kind.name, sampling, latent_format, extra_inputs)


def _kind_of(config: UNetConfig, state_dict: StateDict) -> Kind:
    if config.classes is not None:
        return UPSCALES
    for kind in KINDS:
        if config.context_dim in kind.text_widths and config.vector_dim in kind.vector_dims:
            return kind
    if config.vector_dim is not None and has(state_dict, UNCLIP_MARK):
        return UNCLIP
    # Models of other sizes, such as small ones made for tests, are told by their layout alone.
    if config.vector_dim is None:
        return KINDS[1] if config.linear_projections else KINDS[0]
    return KINDS[2]


def _concat_of(channels: int, is_edm: bool) -> Extra | None:
    known: dict[int, Extra | None] = {
        0: None,
        3: small_picture,
        5: inpainting,
        4: instructed_scaled if is_edm else instructed,
    }
    if channels not in known:
        raise ArchitectureError(
            f"its U-Net takes {channels} channels beside the latent's; of those that take any, inpainting models (5), "
            "instruct-pix2pix models (4) and the four times upscaler (3) can be loaded"
        )
    return known[channels]


def _sampling_of(kind: Kind, config: UNetConfig, state_dict: StateDict, prefix: str) -> Sampling:
    if "edm_mean" in state_dict and "edm_std" in state_dict:
        return Sampling("edm", ContinuousLevels.between(*PLAYGROUND_SIGMAS, EDM_SPREAD))
    if "edm_vpred.sigma_max" in state_dict:
        low = float(state_dict["edm_vpred.sigma_min"]) if "edm_vpred.sigma_min" in state_dict else COSXL_SIGMAS[0]
        return Sampling("v", ContinuousLevels.between(low, float(state_dict["edm_vpred.sigma_max"])))
    if kind is UPSCALES:
        return Sampling("v", upscaler_levels())
    levels = stable_diffusion_levels()
    if "ztsnr" in state_dict:
        levels = levels.with_zero_terminal_snr()
    is_v = "v_pred" in state_dict or _is_trained_on_v(kind, config, state_dict, prefix)
    return Sampling("v" if is_v else "eps", levels)


def _is_trained_on_v(kind: Kind, config: UNetConfig, state_dict: StateDict, prefix: str) -> bool:
    bias = state_dict.get(prefix + V_MARK)
    if bias is None or kind not in (KINDS[1], UNCLIP) or not config.linear_projections or config.in_channels != 4:
        return False
    return float(bias.float().std(unbiased=False)) > V_SPREAD
