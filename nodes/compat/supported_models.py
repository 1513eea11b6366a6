"""What packs import as `comfy.supported_models` and `supported_models_base`: families, and a model's sizes in them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from nodes.compat.foreign import foreign_class


class BASE:
    """The sizes of a U-Net under the names of its first publication, and how it is sampled."""

    unet_config: Mapping[str, Any] = {}
    unet_extra_config: ClassVar[dict[str, Any]] = {}
    sampling_settings: Mapping[str, Any] = {}
    latent_format: Any = None
    levels: Any = None
    manual_cast_dtype: Any = None
    custom_operations: Any = None
    scaled_fp8: Any = None
    optimizations: ClassVar[dict[str, Any]] = {"fp8": False}
    memory_usage_factor = 2.0
    vae_key_prefix: ClassVar[list[str]] = ["first_stage_model."]
    text_encoder_key_prefix: ClassVar[list[str]] = ["cond_stage_model."]

    def __init__(self, unet_config: Mapping[str, Any]) -> None:
        self.unet_config = {**type(self).unet_config, **unet_config}
        self.sampling_settings = dict(type(self).sampling_settings)

    @classmethod
    def matches(cls, unet_config: Mapping[str, Any], state_dict: Any = None) -> bool:
        """Whether sizes are those of this family."""
        return bool(cls.unet_config) and all(unet_config.get(name) == size for name, size in cls.unet_config.items())

    def inpaint_model(self) -> bool:
        return int(self.unet_config.get("in_channels", 4)) > 4

    def set_inference_dtype(self, dtype: Any, manual_cast_dtype: Any) -> None:
        self.unet_config = {**self.unet_config, "dtype": dtype}
        self.manual_cast_dtype = manual_cast_dtype

    def get_model(self, *_: Any, **__: Any) -> Any:
        raise ValueError("A family makes no model here: use load_diffusion_model or load_checkpoint_guess_config.")


class SD15(BASE):
    """Stable Diffusion 1."""

    unet_config: Mapping[str, Any] = {"context_dim": 768, "model_channels": 320, "adm_in_channels": None}


class SD20(BASE):
    """Stable Diffusion 2."""

    unet_config: Mapping[str, Any] = {"context_dim": 1024, "model_channels": 320, "adm_in_channels": None}


class SD21UnclipL(SD20):
    """Stable Diffusion 2 unCLIP, with CLIP ViT-L."""

    unet_config: Mapping[str, Any] = {"context_dim": 1024, "model_channels": 320, "adm_in_channels": 1536}


class SD21UnclipH(SD20):
    """Stable Diffusion 2 unCLIP, with CLIP ViT-H."""

    unet_config: Mapping[str, Any] = {"context_dim": 1024, "model_channels": 320, "adm_in_channels": 2048}


class SD_X4Upscaler(SD20):  # noqa: N801 - packs name it
    """The four times upscaler."""

    unet_config: Mapping[str, Any] = {"context_dim": 1024, "model_channels": 256, "in_channels": 7}


class SDXL(BASE):
    """Stable Diffusion XL."""

    unet_config: Mapping[str, Any] = {"context_dim": 2048, "model_channels": 320, "adm_in_channels": 2816}


class SDXLRefiner(BASE):
    """Its refiner."""

    unet_config: Mapping[str, Any] = {"context_dim": 1280, "model_channels": 384, "adm_in_channels": 2560}


class SD15_instructpix2pix(SD15):  # noqa: N801
    """InstructPix2Pix."""


class SDXL_instructpix2pix(SDXL):  # noqa: N801
    """InstructPix2Pix of Stable Diffusion XL."""


models = [
    SD15, SD20, SD21UnclipL, SD21UnclipH, SDXLRefiner, SDXL, SD15_instructpix2pix, SDXL_instructpix2pix, SD_X4Upscaler,
]  # fmt: skip

FAMILIES: dict[str, type[BASE]] = {
    "Stable Diffusion 1": SD15,
    "Stable Diffusion 2": SD20,
    "Stable Diffusion 2 unCLIP": SD21UnclipL,
    "Stable Diffusion 2 upscaler": SD_X4Upscaler,
    "Stable Diffusion XL": SDXL,
    "Stable Diffusion XL refiner": SDXLRefiner,
}


def unet_config_of(config: Any) -> dict[str, Any]:
    """A U-Net's sizes under the names of its first publication."""
    sizes = asdict(config)
    return {
        **sizes,
        "context_dim": sizes.get("context_dim"),
        "adm_in_channels": sizes.get("vector_dim"),
        "num_res_blocks": list(sizes.get("res_blocks", ())),
        "disable_unet_model_creation": False,
    }


def config_of(patcher: Any, latent_format: Any) -> BASE:
    """What packs know as a model's `model_config`."""
    made = FAMILIES.get(patcher.family, BASE)(unet_config_of(patcher.config))
    made.latent_format, made.levels = latent_format, patcher.levels
    return made


def __getattr__(name: str) -> Any:
    return foreign_class("comfy.supported_models", name)
