"""Which of Skein's modules stands for which name that packs import."""

import importlib
from collections.abc import Callable
from functools import partial
from typing import Any

_HERE = "nodes.compat"

_FAMILIES = (
    "advanced_samplers", "align_your_steps", "apg", "attention_multiply", "canny", "cfg", "clip_sdxl", "compositing",
    "cond", "controlnet", "custom_sampler", "differential_diffusion", "easycache", "eps", "freelunch", "fresca",
    "hooks", "hypernetwork", "hypertile", "images", "ip2p", "latent", "lora_extract", "lumina2", "mahiro", "mask",
    "model_advanced", "model_downscale", "model_merging", "model_merging_model_specific", "morphology", "pag",
    "perpneg", "photomaker", "post_processing", "preview_any", "primitive", "rebatch", "sag", "sdupscale", "string",
    "tcfg", "tomesd", "torch_compile", "train", "upscale_model", "webcam",
)  # fmt: skip
EXTRAS = frozenset(f"nodes_{family}" for family in _FAMILIES)
"""The modules of `comfy_extras` of which Skein has nodes."""

_OF_APP = ("custom_node_manager", "frontend_management", "logger", "model_manager", "user_manager")

# The old name of a module, and the one that it stands for.
PACK_NAMES = {
    "app": f"{_HERE}.app",
    **{f"app.{name}": f"{_HERE}.app" for name in _OF_APP},
    "comfy.cli_args": f"{_HERE}.cli_args",
    "comfy.clip_vision": f"{_HERE}.clip_vision",
    "comfy.comfy_types": f"{_HERE}.comfy_types",
    "comfy.comfy_types.node_typing": f"{_HERE}.comfy_types",
    "comfy.controlnet": f"{_HERE}.controlnet",
    "comfy.diffusers_convert": f"{_HERE}.diffusers_convert",
    "comfy.extra_samplers": f"{_HERE}",
    "comfy.extra_samplers.uni_pc": f"{_HERE}.uni_pc",
    "comfy.float": f"{_HERE}.float8",
    "comfy.k_diffusion": f"{_HERE}",
    "comfy.k_diffusion.sampling": f"{_HERE}.k_diffusion_sampling",
    "comfy.k_diffusion.utils": f"{_HERE}.k_diffusion_utils",
    "comfy.ldm": f"{_HERE}",
    "comfy.ldm.models": f"{_HERE}",
    "comfy.ldm.models.autoencoder": f"{_HERE}.autoencoder_network",
    "comfy.ldm.modules": f"{_HERE}",
    "comfy.ldm.modules.attention": f"{_HERE}.ldm_attention",
    "comfy.ldm.modules.diffusionmodules": f"{_HERE}",
    "comfy.ldm.modules.diffusionmodules.openaimodel": f"{_HERE}.openaimodel",
    "comfy.ldm.modules.diffusionmodules.util": f"{_HERE}.openaimodel",
    "comfy.ldm.util": f"{_HERE}.ldm_attention",
    "comfy.model_management": f"{_HERE}.model_management",
    "comfy.model_patcher": f"{_HERE}.model_patcher",
    "comfy.model_sampling": f"{_HERE}.model_sampling",
    "comfy.conds": f"{_HERE}.conds",
    "comfy.model_base": f"{_HERE}.model_base",
    "comfy.model_detection": f"{_HERE}.model_detection",
    "comfy.supported_models": f"{_HERE}.supported_models",
    "comfy.supported_models_base": f"{_HERE}.supported_models",
    "comfy.ops": f"{_HERE}.ops",
    "comfy.patcher_extension": f"{_HERE}.patcher_extension",
    "comfy.sample": f"{_HERE}.sample",
    "comfy.sampler_helpers": f"{_HERE}.sampler_helpers",
    "comfy.samplers": f"{_HERE}.samplers",
    "comfy.sd": f"{_HERE}.sd",
    "comfy.sd1_clip": f"{_HERE}.sd1_clip",
    "comfy.sdxl_clip": f"{_HERE}.sdxl_clip",
    "comfy.taesd": f"{_HERE}",
    "comfy.taesd.taesd": f"{_HERE}.taesd",
    "comfy.utils": f"{_HERE}.utils",
    "comfy.weight_adapter": f"{_HERE}.weight_adapter",
    "comfy.weight_adapter.base": f"{_HERE}.weight_adapter",
    "comfyui_version": f"{_HERE}.version",
    "comfy_api": f"{_HERE}.api",
    "comfy_api.input": f"{_HERE}.api.latest",
    "comfy_api.input.basic_types": f"{_HERE}.api.latest",
    "comfy_api.input.video_types": f"{_HERE}.api.video",
    "comfy_api.input_impl": f"{_HERE}.api.video",
    "comfy_api.input_impl.video_types": f"{_HERE}.api.video",
    "comfy_api.latest": f"{_HERE}.api.latest",
    "comfy_api.latest._io": f"{_HERE}.api.io",
    "comfy_api.latest._ui": f"{_HERE}.api.ui",
    "comfy_api.util": f"{_HERE}.api.video",
    "comfy_api.v0_0_1": f"{_HERE}.api.latest",
    "comfy_api.v0_0_2": f"{_HERE}.api.latest",
    "comfy_execution.progress": f"{_HERE}.progress_state",
    "comfy_extras": f"{_HERE}.extras",
    "comfy_extras.chainner_models": f"{_HERE}",
    "comfy_extras.chainner_models.model_loading": f"{_HERE}.picture_networks",
    **{f"comfy_extras.{name}": f"{_HERE}.extras" for name in EXTRAS},
    "latent_preview": f"{_HERE}.latent_preview",
    "node_helpers": f"{_HERE}.node_helpers",
}

# Modules of Skein's own that go by a name that packs import too, and where the rest is that packs look for there.
ADDED_TO = {
    "execution": f"{_HERE}.execution_names",
    "execution.compat.graph": f"{_HERE}.graph_names",
    "comfy.hooks": f"{_HERE}.hooks",
    "comfy.latent_formats": f"{_HERE}.latent_formats",
    "comfy.lora": f"{_HERE}.lora",
}


def lacks(module: str, name: str) -> Any:
    """The end of looking for a name in a module that packs know by another name than Skein. Raises `AttributeError`."""
    if name.startswith("__"):  # Python itself asks for such names while it imports.
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    raise AttributeError(f"{module} has no {name} here: it is ComfyUI's own and not part of Skein.")


def lacks_of(module: str) -> Callable[[str], Any]:
    """A module's `__getattr__`, for names that nothing stands for."""
    return partial(lacks, module)


def add_to_modules() -> None:
    """Have those modules hand out what packs look for; what Skein itself has in them stays."""
    for name, more in ADDED_TO.items():
        vars(importlib.import_module(name)).setdefault("__getattr__", partial(_find, name, more))


def _find(module: str, more: str, name: str) -> Any:
    # Python itself asks for such names while it imports, and what is imported here may be just that.
    if name.startswith("__"):
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    try:
        return vars(importlib.import_module(more))[name]
    except KeyError:
        raise AttributeError(f"module {module!r} has no attribute {name!r}") from None
