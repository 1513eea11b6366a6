"""A pack that changes a model's weights by files' tensors and by differences of its own."""

import comfy.lora
import comfy.model_detection
import comfy.sd
import comfy.supported_models
import comfy.utils
import comfy.weight_adapter
import folder_paths
import torch

LAYER = "diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_v.weight"


class Nudge:
    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "run", ("MODEL",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("MODEL",), "strength": ("FLOAT", {"default": 1.0}), "how": (["diff", "lora"],)}}

    def run(self, model, strength, how):
        weight = model.model_state_dict()[LAYER]
        generator = torch.Generator().manual_seed(1)
        up, down = (
            torch.randn(weight.shape[0], 2, generator=generator),
            torch.randn(2, weight.shape[1], generator=generator),
        )
        patch = ("diff", (up @ down,))
        if how == "lora":
            tensors = {"x.lora_up.weight": up, "x.lora_down.weight": down}
            patch = comfy.weight_adapter.LoRAAdapter.load("x", tensors, None, None, set())
            assert isinstance(patch, comfy.weight_adapter.WeightAdapterBase)
            changed = patch.calculate_weight(weight.float(), LAYER, strength)
            assert torch.allclose(changed, weight.float() + up @ down * strength, atol=1e-3)
        model = model.clone()
        assert model.add_patches({LAYER: patch, "no.such.weight": patch}, strength) == [LAYER]
        return (model,)


class Family:
    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "run", ("STRING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("MODEL",), "name": (folder_paths.get_filename_list("checkpoints"),)}}

    def run(self, model, name):
        path = folder_paths.get_full_path_or_raise("checkpoints", name)
        sd = comfy.utils.load_torch_file(path, safe_load=True)
        prefix = comfy.model_detection.unet_prefix_from_state_dict(sd)
        config = comfy.model_detection.model_config_from_unet(sd, prefix)
        assert type(config) is type(model.model.model_config) is comfy.supported_models.SD15
        assert config.unet_config["context_dim"] == model.model.model_config.unet_config["context_dim"]
        assert comfy.sd.load_diffusion_model_state_dict(sd).model.model_config.unet_config == config.unet_config
        assert "y" not in model.model.extra_conds(cross_attn=None)
        return (type(config).__name__,)


NODE_CLASS_MAPPINGS = {"Packs_Nudge": Nudge, "Packs_Family": Family}
