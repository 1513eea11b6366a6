"""GLIGEN's layers for the small Stable Diffusion 1 U-Net, random, by their published names."""

import torch

from comfy.models.gligen import Gligen, GligenConfig
from tests.comfy.small_sd1 import randomise

# Of the small U-Net's levels: where the original layout and diffusers' have their transformers, how many there are, of
# how many blocks, and their width.
LEVELS = [
    ("input_blocks", 1, "down_blocks.0.attentions", 2, 1, 32),
    ("input_blocks", 4, "down_blocks.1.attentions", 2, 2, 64),
    ("middle_block", 0, "mid_block.attentions", 1, 1, 128),
    ("output_blocks", 3, "up_blocks.1.attentions", 3, 2, 64),
    ("output_blocks", 6, "up_blocks.2.attentions", 3, 1, 32),
]
BLOCKS = [
    (
        f"{part if part == 'middle_block' else f'{part}.{first + n}'}.1.transformer_blocks.{block}",
        f"{theirs}.{n}.transformer_blocks.{block}",
        width,
    )
    for part, first, theirs, transformers, depth, width in LEVELS
    for n in range(transformers)
    for block in range(depth)
]
TEXT_WIDTH = 64


def file_tensors() -> dict[str, torch.Tensor]:
    layers = Gligen(GligenConfig((), tuple(width for _, _, width in BLOCKS), TEXT_WIDTH))
    randomise(layers)
    for fuser in layers.fusers:
        torch.nn.init.constant_(fuser.alpha_attn, 0.7)
        torch.nn.init.constant_(fuser.alpha_dense, -0.4)
    names = {f"fusers.{number}.": f"{place}.fuser." for number, (place, _, _) in enumerate(BLOCKS)}

    def named(name: str) -> str:
        start = next((start for start in names if name.startswith(start)), "")
        return names.get(start, "") + name.removeprefix(start)

    return {named(name): tensor.clone() for name, tensor in layers.state_dict().items()}
