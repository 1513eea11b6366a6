"""What packs import as `comfy.model_base`: models by family, which packs tell apart by their classes."""

from enum import Enum
from typing import Any

from nodes.compat.foreign import foreign_class
from nodes.compat.inner_model import InnerModel as BaseModel
from nodes.compat.model_sampling import EDM, EPS, V_PREDICTION, X0, ModelSamplingDiscrete


class ModelType(Enum):
    """What a model predicts."""

    EPS = 1
    V_PREDICTION = 2
    V_PREDICTION_EDM = 3
    STABLE_CASCADE = 4
    EDM = 5
    FLOW = 6
    V_PREDICTION_CONTINUOUS = 7
    FLUX = 8
    IMG_TO_IMG = 9
    FLOW_COSMOS = 10
    IMG_TO_IMG_FLOW = 11


class SD21UNCLIP(BaseModel):
    """Stable Diffusion 2 unCLIP."""


class SD_X4Upscaler(BaseModel):  # noqa: N801 - packs name it
    """The four times upscaler."""


class SDXL(BaseModel):
    """Stable Diffusion XL."""


class SDXLRefiner(BaseModel):
    """Its refiner."""


class IP2P(BaseModel):
    """InstructPix2Pix."""


class SD15_instructpix2pix(IP2P):  # noqa: N801
    """InstructPix2Pix."""


class SDXL_instructpix2pix(IP2P, SDXL):  # noqa: N801
    """InstructPix2Pix of Stable Diffusion XL."""


FAMILIES: dict[str, type[BaseModel]] = {
    "Stable Diffusion 2 unCLIP": SD21UNCLIP,
    "Stable Diffusion 2 upscaler": SD_X4Upscaler,
    "Stable Diffusion XL": SDXL,
    "Stable Diffusion XL refiner": SDXLRefiner,
}
INSTRUCTED: dict[type[BaseModel], type[BaseModel]] = {BaseModel: SD15_instructpix2pix, SDXL: SDXL_instructpix2pix}
IN_CHANNELS_OF_INSTRUCTED = 8

TYPES = {"eps": ModelType.EPS, "v": ModelType.V_PREDICTION, "edm": ModelType.EDM}


def inner_model(patcher: Any) -> BaseModel:
    """What packs know as `model.model`, of its family's class."""
    cls = FAMILIES.get(patcher.family, BaseModel)
    if getattr(patcher.config, "in_channels", 4) == IN_CHANNELS_OF_INSTRUCTED:
        cls = INSTRUCTED.get(cls, cls)
    made = cls(patcher)
    made.model_type = TYPES.get(patcher.prediction, ModelType.EPS)
    return made


def model_sampling(model_config: Any, model_type: ModelType) -> Any:
    """Noise levels and what is predicted, as an object to ask. Raises `ValueError` for types that are not Skein's."""
    mixed = {ModelType.EPS: EPS, ModelType.V_PREDICTION: V_PREDICTION, ModelType.EDM: EDM, ModelType.IMG_TO_IMG: X0}
    if model_type not in mixed:
        raise ValueError(f"Models of the type {model_type.name} are not part of Skein.")
    made = type("ModelSampling", (ModelSamplingDiscrete, mixed[model_type]), {})
    return made(model_config)


def __getattr__(name: str) -> Any:
    return foreign_class("comfy.model_base", name)
