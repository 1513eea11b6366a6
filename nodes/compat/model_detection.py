"""What packs import as `comfy.model_detection`: which family a U-Net is of, told by its tensors."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from torch import Tensor

from comfy.errors import ArchitectureError
from comfy.families import family_of
from comfy.lora_names import unet_modules
from comfy.models.unet import UNetConfig
from comfy.unet_layouts import config_from_diffusers
from nodes.compat.names import lacks_of
from nodes.compat.supported_models import BASE, FAMILIES, unet_config_of

PREFIXES = ("model.diffusion_model.", "model.model.", "net.")


def unet_prefix_from_state_dict(state_dict: Mapping[str, Tensor]) -> str:
    """Where the U-Net's tensors lie in a file: before how most of them are called."""
    counts = {prefix: sum(name.startswith(prefix) for name in state_dict) for prefix in PREFIXES}
    best = max(counts, key=lambda prefix: counts[prefix])
    return best if counts[best] > 5 else "model."


def detect_unet_config(
    state_dict: Mapping[str, Tensor], key_prefix: str, metadata: Any = None
) -> dict[str, Any] | None:
    """The U-Net's sizes; None where there is none that Skein runs."""
    try:
        return unet_config_of(UNetConfig.from_state_dict(state_dict, key_prefix))
    except ArchitectureError:
        return None


def model_config_from_unet(
    state_dict: Mapping[str, Tensor], unet_key_prefix: str, use_base_if_no_match: bool = False, metadata: Any = None
) -> BASE | None:
    """The family with the sizes; None where it is none that Skein runs."""
    try:
        config = UNetConfig.from_state_dict(state_dict, unet_key_prefix)
        family = family_of(config, state_dict, unet_key_prefix)
    except ArchitectureError:
        return None
    made = FAMILIES[family.name](unet_config_of(config))
    made.levels = family.sampling.levels
    return made


def model_config_from_unet_config(unet_config: Mapping[str, Any], state_dict: Any = None) -> BASE | None:
    """The family whose sizes these are."""
    found = next((cls for cls in FAMILIES.values() if cls.matches(unet_config, state_dict)), None)
    return None if found is None else found(unet_config)


def unet_config_from_diffusers_unet(state_dict: Mapping[str, Tensor], dtype: Any = None) -> dict[str, Any] | None:
    """The sizes of a U-Net in diffusers' layout; None where it is none that Skein runs."""
    try:
        return unet_config_of(config_from_diffusers(state_dict))
    except ArchitectureError:
        return None


def model_config_from_diffusers_unet(state_dict: Mapping[str, Tensor]) -> BASE | None:
    """The family of a U-Net in diffusers' layout; None where it is none that Skein runs."""
    sizes = unet_config_from_diffusers_unet(state_dict)
    return None if sizes is None else model_config_from_unet_config(sizes)


def unet_to_diffusers(unet_config: Mapping[str, Any]) -> dict[str, str]:
    """What diffusers calls the tensors of a U-Net of these sizes, each with its name in checkpoints."""
    if "num_res_blocks" not in unet_config:
        return {}
    sizes = {field.name: unet_config[field.name] for field in fields(UNetConfig) if field.name in unet_config}
    modules = unet_modules(UNetConfig(**sizes))
    return {f"{theirs}.{leaf}": f"{own}.{leaf}" for theirs, own in modules.items() for leaf in ("weight", "bias")}


__getattr__ = lacks_of("comfy.model_detection")
