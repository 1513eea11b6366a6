"""Nodes that enlarge a picture and let a model draw it again: SD Upscale and Hires Fix."""

from typing import Annotated

from comfy import latents, upscaling
from comfy import redrawing as ops
from comfy.images import resize_by
from comfy.sampling.each import Request, Seeds, sample_with_seeds
from execution import progress
from nodes.declare import node
from nodes.fitting import fit_conditioning, fit_latent
from nodes.needs import need
from nodes.sampling import Cfg, SamplerName, SchedulerName, Steps, report_steps
from nodes.types import VAE, Conditioning, Image, Latent, Model, Seed
from nodes.upscalers import UpscaleModel, need_upscaler
from nodes.widgets import OPTIONAL, Choice, Number, Tip

Scale = Annotated[float, Number(2.0, 1.0, 8.0)]
TileSide = Annotated[int, Number(512, 128, 4096, step=8)]
LATENT_METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "bislerp")
PICTURE_METHOD = "picture"


@node("image/upscaling", display_name="SD Upscale")
class SDUpscale:
    """Enlarge a picture and draw it again tile by tile, each with a seed of its own, the seams blended."""

    def upscale(
        self,
        image: Image,
        model: Model,
        vae: VAE,
        positive: Conditioning,
        negative: Conditioning,
        scale_by: Annotated[Scale, OPTIONAL] = 2.0,
        tile_width: Annotated[TileSide, OPTIONAL] = 512,
        tile_height: Annotated[TileSide, OPTIONAL] = 512,
        overlap: Annotated[int, Number(64, 0, 256, step=8), OPTIONAL] = 64,
        seed: Annotated[Seed, OPTIONAL] = 0,
        steps: Annotated[Steps, OPTIONAL] = 20,
        cfg: Annotated[Cfg, OPTIONAL] = 8.0,
        sampler_name: Annotated[SamplerName, OPTIONAL] = "euler",
        scheduler: Annotated[SchedulerName, OPTIONAL] = "simple",
        denoise: Annotated[
            float, Number(0.3), Tip("0.1–0.35 adds detail; more draws other things into the tiles."), OPTIONAL
        ] = 0.3,
        upscale_model: Annotated[UpscaleModel, Tip("Without one the picture is enlarged by Lanczos.")] | None = None,
    ) -> Image:
        fit_conditioning(need(model, "model"), positive=positive, negative=negative)
        request = Request(model, sampler_name, scheduler, steps, cfg, positive, negative, denoise)
        enlarged = _enlarged(image, scale_by, upscale_model)
        tiles = ops.TileGrid(enlarged.shape[2], enlarged.shape[1], tile_width, tile_height, overlap)
        report = progress.current()
        return ops.redraw(request, need(vae, "vae"), enlarged, tiles, seed, report.update, report.check_cancelled)


@node("sampling", display_name="Hires Fix")
class HiresFix:
    """Enlarge what a sampler has made and draw it again, so that large pictures keep the order of small ones."""

    def sample(
        self,
        model: Model,
        vae: Annotated[VAE, Tip("Used when the picture, not the latent, is enlarged.")],
        positive: Conditioning,
        negative: Conditioning,
        latent_image: Latent,
        upscaler: Annotated[str, Choice((*LATENT_METHODS, PICTURE_METHOD)), OPTIONAL] = LATENT_METHODS[0],
        scale_by: Annotated[Scale, OPTIONAL] = 2.0,
        seed: Annotated[Seed, OPTIONAL] = 0,
        hires_steps: Annotated[int, Number(20, 1, 10_000), OPTIONAL] = 20,
        cfg: Annotated[Cfg, OPTIONAL] = 8.0,
        sampler_name: Annotated[SamplerName, OPTIONAL] = "euler",
        scheduler: Annotated[SchedulerName, OPTIONAL] = "simple",
        denoise: Annotated[
            float, Number(0.7), Tip("Latent upscalers want 0.55 or more; for pictures 0.3 suffices."), OPTIONAL
        ] = 0.7,
        upscale_model: Annotated[UpscaleModel, Tip("Enlarges the picture.")] | None = None,
    ) -> Latent:
        fit_conditioning(need(model, "model"), positive=positive, negative=negative)
        latent = fit_latent(model, latent_image)
        if upscaler == PICTURE_METHOD or upscale_model is not None:
            pictures = need(vae, "vae").decode(latent["samples"])
            latent = {**latent, "samples": vae.encode(_enlarged(pictures, scale_by, upscale_model))}
        else:
            latent = latents.upscale_by(latent, upscaler, scale_by)
        request = Request(model, sampler_name, scheduler, hires_steps, cfg, positive, negative, denoise)
        return sample_with_seeds(request, Seeds(seed), latent, report_steps(model))


def _enlarged(image: Image, factor: float, upscale_model: UpscaleModel | None) -> Image:
    if upscale_model is None:
        return resize_by(image, factor, "lanczos")
    return upscaling.upscale_to(need_upscaler(upscale_model), image, factor)
