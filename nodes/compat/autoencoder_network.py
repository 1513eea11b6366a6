"""What packs import as `comfy.ldm.models.autoencoder`: the network of an autoencoder, made of its sizes."""

from collections.abc import Mapping
from typing import Any

from comfy.models.autoencoder import Autoencoder, AutoencoderConfig
from nodes.compat.names import lacks_of


class _AlsoSkeins(type):
    """The networks of Skein's own autoencoders count as such."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Autoencoder)


class AutoencoderKL(Autoencoder, metaclass=_AlsoSkeins):
    """An autoencoder without weights yet; `ddconfig` has the sizes by the names of latent diffusion's settings.

    Pictures are [B, 3, H, W] from -1 to 1.
    """

    def __init__(self, embed_dim: int = 4, ddconfig: Mapping[str, Any] | None = None, **_: Any) -> None:
        told, usual = ddconfig or {}, AutoencoderConfig()
        super().__init__(
            AutoencoderConfig(
                channels=told.get("ch", usual.channels),
                multipliers=tuple(told.get("ch_mult", usual.multipliers)),
                res_blocks=told.get("num_res_blocks", usual.res_blocks),
                latent_channels=told.get("z_channels", usual.latent_channels),
                embed_channels=embed_dim,
                in_channels=told.get("in_channels", usual.in_channels),
            )
        )


__getattr__ = lacks_of("comfy.ldm.models.autoencoder")
