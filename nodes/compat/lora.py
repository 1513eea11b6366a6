"""What packs find in `comfy.lora` beside Skein's own: which weights a LoRA file speaks of, and what it does to them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from torch import Tensor

from comfy.lora import patches_for
from comfy.lora_names import text_encoder_names, unet_names
from comfy.weights import Patch
from nodes.compat.clip import PREFIX as CLIP_PREFIX
from nodes.compat.inner_model import PREFIX as UNET_PREFIX
from nodes.compat.weight_patches import LoraWeight
from nodes.compat.weight_patches import calculate_weight as calculate_weight


def model_lora_keys_unet(model: Any, key_map: dict[str, str] | None = None) -> dict[str, str]:
    """Every name under which a LoRA file may speak of a weight of `model.model`, to the weight's name."""
    found = {} if key_map is None else key_map
    found.update({name: UNET_PREFIX + weight for name, weight in unet_names(model.current_patcher.config).items()})
    return found


def model_lora_keys_clip(model: Any, key_map: dict[str, str] | None = None) -> dict[str, str]:
    """The same of `clip.cond_stage_model`."""
    found = {} if key_map is None else key_map
    networks = {network.tower.role: network for network in model.networks()}
    for role, network in networks.items():
        names = text_encoder_names(network.transformer.state_dict(), role, len(networks) > 1)
        found.update({name: CLIP_PREFIX.format(role=role) + weight for name, weight in names.items()})
    return found


def load_lora(
    lora: Mapping[str, Tensor], to_load: Mapping[str, str], log_missing: bool = True
) -> dict[str, LoraWeight]:
    """What a LoRA file does to each weight, for `add_patches`."""
    found: dict[str, LoraWeight] = {}
    for name, weight in to_load.items():
        for changed in patches_for(lora, {name: weight}, 1.0):
            found[changed] = LoraWeight(partial(_at_strength, lora, name, weight, changed))
    return found


def _at_strength(lora: Mapping[str, Tensor], name: str, weight: str, changed: str, strength: float) -> Patch:
    return patches_for(lora, {name: weight}, strength)[changed]


def convert_lora(lora: Mapping[str, Tensor], metadata: Any = None) -> Mapping[str, Tensor]:
    """A LoRA as it is: its layouts are told apart where it is read."""
    return lora
