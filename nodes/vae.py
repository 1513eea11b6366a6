"""Nodes that turn latents into images and back."""

from typing import Annotated

from comfy import masks
from execution import progress
from nodes.declare import node
from nodes.needs import need
from nodes.types import VAE, Image, Latent, Mask
from nodes.widgets import Number, Tip

Overlap = Annotated[int, Number(64, 0, 4096, step=32)]
VideoFrames = Annotated[int, Number(64, 8, 4096, step=4), Tip("For video VAEs: frames at a time.")]
VideoOverlap = Annotated[int, Number(8, 4, 4096, step=4), Tip("For video VAEs: frames that two passes share.")]


@node("latent", display_name="VAE Decode", order=("samples", "vae"))
class VAEDecode:
    """Turn latents into images."""

    def decode(
        self,
        vae: Annotated[VAE, Tip("The VAE that the latent was made for.")],
        samples: Annotated[Latent, Tip("The latent to decode.")],
    ) -> Annotated[Image, Tip("The decoded images.")]:
        return need(vae, "vae").decode(samples["samples"])


@node("_for_testing", display_name="VAE Decode (Tiled)", order=("samples", "vae"))
class VAEDecodeTiled:
    """Turn latents into images tile by tile, which needs less memory."""

    def decode(
        self,
        vae: VAE,
        samples: Latent,
        tile_size: Annotated[int, Number(512, 64, 4096, step=32)],
        overlap: Overlap = 64,
        temporal_size: VideoFrames = 64,
        temporal_overlap: VideoOverlap = 8,
    ) -> Image:
        return need(vae, "vae").decode_in_tiles(samples["samples"], tile_size, overlap, progress.current().update)


@node("latent", display_name="VAE Encode", order=("pixels", "vae"))
class VAEEncode:
    """Turn images into latents; sides are cut to multiples of 8."""

    def encode(self, vae: VAE, pixels: Image) -> Latent:
        return {"samples": need(vae, "vae").encode(pixels)}


@node("_for_testing", display_name="VAE Encode (Tiled)", order=("pixels", "vae"))
class VAEEncodeTiled:
    """Turn images into latents tile by tile, which needs less memory."""

    def encode(
        self,
        vae: VAE,
        pixels: Image,
        tile_size: Annotated[int, Number(512, 64, 4096, step=64)],
        overlap: Overlap = 64,
        temporal_size: VideoFrames = 64,
        temporal_overlap: VideoOverlap = 8,
    ) -> Latent:
        return {"samples": need(vae, "vae").encode_in_tiles(pixels, tile_size, overlap, progress.current().update)}


@node("latent/inpaint", display_name="VAE Encode (for Inpainting)", order=("pixels", "vae"))
class VAEEncodeForInpaint:
    """Turn images into latents with what lies under the mask blanked out, for a model to paint anew."""

    def encode(
        self, vae: VAE, pixels: Image, mask: Mask, grow_mask_by: Annotated[int, Number(6, 0, 64, step=1)] = 6
    ) -> Latent:
        blanked, grown = masks.prepare_for_inpainting(pixels[..., :3], mask, grow_mask_by)
        return {"samples": need(vae, "vae").encode(blanked), "noise_mask": grown}
