"""Which of Skein's modules stands for which name that packs import."""

_HERE = "nodes.compat"

# The old name of a module, and the one that it stands for.
PACK_NAMES = {
    "comfy.cli_args": f"{_HERE}.cli_args",
    "comfy.comfy_types": f"{_HERE}.comfy_types",
    "comfy.comfy_types.node_typing": f"{_HERE}.comfy_types",
    "comfy.k_diffusion": f"{_HERE}",
    "comfy.k_diffusion.sampling": f"{_HERE}.k_diffusion_sampling",
    "comfy.ldm": f"{_HERE}",
    "comfy.ldm.modules": f"{_HERE}",
    "comfy.ldm.modules.attention": f"{_HERE}.ldm_attention",
    "comfy.model_management": f"{_HERE}.model_management",
    "comfy.model_patcher": f"{_HERE}.model_patcher",
    "comfy.model_sampling": f"{_HERE}.model_sampling",
    "comfy.sample": f"{_HERE}.sample",
    "comfy.samplers": f"{_HERE}.samplers",
    "comfy.sd": f"{_HERE}.sd",
    "comfy.utils": f"{_HERE}.utils",
    "comfy_api": f"{_HERE}.api",
    "comfy_api.input": f"{_HERE}.api.latest",
    "comfy_api.latest": f"{_HERE}.api.latest",
    "comfy_api.latest._io": f"{_HERE}.api.io",
    "comfy_api.latest._ui": f"{_HERE}.api.ui",
    "comfy_api.v0_0_1": f"{_HERE}.api.latest",
    "comfy_api.v0_0_2": f"{_HERE}.api.latest",
    "latent_preview": f"{_HERE}.latent_preview",
    "node_helpers": f"{_HERE}.node_helpers",
}
