"""Opening what Skein's nodes pass on to packs: the same values, with what packs expect to find at them."""

from collections.abc import Callable
from typing import Any

from nodes.compat.autoencoder import open_vae
from nodes.compat.clip import open_clip
from nodes.compat.clip_vision import open_encoded, open_picture_encoder
from nodes.compat.controlnet import open_control
from nodes.compat.guiders import open_guider
from nodes.compat.hooks import open_hooks, open_keyframes
from nodes.compat.model_patcher import open_model
from nodes.compat.sampler_objects import open_sampler
from nodes.compat.style_model import open_style_model

OPENERS: dict[str, Callable[[Any], Any]] = {
    "MODEL": open_model,
    "CLIP": open_clip,
    "VAE": open_vae,
    "GUIDER": open_guider,
    "SAMPLER": open_sampler,
    "CONTROL_NET": open_control,
    "HOOKS": open_hooks,
    "HOOK_KEYFRAMES": open_keyframes,
    "CLIP_VISION": open_picture_encoder,
    "CLIP_VISION_OUTPUT": open_encoded,
    "STYLE_MODEL": open_style_model,
}


def opened(kind: str, value: Any) -> Any:
    """A value of an output's type, open to packs; None stays None, and what a pack made stays as it is."""
    return value if value is None else OPENERS[kind](value)
