"""A pack that lets further tokens answer a model's attention to its text, as packs for image prompts do."""

import comfy.model_base
import comfy.model_management as model_management
import comfy.utils
import torch
from comfy.clip_vision import clip_preprocess
from comfy.ldm.modules.attention import optimized_attention


class Attend:
    def __init__(self, tokens, weight, sigma_start, sigma_end):
        self.tokens, self.weight = tokens, weight
        self.sigma_start, self.sigma_end = sigma_start, sigma_end

    def __call__(self, q, k, v, extra_options):
        out = optimized_attention(q, k, v, extra_options["n_heads"])
        sigma = extra_options["sigmas"].detach().cpu()[0].item() if "sigmas" in extra_options else 999999999.9
        if not self.sigma_end <= sigma <= self.sigma_start:
            return out
        generator = torch.Generator().manual_seed(extra_options["transformer_index"])
        keys = torch.randn(1, self.tokens, q.shape[2], generator=generator).to(q)
        halves = [keys if which == 0 else torch.zeros_like(keys) for which in extra_options["cond_or_uncond"]]
        batch = q.shape[0] // len(extra_options["cond_or_uncond"])
        keys = torch.cat([half.repeat(batch, 1, 1) for half in halves])
        added = optimized_attention(q, keys, keys * 8, extra_options["n_heads"])
        assert extra_options["original_shape"][0] == q.shape[0]
        return out + added * self.weight


def set_model_patch_replace(model, patch, key):
    to = model.model_options["transformer_options"].copy()
    to["patches_replace"] = to.get("patches_replace", {}).copy()
    to["patches_replace"]["attn2"] = to["patches_replace"].get("attn2", {}).copy()
    to["patches_replace"]["attn2"][key] = patch
    model.model_options["transformer_options"] = to


class ImagePrompt:
    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "apply", ("MODEL",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("MODEL",), "weight": ("FLOAT", {"default": 1.0}), "image": ("IMAGE",)}}

    def apply(self, model, weight, image):
        is_sdxl = isinstance(
            model.model,
            (comfy.model_base.SDXL, comfy.model_base.SDXLRefiner, comfy.model_base.SDXL_instructpix2pix),
        )
        assert not is_sdxl
        assert not isinstance(model.model, comfy.model_base.Flux)
        assert isinstance(model.model, comfy.model_base.BaseModel)
        assert model.model.model_type == comfy.model_base.ModelType.EPS
        assert clip_preprocess(image.to(model_management.get_torch_device())).shape == (1, 3, 224, 224)
        model = model.clone()
        start = model.get_model_object("model_sampling").percent_to_sigma(0.0)
        end = model.get_model_object("model_sampling").percent_to_sigma(0.9)
        unet = model.model.diffusion_model
        for index, block in enumerate(unet.input_blocks):
            if any(type(layer).__name__ == "SpatialTransformer" for layer in block):
                set_model_patch_replace(model, Attend(4, weight, start, end), ("input", index))
        set_model_patch_replace(model, Attend(4, weight, start, end), ("middle", 0, 0))
        return (model,)


NODE_CLASS_MAPPINGS = {"Packs_ImagePrompt": ImagePrompt}
