"""A pack that draws a part of a picture anew with the built-in nodes' classes, and has samplers of its own."""

import comfy.k_diffusion.sampling
import comfy.sample
import comfy.samplers
import latent_preview
import nodes
import torch
from comfy import model_management
from comfy_extras.nodes_custom_sampler import Noise_RandomNoise


def add_up(model, x, sigmas, extra_args=None, callback=None, disable=None, factor=1.0):
    """Euler's steps, longer by a factor."""
    extra_args = {} if extra_args is None else extra_args
    ones = x.new_ones([x.shape[0]])
    for i in range(len(sigmas) - 1):
        model_management.throw_exception_if_processing_interrupted()
        denoised = model(x, sigmas[i] * ones, **extra_args)
        d = comfy.k_diffusion.sampling.to_d(x, sigmas[i], denoised)
        if callback is not None:
            callback({"x": x, "i": i, "sigma": sigmas[i], "sigma_hat": sigmas[i], "denoised": denoised})
        x = x + d * (sigmas[i + 1] - sigmas[i]) * factor
    return x


class Detail:
    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "run", ("LATENT",)

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "model": ("MODEL",), "positive": ("CONDITIONING",), "negative": ("CONDITIONING",), "vae": ("VAE",),
                "latent": ("LATENT",), "sampler_name": (comfy.samplers.KSampler.SAMPLERS,),
                "scheduler": (comfy.samplers.KSampler.SCHEDULERS,), "how": (["node", "common", "sample", "guider"],),
            }
        }  # fmt: skip

    def run(self, model, positive, negative, vae, latent, sampler_name, scheduler, how):
        told = (5, 3, 4.0, sampler_name, scheduler, positive, negative, latent)
        if how == "node":
            return nodes.KSampler().sample(model, *told, denoise=1.0)
        if how == "common":
            return nodes.common_ksampler(model, *told)
        samples = comfy.sample.fix_empty_latent_channels(model, latent["samples"])
        noise = comfy.sample.prepare_noise(samples, 5)
        seen = {}
        callback = latent_preview.prepare_callback(model, 3, seen)
        if how == "sample":
            made = comfy.sample.sample(
                model, noise, 3, 4.0, sampler_name, scheduler, positive, negative, samples, denoise=1.0, seed=5,
                callback=callback, disable_pbar=True, noise_mask=latent.get("noise_mask"),
            )  # fmt: skip
            return ({**latent, "samples": made},)
        sampler = comfy.samplers.KSampler(
            model, steps=3, device=model.load_device, sampler=sampler_name, scheduler=scheduler, denoise=1.0,
            model_options=model.model_options,
        )  # fmt: skip
        guider = comfy.samplers.CFGGuider(model)
        guider.set_conds(positive, negative)
        guider.set_cfg(4.0)
        made = guider.sample(
            Noise_RandomNoise(5).generate_noise(latent), samples, comfy.samplers.sampler_object(sampler_name),
            sampler.sigmas, callback=callback, seed=5,
        )  # fmt: skip
        return ({**latent, "samples": made},)


class OwnSampler:
    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "run", ("SAMPLER",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"factor": ("FLOAT", {"default": 1.0})}}

    def run(self, factor):
        return (comfy.samplers.KSAMPLER(add_up, {"factor": factor}),)


class Part:
    """Draws the right half of a picture anew and puts it back."""

    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "run", ("IMAGE",)

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "model": ("MODEL",), "positive": ("CONDITIONING",), "negative": ("CONDITIONING",), "vae": ("VAE",),
                "image": ("IMAGE",),
            }
        }  # fmt: skip

    def run(self, model, positive, negative, vae, image):
        part = image[:, :, image.shape[2] // 2 :]
        mask = torch.ones(1, part.shape[1], part.shape[2])
        latent = nodes.VAEEncode().encode(vae, part)[0]
        latent = nodes.SetLatentNoiseMask().set_mask(latent, mask)[0]
        latent = nodes.KSampler().sample(model, 5, 2, 4.0, "euler", "normal", positive, negative, latent, denoise=0.6)[
            0
        ]
        drawn = nodes.VAEDecode().decode(vae, latent)[0]
        image = image.clone()
        image[:, :, image.shape[2] // 2 :] = drawn
        return (image,)


NODE_CLASS_MAPPINGS = {"Packs_Detail": Detail, "Packs_OwnSampler": OwnSampler, "Packs_Part": Part}
