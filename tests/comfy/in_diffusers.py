"""diffusers' networks of the sizes that Skein's have, to compare with or to write in their layout."""

from typing import Any

import torch

from comfy.models.autoencoder import AutoencoderConfig
from comfy.models.unet import UNET_PREFIX, UNet, UNetConfig


def empty_unet(config: UNetConfig, **changes: Any) -> Any:
    """diffusers' U-Net of these sizes, without memory for its weights."""
    from diffusers import UNet2DConditionModel

    widths = [config.model_channels * multiplier for multiplier in config.channel_mult]
    has_attention = [depth > 0 for depth in config.transformer_depth]
    depths = (*config.transformer_depth[:-1], config.middle_depth)
    of_xl = {
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": config.vector_dim,
    }
    with torch.device("meta"):
        return UNet2DConditionModel(
            in_channels=config.in_channels,
            out_channels=config.out_channels,
            block_out_channels=widths,
            layers_per_block=config.res_blocks[0],
            down_block_types=["CrossAttnDownBlock2D" if there else "DownBlock2D" for there in has_attention],
            up_block_types=["CrossAttnUpBlock2D" if there else "UpBlock2D" for there in reversed(has_attention)],
            transformer_layers_per_block=[max(depth, 1) for depth in depths],
            cross_attention_dim=config.context_dim,
            attention_head_dim=[config.heads_of(width) for width in widths],
            use_linear_projection=config.linear_projections,
            **({} if config.vector_dim is None else of_xl),
            **changes,
        ).eval()


def diffusers_unet(unet: UNet) -> Any:
    """diffusers' network over the same tensors."""
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

    theirs = empty_unet(unet.config)
    weights = {f"{UNET_PREFIX}{name}": weight for name, weight in unet.state_dict().items()}
    theirs.load_state_dict(convert_ldm_unet_checkpoint(weights, theirs.config), assign=True)
    return theirs


def empty_vae(config: AutoencoderConfig) -> Any:
    """diffusers' autoencoder of these sizes, its weights random."""
    from diffusers import AutoencoderKL

    levels = len(config.multipliers)
    return AutoencoderKL(
        block_out_channels=[config.channels * multiplier for multiplier in config.multipliers],
        layers_per_block=config.res_blocks,
        down_block_types=["DownEncoderBlock2D"] * levels,
        up_block_types=["UpDecoderBlock2D"] * levels,
    )
