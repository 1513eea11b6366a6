"""Autoencoders in diffusers' layout: their tensors under the original names."""

import re

import torch

from comfy.models.shapes import StateDict, count, has
from comfy.renamed import RenamedStateDict

# What diffusers calls the parts of an attention block, in its older and newer versions.
ATTENTION = {
    "group_norm": "norm",
    "query": "q",
    "key": "k",
    "value": "v",
    "proj_attn": "proj_out",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
}
RULES = (
    (r"\.down_blocks\.(\d+)\.resnets\.(\d+)\.", r".down.\1.block.\2."),
    (r"\.down_blocks\.(\d+)\.downsamplers\.0\.", r".down.\1.downsample."),
    (r"\.up_blocks\.(\d+)\.resnets\.(\d+)\.", r".up.\1.block.\2."),
    (r"\.up_blocks\.(\d+)\.upsamplers\.0\.", r".up.\1.upsample."),
    (r"\.mid_block\.resnets\.0\.", ".mid.block_1."),
    (r"\.mid_block\.resnets\.1\.", ".mid.block_2."),
    (r"\.conv_shortcut\.", ".nin_shortcut."),
    (r"\.conv_norm_out\.", ".norm_out."),
)
MIDDLE_ATTENTION = ".mid_block.attentions.0."


def is_diffusers_vae(state_dict: StateDict) -> bool:
    """Whether a file is an autoencoder in diffusers' layout."""
    return has(state_dict, "decoder.up_blocks.0.resnets.")


def vae_from_diffusers(state_dict: StateDict) -> RenamedStateDict:
    """The tensors under the original names; attention's projections are matrices there and convolutions here."""
    resolutions = count(state_dict, "decoder.up_blocks.{}.")
    tensors: dict[str, torch.Tensor] = {}
    sources: dict[str, str] = {}
    for name, tensor in state_dict.items():
        new = original_name(name, resolutions)
        is_matrix = ".attn_1." in new and tensor.ndim == 2
        tensors[new], sources[new] = tensor[:, :, None, None] if is_matrix else tensor, name
    return RenamedStateDict(state_dict, tensors, sources)


def original_name(name: str, resolutions: int) -> str:
    """What a tensor of diffusers' autoencoder was called first; the way up is numbered from the finest there."""
    if MIDDLE_ATTENTION in name:
        part, _, rest = name.partition(MIDDLE_ATTENTION)
        module, _, leaf = rest.rpartition(".")
        return f"{part}.mid.attn_1.{ATTENTION.get(module, module)}.{leaf}"
    name = re.sub(r"\.up_blocks\.(\d+)\.", lambda m: f".up_blocks.{resolutions - 1 - int(m[1])}.", name)
    for pattern, new in RULES:
        name = re.sub(pattern, new, name)
    return name
