"""Families of diffusion models that cannot be loaded, told by their tensors, so that a file is called by its name."""

from collections.abc import Mapping

import torch

from comfy.families import KINDS

# Parts that stand in a tensor's name in files of each family, most telling first; a file must have one for each.
OTHER_FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Stable Video Diffusion", ("input_blocks.1.0.time_stack.",)),
    ("Stable Video Diffusion", ("down_blocks.0.resnets.0.temporal_res_block.",)),
    ("AnimateDiff", ("motion_modules.0.",)),
    ("HunyuanVideo", ("txt_in.individual_token_refiner.",)),
    ("Chroma", ("distilled_guidance_layer.",)),
    ("Flux 2", ("double_stream_modulation_img.",)),
    ("Flux", ("double_blocks.0.img_attn.",)),
    ("Flux", ("single_transformer_blocks.0.", "transformer_blocks.0.attn.norm_added_q.")),
    ("Stable Diffusion 3", ("joint_blocks.0.",)),
    ("Stable Diffusion 3", ("transformer_blocks.0.attn.add_q_proj.", "context_embedder.")),
    ("AuraFlow", ("cond_seq_linear.",)),
    ("Qwen-Image", ("transformer_blocks.0.img_mod.",)),
    ("HiDream", ("double_stream_blocks.0.",)),
    ("Lumina 2 or Z-Image", ("noise_refiner.0.",)),
    ("LTX-Video", ("patchify_proj.", "adaln_single.")),
    ("PixArt", ("t_block.1.",)),
    ("PixArt", ("caption_projection.", "adaln_single.")),
    ("Hunyuan-DiT", ("mlp_t5.0.",)),
    ("Wan", ("head.modulation", "patch_embedding.")),
    ("Mochi", ("t5_yproj.",)),
    ("Cosmos", ("x_embedder.proj.1.",)),
    ("Stable Cascade", ("clip_txt_mapper.",)),
    ("Stable Cascade", ("effnet_mapper.",)),
    ("Stable Audio", ("to_timestep_embed.", "to_cond_embed.")),
    ("Kolors", ("encoder_hid_proj.",)),
    ("DeepFloyd IF", ("encoder_pooling.",)),
)


def other_family(state_dict: Mapping[str, torch.Tensor]) -> str | None:
    """The family that a file's tensors are of, where it is a known one that cannot be loaded; else None."""
    for family, parts in OTHER_FAMILIES:
        if all(any(_stands_in(part, name) for name in state_dict) for part in parts):
            return family
    return None


def refusal(family: str, name: str) -> str:
    """What is said of a file of a family that cannot be loaded."""
    known = ", ".join(kind.name for kind in KINDS)
    return f"{name} is of the family {family}, which cannot be loaded. Diffusion models of these can: {known}."


def _stands_in(part: str, name: str) -> bool:
    """Whether a name begins so, or so behind a prefix as checkpoints have it; those of LoRAs do not count."""
    return (name.startswith(part) or f".{part}" in name) and ".lora" not in name
