"""What packs import as `comfy.diffusers_convert`: tensors of diffusers' layout under their original names."""

from collections.abc import Mapping

from torch import Tensor

from comfy.unet_layouts import unet_from_diffusers
from comfy.vae_layouts import vae_from_diffusers
from nodes.compat.names import lacks_of

StateDict = Mapping[str, Tensor]


def convert_unet_state_dict(unet_state_dict: StateDict) -> dict[str, Tensor]:
    """Those of a U-Net. Raises `ArchitectureError` where one is missing."""
    return dict(unet_from_diffusers(unet_state_dict))


def convert_vae_state_dict(vae_state_dict: StateDict) -> dict[str, Tensor]:
    """Those of an autoencoder, whose attention has convolutions in place of matrices."""
    return dict(vae_from_diffusers(vae_state_dict))


def convert_text_enc_state_dict(text_enc_dict: StateDict) -> StateDict:
    """Those of a text encoder of Stable Diffusion 1, which both call the same."""
    return text_enc_dict


__getattr__ = lacks_of("comfy.diffusers_convert")
