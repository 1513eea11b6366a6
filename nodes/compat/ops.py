"""What packs import as `comfy.ops`: torch's layers, computing in their input's precision."""

from comfy.models import layers


class disable_weight_init:  # noqa: N801 - packs name it
    """The layers by torch's names."""

    Linear = layers.Linear
    Conv2d = layers.Conv2d
    LayerNorm = layers.LayerNorm
    GroupNorm = layers.GroupNorm


class manual_cast(disable_weight_init):  # noqa: N801
    """The same: Skein's layers always compute so."""
