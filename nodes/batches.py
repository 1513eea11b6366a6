"""Nodes that put batches together anew."""

from typing import Annotated

from comfy import batches as ops
from nodes.declare import node
from nodes.types import Image, Latent
from nodes.widgets import Listed, Number

BatchSize = Annotated[int, Number(1, 1, 4096)]


@node("image/batch", display_name="Rebatch Images", takes_lists=True)
class RebatchImages:
    """Put the pictures of one or several batches into batches of another size; pictures of one size stay together."""

    def rebatch(self, images: Image, batch_size: BatchSize) -> Annotated[Image, Listed()]:
        return ops.rebatch_images(images, batch_size[0])  # type: ignore[index, return-value]


@node("latent/batch", display_name="Rebatch Latents", takes_lists=True)
class RebatchLatents:
    """Put the latents of one or several batches into batches of another size; each keeps the noise of its place."""

    def rebatch(self, latents: Latent, batch_size: BatchSize) -> Annotated[Latent, Listed()]:
        return ops.rebatch_latents(latents, batch_size[0])  # type: ignore[arg-type, index, return-value]
