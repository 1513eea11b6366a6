"""What packs import as `comfy.clip_vision`: names for their annotations; Skein has no encoder of pictures yet."""

from typing import Any

from torch import Tensor


class Output:
    """What an encoder of pictures makes; packs that bring an encoder of their own fill it."""

    image_embeds: Tensor
    last_hidden_state: Tensor
    penultimate_hidden_states: Tensor

    def __getitem__(self, key: str) -> Any:
        return getattr(self, key)

    def __setitem__(self, key: str, item: Any) -> None:
        setattr(self, key, item)


class ClipVisionModel:
    """An encoder of pictures."""

    def encode_image(self, image: Tensor, crop: bool = True) -> Output:
        raise NotImplementedError(MISSING)


MISSING = "CLIP vision models cannot be loaded yet. Use a pack that brings its own encoder of pictures."


def load(ckpt_path: str) -> ClipVisionModel:
    """Raises `NotImplementedError`, which says so."""
    raise NotImplementedError(MISSING)
