"""Nodes for painting part of a picture anew."""

from typing import Annotated

from comfy import inpainting as ops
from comfy import masks as mask_ops
from comfy.latent_formats import STABLE_DIFFUSION_1
from nodes.declare import node
from nodes.needs import need
from nodes.types import VAE, Image, Latent, Mask, Model, Seed
from nodes.widgets import OPTIONAL, Choice, Name, Number, Socket, Tip

CATEGORY = "latent/inpaint"
Cut = Annotated[ops.Cutout, Socket("INPAINT_CUTOUT")]
BLUR, SIDE = 4.0, 512
BlurRadius = Annotated[float, Number(BLUR, 0.0, 256.0, step=0.5), Tip("Over how many pixels the mask's edge fades.")]
SOFT_STEPS = Tip("Pixels over which the sampler itself fades; leave 0 where the result is blended afterwards.")
Side = Annotated[int, Number(SIDE, 64, 4096, step=8)]


@node("mask", display_name="Blur Mask")
class MaskBlur:
    """Soften a mask's edge."""

    def blur(self, mask: Mask, radius: BlurRadius) -> Mask:
        return mask_ops.blur(mask, radius)


@node(CATEGORY, display_name="Encode Masked Content")
class EncodeMaskedContent:
    """Encode a picture for inpainting, with a choice of what lies under the mask to begin with.

    Fill takes the colours around it; latent noise suits something quite new, latent nothing an even surface.
    """

    def encode(
        self,
        vae: VAE,
        pixels: Image,
        mask: Mask,
        masked_content: Annotated[str, Choice(ops.CONTENTS), OPTIONAL] = ops.CONTENTS[0],
        mask_blur: Annotated[float, Number(0.0, 0.0, 256.0, step=0.5), SOFT_STEPS, OPTIONAL] = 0.0,
        seed: Annotated[Seed, Tip("For latent noise."), OPTIONAL] = 0,
        model: Annotated[Model, Tip("Tells how strong noise must be.")] | None = None,
    ) -> Latent:
        pixels, noise_mask = mask_ops.fit_to_latent(pixels[..., :3], mask)
        if masked_content == "fill":
            pixels = ops.fill(pixels, noise_mask)
        samples = need(vae, "vae").encode(pixels)
        scale = model.latent_format.scale if model is not None else STABLE_DIFFUSION_1.scale
        soft = mask_ops.blur(noise_mask, mask_blur)
        return {
            "samples": ops.with_content(samples, noise_mask, masked_content, seed, scale),
            "noise_mask": mask_ops.to_noise_mask(soft),
        }


@node(CATEGORY, display_name="Cut Out Masked Area")
class InpaintCutOut:
    """Take the part around a mask out of a picture and enlarge it, to be painted at full resolution."""

    def cut(
        self,
        image: Image,
        mask: Mask,
        padding: Annotated[
            int, Number(32, 0, 4096), Tip("Pixels around the mask that the model gets to see."), OPTIONAL
        ] = 32,
        width: Annotated[Side, Tip("What the part is enlarged to."), OPTIONAL] = SIDE,
        height: Annotated[Side, OPTIONAL] = SIDE,
        mask_blur: Annotated[BlurRadius, OPTIONAL] = BLUR,
    ) -> tuple[Annotated[Cut, Name("cutout")], Image, Mask]:
        return ops.cut_out(image, mask, padding, width, height, mask_blur)


@node(CATEGORY, display_name="Put Back Masked Area")
class InpaintPutBack:
    """Put a part that was painted anew back into its picture, blended at the mask's edge."""

    def put_back(self, cutout: Cut, image: Image) -> Image:
        return ops.put_back(cutout, image)


@node("image", display_name="Compose by Masks")
class ComposeByMasks:
    """Lay the pictures of a batch over a base one by one, each where its own mask is painted."""

    def compose(
        self, base: Image, images: Image, masks: Mask, mask_blur: Annotated[BlurRadius, OPTIONAL] = BLUR
    ) -> Image:
        if len(images) != len(masks):
            raise ValueError(
                f"The input images holds {len(images)} pictures, but masks holds {len(masks)}: give one mask for each."
            )
        return ops.compose(base, images, masks, mask_blur)
