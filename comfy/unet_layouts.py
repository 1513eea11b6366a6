"""U-Nets in diffusers' layout: their sizes, and their tensors under the original names."""

from collections.abc import Mapping

import torch

from comfy.errors import ArchitectureError
from comfy.lora_names import unet_modules
from comfy.models.shapes import StateDict, count, has, numbered, size_of
from comfy.models.unet import NO_MIDDLE, ONE_RES_BLOCK, SD2_TEXT_WIDTH, UNetConfig
from comfy.renamed import RenamedStateDict, renamed

TEXT_KEYS = "transformer_blocks.0.attn2.to_k.weight"
VECTOR_NAMES = ("add_embedding.linear_1.weight", "class_embedding.linear_1.weight")


def is_diffusers_unet(state_dict: StateDict) -> bool:
    """Whether a file is a U-Net in diffusers' layout."""
    return "conv_in.weight" in state_dict and has(state_dict, "down_blocks.0.resnets.")


def unet_from_diffusers(state_dict: StateDict) -> RenamedStateDict:
    """The tensors under the original names; marks beside the U-Net are kept."""
    config = config_from_diffusers(state_dict)
    names = diffusers_names(config)
    known = {f"{theirs}.{leaf}": f"{ours}.{leaf}" for theirs, ours in names.items() for leaf in ("weight", "bias")}
    marks = {name: name for name in ("v_pred", "ztsnr", "edm_mean", "edm_std") if name in state_dict}
    return renamed(state_dict, {**known, **marks})


def diffusers_names(config: UNetConfig) -> dict[str, str]:
    """Module names of diffusers to the original ones, also those of models whose vector is called a class."""
    names = unet_modules(config)
    classes = {f"class_embedding.linear_{n}": names[f"add_embedding.linear_{n}"] for n in (1, 2)}
    return {**names, **classes}


def config_from_diffusers(state_dict: StateDict) -> UNetConfig:
    """The sizes of a U-Net in diffusers' layout; raises ArchitectureError where a tensor is missing."""
    levels = list(numbered(state_dict, "down_blocks.{}."))
    down = [_depths(state_dict, f"down_blocks.{level}.") for level in levels]
    up = [depth for level in levels for depth in _depths(state_dict, f"up_blocks.{level}.")]
    model_channels = size_of(state_dict, "conv_in.weight", 0)
    widths = [size_of(state_dict, f"down_blocks.{level}.resnets.0.conv1.weight", 0) for level in levels]
    linear, context_dim = _attention(state_dict)
    vector = next((size_of(state_dict, name, 1) for name in VECTOR_NAMES if name in state_dict), None)
    sizes = UNetConfig(
        in_channels=size_of(state_dict, "conv_in.weight", 1),
        out_channels=size_of(state_dict, "conv_out.weight", 0) if "conv_out.weight" in state_dict else 4,
        model_channels=model_channels,
        channel_mult=tuple(width // model_channels for width in widths),
        res_blocks=tuple(len(depths) for depths in down),
        transformer_depth=tuple(depths[-1] for depths in down),
        middle_depth=_middle_depth(state_dict),
        context_dim=context_dim,
        head_dim=64 if linear else None,
        linear_projections=linear,
        vector_dim=vector,
        attends_in_float32=linear and context_dim <= SD2_TEXT_WIDTH,
    )
    return sizes.with_depths([depth for depths in down for depth in depths], up)


def _depths(state_dict: StateDict, prefix: str) -> list[int]:
    return [
        count(state_dict, f"{prefix}attentions.{block}.transformer_blocks." + "{}.")
        for block in numbered(state_dict, prefix + "resnets.{}.")
    ]


def _middle_depth(state_dict: StateDict) -> int:
    if not has(state_dict, "mid_block.resnets.0."):
        return NO_MIDDLE
    return count(state_dict, "mid_block.attentions.0.transformer_blocks.{}.") or ONE_RES_BLOCK


def _attention(state_dict: Mapping[str, torch.Tensor]) -> tuple[bool, int]:
    for name, tensor in state_dict.items():
        if name.endswith(TEXT_KEYS):
            projection = state_dict[name.removesuffix(TEXT_KEYS) + "proj_in.weight"]
            return projection.ndim == 2, int(tensor.shape[1])
    raise ArchitectureError(f"no tensor says how wide its text is: there is no {TEXT_KEYS}")
