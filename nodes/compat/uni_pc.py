"""What packs import as `comfy.extra_samplers.uni_pc`: UniPC called as k-diffusion's samplers are."""

from nodes.compat.k_diffusion_sampling import rule_of
from nodes.compat.names import lacks_of

sample_unipc = rule_of("uni_pc")
sample_unipc_bh2 = rule_of("uni_pc_bh2")

__getattr__ = lacks_of("comfy.extra_samplers.uni_pc")
