"""What packs import as `comfy_extras.chainner_models.model_loading`: upscalers and their like by their weights."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from comfy.upscaling import picture_model_of


def load_state_dict(state_dict: Mapping[str, Tensor]) -> Any:
    """A spandrel descriptor of the network with these weights."""
    return picture_model_of(state_dict, "The network that a pack loads")
