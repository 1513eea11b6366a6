"""Where CLIP picture encoders lie in files and under which names: transformers' layout and OpenCLIP's, as one."""

from comfy.models.shapes import StateDict
from comfy.renamed import RenamedStateDict
from comfy.text.layouts import OpenClipTensors

TRANSFORMERS_MARK = "vision_model.embeddings.patch_embedding.weight"
OPEN_CLIP_MARK = "visual.conv1.weight"

PREFIXES = ("", "embedder.", "embedder.model.", "cond_stage_model.model.", "model.")

OUTER = {
    "class_embedding": "embeddings.class_embedding",
    "conv1.weight": "embeddings.patch_embedding.weight",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_pre.weight": "pre_layrnorm.weight",
    "ln_pre.bias": "pre_layrnorm.bias",
    "ln_post.weight": "post_layernorm.weight",
    "ln_post.bias": "post_layernorm.bias",
}


def picture_encoder_in(state_dict: StateDict) -> RenamedStateDict | None:
    """The CLIP picture encoder in a file, under the names that `ClipVision` has for its parameters, if there is one."""
    for prefix in PREFIXES:
        if prefix + TRANSFORMERS_MARK in state_dict:
            return _from_transformers(state_dict, prefix)
        if prefix + OPEN_CLIP_MARK in state_dict:
            return _from_open_clip(state_dict, prefix + "visual.")
    return None


def _from_transformers(state_dict: StateDict, prefix: str) -> RenamedStateDict:
    start = f"{prefix}vision_model."
    sources = {name.removeprefix(start): name for name in state_dict if name.startswith(start)}
    projection = f"{prefix}visual_projection.weight"
    if projection in state_dict:
        sources["visual_projection.weight"] = projection
    return RenamedStateDict(state_dict, {new: state_dict[old] for new, old in sources.items()}, sources)


def _from_open_clip(state_dict: StateDict, prefix: str) -> RenamedStateDict:
    taken = OpenClipTensors(state_dict, prefix, OUTER)
    if prefix + "proj" in state_dict:
        taken.take(prefix + "proj", "visual_projection.weight", state_dict[prefix + "proj"].T)
    return taken.renamed()
