"""A pack that asks the model in windows of a batch and wraps its calls, as packs for animation do."""

import comfy.conds
import comfy.hooks
import comfy.ldm.modules.attention as attention
import comfy.model_management
import comfy.sample
import comfy.sampler_helpers
import comfy.samplers
import torch
from comfy.controlnet import ControlBase
from comfy.ldm.modules.diffusionmodules import openaimodel
from comfy.model_base import BaseModel
from comfy.model_patcher import ModelPatcher
from comfy.patcher_extension import CallbacksMP, WrapperExecutor, WrappersMP

KEY = "motion"


def window_wrapper(executor, model, conds, x_in, timestep, model_options):
    """Every half of the batch by itself, blended."""
    if model_options["transformer_options"].get(KEY) is None:
        return executor(model, conds, x_in, timestep, model_options)
    totals = [torch.zeros_like(x_in) for _ in conds]
    for window in ([0, 1], [2, 3]):
        part = executor(model, conds, x_in[window], timestep[window], model_options)
        for total, estimate in zip(totals, part):
            total[window] = estimate * model_options["transformer_options"][KEY]
    return totals


def apply_model_wrapper(
    executor, x, t, c_concat=None, c_crossattn=None, control=None, transformer_options={}, **kwargs
):
    assert isinstance(executor, WrapperExecutor)
    assert isinstance(executor.class_obj, BaseModel)
    return executor(x, t, c_concat, c_crossattn, control, transformer_options, **kwargs)


class Motion:
    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "apply", ("MODEL",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("MODEL",), "scale": ("FLOAT", {"default": 1.0})}}

    def apply(self, model: ModelPatcher, scale):
        model = model.clone()
        told = []
        model.add_callback_with_key(CallbacksMP.ON_PRE_RUN, KEY, lambda patcher: told.append(1))
        model.add_wrapper_with_key(WrappersMP.CALC_COND_BATCH, KEY, window_wrapper)
        model.add_wrapper_with_key(WrappersMP.APPLY_MODEL, KEY, apply_model_wrapper)
        model.model_options["transformer_options"][KEY] = scale
        model.set_attachments(KEY, told)
        return (model,)


class Wrapped:
    """Stands between sampler and network by the older function."""

    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "apply", ("MODEL",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("MODEL",), "scale": ("FLOAT", {"default": 1.0})}}

    def apply(self, model, scale):
        model = model.clone()

        def unet_wrapper(apply_model, args):
            assert set(args) >= {"input", "timestep", "c", "cond_or_uncond"}
            c = dict(args["c"])
            c["c_crossattn"] = c["c_crossattn"] * scale
            return apply_model(args["input"], args["timestep"], **c)

        model.set_model_unet_function_wrapper(unet_wrapper)
        return (model,)


assert issubclass(ControlBase, object) and callable(openaimodel.forward_timestep_embed) and callable(attention.default)
assert comfy.conds.CONDCrossAttn and comfy.hooks.HookGroup and comfy.sampler_helpers.prepare_sampling
NODE_CLASS_MAPPINGS = {"Packs_Motion": Motion, "Packs_Wrapped": Wrapped}
