"""The changes of weights that hooks make: a LoRA's, and the way to another model."""

from collections.abc import Mapping
from typing import Any

import torch

from comfy.diffusion_model import DiffusionModel
from comfy.hooks import Hook
from comfy.merging import Shares, mixed
from comfy.text.encoder import TextEncoder
from comfy.text.tower import Tower


def lora_hook(lora: Mapping[str, torch.Tensor], strength_model: float, strength_clip: float) -> Hook:
    """What a LoRA file changes."""
    return Hook(
        lambda model, strength: model.with_lora(lora, strength),
        lambda clip, strength: clip.with_lora(lora, strength),
        strength_model,
        strength_clip,
    )


def model_hook(model: DiffusionModel, clip: TextEncoder | None, strength_model: float, strength_clip: float) -> Hook:
    """The way from a model to another one, all of it at strength 1."""

    def change_model(own: DiffusionModel, strength: float) -> DiffusionModel:
        return own.clone_with(weights=mixed(own.weights, model.weights, lambda name: _shares(strength)))

    def change_clip(own: TextEncoder, strength: float) -> TextEncoder:
        others = {tower.role: tower.weights for tower in clip.towers} if clip is not None else {}

        def change(tower: Tower) -> Any:
            if tower.role not in others:
                return tower.weights
            return mixed(tower.weights, others[tower.role], lambda name: _shares(strength))

        return own.with_weights(change)

    return Hook(change_model, change_clip, strength_model, strength_clip)


def _shares(strength: float) -> Shares:
    return Shares(1 - strength, strength)
