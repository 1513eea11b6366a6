"""A pack that brings a network of its own, changes its weights and has it brought to the device to run."""

import comfy.lora
import comfy.model_management as mm
import comfy.model_patcher
import torch


class Tinter(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = torch.nn.Linear(3, 3)
        with torch.no_grad():
            self.mix.weight.copy_(torch.eye(3))
            self.mix.bias.zero_()

    def forward(self, image):
        return self.mix(image)


class LoadTinter:
    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "run", ("TINTER",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    def run(self):
        load, offload = mm.get_torch_device(), mm.unet_offload_device()
        return (comfy.model_patcher.ModelPatcher(Tinter().eval(), load_device=load, offload_device=offload),)


class TinterLora:
    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "run", ("TINTER",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"tinter": ("TINTER",), "strength": ("FLOAT", {"default": 1.0})}}

    def run(self, tinter, strength):
        tensors = {"mix.lora_up.weight": torch.tensor([[1.0], [0.0], [0.0]]), "mix.lora_down.weight": torch.ones(1, 3)}
        patches = comfy.lora.load_lora(tensors, {"mix": "mix.weight"})
        patches["mix.bias"] = ("diff", (torch.tensor([0.0, 0.0, 0.5]),))
        tinter = tinter.clone()
        assert set(tinter.add_patches(patches, strength)) == {"mix.weight", "mix.bias"}
        return (tinter,)


class Tint:
    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "run", ("IMAGE",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"tinter": ("TINTER",), "image": ("IMAGE",)}}

    def run(self, tinter, image):
        mm.load_models_gpu([tinter])
        return (tinter.model(image.to(tinter.load_device)).detach().cpu(),)


NODE_CLASS_MAPPINGS = {"Packs_LoadTinter": LoadTinter, "Packs_TinterLora": TinterLora, "Packs_Tint": Tint}
