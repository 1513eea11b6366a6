"""A small random CLIP picture encoder of transformers', and its tensors in both published layouts."""

from typing import Any

import torch

from comfy.text.layouts import LAYER
from comfy.vision_layouts import OUTER
from tests.comfy.small_sd1 import randomise


def transformers_encoder(activation: str, projection: int = 48) -> Any:
    """A picture encoder of transformers' for pictures of 56 pixels."""
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    model = CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=128,
            intermediate_size=192,
            num_hidden_layers=3,
            num_attention_heads=2,
            image_size=56,
            patch_size=14,
            projection_dim=projection,
            hidden_act=activation,
        )
    ).eval()
    randomise(model)
    return model


def transformers_tensors(model: Any) -> dict[str, torch.Tensor]:
    """Its tensors by the names that files have."""
    return {
        name: tensor.detach().clone()
        for name, tensor in model.state_dict().items()
        if not name.endswith("position_ids")
    }


def in_open_clips_layout(tensors: dict[str, torch.Tensor], prefix: str = "") -> dict[str, torch.Tensor]:
    """The same tensors as OpenCLIP writes them."""
    inner = {name.removeprefix("vision_model."): tensor for name, tensor in tensors.items()}
    made = {old: inner[new] for old, new in OUTER.items()}
    made["proj"] = inner["visual_projection.weight"].T.contiguous()
    for number in range(sum(1 for name in inner if name.endswith("mlp.fc1.weight"))):
        theirs, ours = f"transformer.resblocks.{number}.", f"encoder.layers.{number}."
        for leaf in ("weight", "bias"):
            made |= {f"{theirs}{old}.{leaf}": inner[f"{ours}{new}.{leaf}"] for old, new in LAYER.items()}
            parts = [inner[f"{ours}self_attn.{part}_proj.{leaf}"] for part in "qkv"]
            made[f"{theirs}attn.in_proj_{leaf}"] = torch.cat(parts)
    return {f"{prefix}visual.{name}": tensor for name, tensor in made.items()}
