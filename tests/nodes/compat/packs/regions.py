"""A pack that edits conditionings: hooks with patches of attention, areas, strengths, times."""

import comfy.sampler_helpers
import comfy.samplers
import node_helpers
import torch
from comfy.hooks import EnumHookScope, HookGroup, TransformerOptionsHook, set_hooks_for_conditioning
from nodes import ConditioningCombine, ConditioningSetMask


class Hooked:
    """A patch of attention that belongs to a conditioning."""

    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "run", ("CONDITIONING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"conditioning": ("CONDITIONING",), "scale": ("FLOAT", {"default": 1.0})}}

    def run(self, conditioning, scale):
        def patch(q, k, v, extra_options):
            return q, k * scale, v

        options = {"patches": {"attn2_patch": [patch]}}
        hook = TransformerOptionsHook(transformers_dict=options, hook_scope=EnumHookScope.HookedOnly)
        group = HookGroup()
        group.add(hook)
        return (set_hooks_for_conditioning(conditioning, group),)


class Regions:
    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "run", ("CONDITIONING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"left": ("CONDITIONING",), "right": ("CONDITIONING",)}}

    def run(self, left, right):
        mask = torch.zeros(1, 64, 64)
        mask[:, :, :32] = 1
        (left,) = ConditioningSetMask().append(left, mask, "default", 1.0)
        (right,) = ConditioningSetMask().append(right, 1 - mask, "default", 1.0)
        right = node_helpers.conditioning_set_values(right, {"start_percent": 0.0, "end_percent": 0.5})
        right = [[tensor, {**options, "strength": 0.8}] for tensor, options in right]
        (both,) = ConditioningCombine().combine(left, right)
        told = comfy.sampler_helpers.convert_cond(both)
        assert [entry["mask"].shape for entry in told] == [mask.shape, mask.shape]
        assert told[0]["model_conds"]["c_crossattn"].cond is both[0][0]
        return (both,)


NODE_CLASS_MAPPINGS = {"Packs_Hooked": Hooked, "Packs_Regions": Regions}
