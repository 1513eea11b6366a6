"""Packs for tests, written as public packs that work with models are: samplers, patches, tiles, files, schemas."""

HEAD = """
import hashlib, os
import torch
import comfy.sample, comfy.samplers, comfy.sd, comfy.utils
import comfy.model_management as model_management
import folder_paths, latent_preview, node_helpers, nodes
from comfy.comfy_types import IO, ComfyNodeABC, InputTypeDict
"""

# An output node that shows what a tensor holds, to be compared.
SHOWS = (
    HEAD
    + """
class Digest(ComfyNodeABC):
    CATEGORY, FUNCTION, RETURN_TYPES, OUTPUT_NODE = "tests", "show", (), True
    @classmethod
    def INPUT_TYPES(cls) -> InputTypeDict:
        return {"required": {"value": (IO.ANY, {})}, "optional": {"digits": (IO.INT, {"default": 0})}}
    def show(self, value, digits=0):
        tensor = value["samples"] if isinstance(value, dict) else value
        tensor = (tensor * 10**digits).round().int() if digits else tensor
        return {"ui": {"text": [hashlib.sha256(tensor.contiguous().numpy().tobytes()).hexdigest()]}}
NODE_CLASS_MAPPINGS = {"Digest": Digest}
"""
)

SAMPLERS = (
    HEAD
    + """
class SamplerWithPreview(nodes.KSampler):
    CATEGORY = "tests"
    def sample(self, model, seed, steps, cfg, sampler_name, scheduler, positive, negative, latent_image, denoise=1.0):
        latent = comfy.sample.fix_empty_latent_channels(model, latent_image["samples"])
        noise = comfy.sample.prepare_noise(latent, seed, latent_image.get("batch_index"))
        seen = {}
        callback = latent_preview.prepare_callback(model, steps, seen)
        samples = comfy.sample.sample(model, noise, steps, cfg, sampler_name, scheduler, positive, negative, latent,
            denoise=denoise, disable_noise=False, start_step=None, last_step=None, force_full_denoise=False,
            noise_mask=latent_image.get("noise_mask"), callback=callback,
            disable_pbar=not comfy.utils.PROGRESS_BAR_ENABLED, seed=seed)
        assert seen["x0"].shape == samples.shape
        return ({**latent_image, "samples": samples},)

class SamplerAtOnce:
    CATEGORY, FUNCTION, RETURN_TYPES = "tests", "run", ("LATENT", "IMAGE")
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {
            "model": ("MODEL",), "clip": ("CLIP",), "vae": ("VAE",), "text": ("STRING", {"multiline": True}),
            "sampler_name": (comfy.samplers.KSampler.SAMPLERS,), "scheduler": (comfy.samplers.KSampler.SCHEDULERS,),
            "size": ("INT", {"default": 64, "max": nodes.MAX_RESOLUTION})}}
    def run(self, model, clip, vae, text, sampler_name, scheduler, size):
        tokens = clip.tokenize(text)
        cond, pooled = clip.encode_from_tokens(tokens, return_pooled=True)
        positive = node_helpers.conditioning_set_values([[cond, {"pooled_output": pooled}]], {"strength": 1.0})
        negative = nodes.CLIPTextEncode().encode(clip, "")[0]
        latent = nodes.EmptyLatentImage().generate(size, size, 1)[0]
        out = nodes.common_ksampler(model, 5, 2, 4.0, sampler_name, scheduler, positive, negative, latent)[0]
        return (out, nodes.VAEDecode().decode(vae, out)[0])

class Wrapped:
    CATEGORY, FUNCTION, RETURN_TYPES = "tests", "patch", ("MODEL",)
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("MODEL",), "factor": ("FLOAT", {"default": 1.0})}}
    def patch(self, model, factor):
        m = model.clone()
        m.set_model_attn1_patch(lambda q, k, v, extra_options: (q * factor, k, v))
        m.set_model_unet_function_wrapper(lambda apply, args: apply(args["input"], args["timestep"], **args["c"]))
        m.set_model_sampler_post_cfg_function(lambda args: args["denoised"])
        return (m,)

NODE_CLASS_MAPPINGS = {"SamplerWithPreview": SamplerWithPreview, "SamplerAtOnce": SamplerAtOnce, "Wrapped": Wrapped}
"""
)

FILES = (
    HEAD
    + """
folder_paths.folder_names_and_paths["words"] = ([os.path.join(folder_paths.models_dir, "words")], {".txt"})
folder_paths.add_model_folder_path("checkpoints", os.path.join(folder_paths.base_path, "elsewhere"))

class ReadWords:
    CATEGORY, FUNCTION, RETURN_TYPES, OUTPUT_NODE = "tests", "read", (), True
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"name": (folder_paths.get_filename_list("words"),)}}
    def read(self, name):
        with open(folder_paths.get_full_path_or_raise("words", name)) as file:
            return {"ui": {"text": [file.read()]}}

class ReadCheckpoint:
    CATEGORY, FUNCTION, RETURN_TYPES = "tests", "read", ("MODEL", "CLIP", "VAE")
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"name": (folder_paths.get_filename_list("checkpoints"),)}}
    def read(self, name):
        path = folder_paths.get_full_path("checkpoints", name)
        assert "model.diffusion_model.out.2.bias" in comfy.utils.load_torch_file(path, safe_load=True)
        return comfy.sd.load_checkpoint_guess_config(path, output_vae=True, output_clip=True,
            embedding_directory=folder_paths.get_folder_paths("embeddings"))[:3]

class Doubled:
    CATEGORY, FUNCTION, RETURN_TYPES = "tests", "upscale", ("IMAGE",)
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"image": ("IMAGE",)}}
    def upscale(self, image):
        device = model_management.get_torch_device()
        pixels = image.movedim(-1, -3).to(device)
        steps = pixels.shape[0] * comfy.utils.get_tiled_scale_steps(
            pixels.shape[3], pixels.shape[2], tile_x=32, tile_y=32, overlap=8)
        bar = comfy.utils.ProgressBar(steps)
        double = lambda part: torch.nn.functional.interpolate(part, scale_factor=2, mode="nearest")
        out = comfy.utils.tiled_scale(pixels, double, 32, 32, overlap=8, upscale_amount=2, pbar=bar)
        assert bar.current == steps
        return (torch.clamp(out.movedim(-3, -1), 0, 1.0).to(model_management.intermediate_device()),)

class Forever:
    CATEGORY, FUNCTION, RETURN_TYPES, OUTPUT_NODE = "tests", "run", (), True
    INPUT_TYPES = classmethod(lambda cls: {"required": {}})
    IS_CHANGED = classmethod(lambda cls: float("nan"))
    def run(self):
        import time
        while True:
            model_management.throw_exception_if_processing_interrupted()
            time.sleep(0.01)

from aiohttp import web
from server import PromptServer

@PromptServer.instance.routes.post("/models_pack/stop")
async def stop(request):
    nodes.interrupt_processing()
    return web.json_response({})

NODE_CLASS_MAPPINGS = {
    "ReadWords": ReadWords, "ReadCheckpoint": ReadCheckpoint, "Doubled": Doubled, "Forever": Forever}
"""
)

SCHEMAS = """
import asyncio
from comfy_api.latest import ComfyAPI, ComfyExtension, io
from comfy_execution.graph_utils import GraphBuilder

class Twice(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="Twice", display_name="Sample twice", category="tests", enable_expand=True,
            inputs=[io.Model.Input("model"), io.Conditioning.Input("positive"), io.Conditioning.Input("negative"),
                    io.Latent.Input("latent"), io.Int.Input("seed", min=0, max=2**63)],
            outputs=[io.Latent.Output()])

    @classmethod
    async def execute(cls, model, positive, negative, latent, seed) -> io.NodeOutput:
        await ComfyAPI().execution.set_progress(1, 2)
        graph = GraphBuilder()
        common = dict(model=model, positive=positive, negative=negative, steps=2, cfg=4.0, sampler_name="euler",
                      scheduler="normal")
        first = graph.node("KSampler", seed=seed, latent_image=latent, denoise=1.0, **common)
        second = graph.node("KSampler", seed=seed + 1, latent_image=first.out(0), denoise=0.5, **common)
        return io.NodeOutput(second.out(0), expand=graph.finalize())

class Extension(ComfyExtension):
    async def get_node_list(self):
        return [Twice]

async def comfy_entrypoint():
    return Extension()
"""

MISSES = "import comfy.not_there\nNODE_CLASS_MAPPINGS = {}"

ALL = {
    "shows.py": SHOWS,
    "samplers.py": SAMPLERS,
    "files/__init__.py": "from .inner import NODE_CLASS_MAPPINGS",
    "files/inner.py": FILES,
    "schemas.py": SCHEMAS,
    "misses.py": MISSES,
}
