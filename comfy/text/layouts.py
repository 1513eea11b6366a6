"""Where text encoders lie in files and under which names: transformers' layout and OpenCLIP's, as one."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from comfy.errors import ArchitectureError
from comfy.models.shapes import StateDict, numbered
from comfy.renamed import RenamedStateDict

# What follows a prefix in each layout and tells it.
TRANSFORMERS_MARK = "encoder.layers.0.mlp.fc1.weight"
OPEN_CLIP_MARK = "transformer.resblocks.0.mlp.c_fc.weight"

PREFIXES = (
    "cond_stage_model.transformer.text_model.",
    # Before transformers put the text model into a part of its own, its tensors lay one level higher.
    "cond_stage_model.transformer.",
    "cond_stage_model.model.",
    "conditioner.embedders.0.transformer.text_model.",
    "conditioner.embedders.0.model.",
    "conditioner.embedders.1.model.",
    "text_encoders.clip_l.transformer.text_model.",
    "text_encoders.clip_h.transformer.text_model.",
    "text_encoders.clip_g.transformer.text_model.",
    "text_model.",
    "model.",
    "",
)

OUTER = {
    "token_embedding.weight": "embeddings.token_embedding.weight",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_final.weight": "final_layer_norm.weight",
    "ln_final.bias": "final_layer_norm.bias",
}
LAYER = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "attn.out_proj": "self_attn.out_proj",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}


def encoders_in(state_dict: StateDict) -> list[RenamedStateDict]:
    """The CLIP text encoders in a file, in its order, each under the names that `ClipText` has for its parameters."""
    found = []
    taken: set[str] = set()
    for prefix in PREFIXES:
        if prefix + TRANSFORMERS_MARK in state_dict:
            mark, read = prefix + TRANSFORMERS_MARK, _from_transformers
        elif prefix + OPEN_CLIP_MARK in state_dict:
            mark, read = prefix + OPEN_CLIP_MARK, _from_open_clip
        else:
            continue
        if mark not in taken:
            taken.add(mark)
            found.append(read(state_dict, prefix))
    return found


def is_open_clip(encoder: RenamedStateDict) -> bool:
    """Whether the file has an encoder in OpenCLIP's layout."""
    return any(OPEN_CLIP_MARK in source for source in encoder.sources.values())


def _from_transformers(state_dict: StateDict, prefix: str) -> RenamedStateDict:
    sources = {name.removeprefix(prefix): name for name in state_dict if name.startswith(prefix)}
    projection = prefix.removesuffix("text_model.") + "text_projection.weight"
    if projection in state_dict:
        sources["text_projection.weight"] = projection
    return RenamedStateDict(state_dict, {new: state_dict[old] for new, old in sources.items()}, sources)


def _from_open_clip(state_dict: StateDict, prefix: str) -> RenamedStateDict:
    taken = OpenClipTensors(state_dict, prefix, OUTER)
    projection = f"{prefix}text_projection"
    if projection in state_dict:
        taken.take(projection, "text_projection.weight", state_dict[projection].T)
    elif projection + ".weight" in state_dict:
        taken.take(projection + ".weight", "text_projection.weight", state_dict[projection + ".weight"])
    return taken.renamed()


class OpenClipTensors:
    """The tensors of one of OpenCLIP's networks, of texts or pictures, by transformers' names."""

    def __init__(self, state_dict: StateDict, prefix: str, outer: Mapping[str, str]) -> None:
        self._file = state_dict
        self._tensors: dict[str, torch.Tensor] = {}
        self._sources: dict[str, str] = {}
        for old, new in outer.items():
            if prefix + old in state_dict:
                self.take(prefix + old, new, state_dict[prefix + old])
        for layer in numbered(state_dict, prefix + "transformer.resblocks.{}."):
            self._take_layer(f"{prefix}transformer.resblocks.{layer}.", f"encoder.layers.{layer}.")

    def take(self, old: str, new: str, tensor: torch.Tensor) -> None:
        """Have a tensor of the file, or a view of it, by a new name."""
        self._tensors[new], self._sources[new] = tensor, old

    def _take_layer(self, theirs: str, ours: str) -> None:
        for leaf in ("weight", "bias"):
            for old, new in LAYER.items():
                self.take(f"{theirs}{old}.{leaf}", f"{ours}{new}.{leaf}", _of(self._file, f"{theirs}{old}.{leaf}"))
            # Queries, keys and values lie in one tensor.
            joined = f"{theirs}attn.in_proj_{leaf}"
            for name, part in zip("qkv", _of(self._file, joined).chunk(3), strict=True):
                self.take(joined, f"{ours}self_attn.{name}_proj.{leaf}", part)

    def renamed(self) -> RenamedStateDict:
        """What was taken."""
        return RenamedStateDict(self._file, self._tensors, self._sources)


def _of(state_dict: StateDict, name: str) -> torch.Tensor:
    if name not in state_dict:
        raise ArchitectureError(f"the tensor {name} is missing")
    return state_dict[name]


# Where a text network lies in checkpoints: by its letter, whether another is beside it, and whether they are of XL.
CHECKPOINT_PREFIXES = {
    ("l", False, False): "cond_stage_model.transformer.text_model.",
    ("h", False, False): "cond_stage_model.model.",
    ("l", True, True): "conditioner.embedders.0.transformer.text_model.",
    ("g", True, True): "conditioner.embedders.1.model.",
    ("g", False, True): "conditioner.embedders.0.model.",
}


@dataclass(frozen=True)
class OpenClipEntry:
    """A tensor in OpenCLIP's layout and those of `ClipText` that it is made of, one behind the other."""

    name: str
    sources: tuple[str, ...]
    is_transposed: bool = False


def to_open_clip(names: list[str]) -> list[OpenClipEntry]:
    """The tensors of OpenCLIP's layout that parameters of `ClipText` with these names become."""
    outer = {new: old for old, new in OUTER.items()}
    layer_names = {new: old for old, new in LAYER.items()}
    entries = []
    for name in names:
        if name in outer:
            entries.append(OpenClipEntry(outer[name], (name,)))
        elif name == "text_projection.weight":
            entries.append(OpenClipEntry("text_projection", (name,), is_transposed=True))
        elif name.startswith("encoder.layers."):
            entries += _layer_entry(name, layer_names)
    return entries


def _layer_entry(name: str, layer_names: Mapping[str, str]) -> list[OpenClipEntry]:
    number, _, rest = name.removeprefix("encoder.layers.").partition(".")
    module, _, leaf = rest.rpartition(".")
    block = f"transformer.resblocks.{number}."
    if module in layer_names:
        return [OpenClipEntry(f"{block}{layer_names[module]}.{leaf}", (name,))]
    if module != "self_attn.q_proj":
        return []  # Keys and values go with the queries.
    sources = tuple(f"encoder.layers.{number}.self_attn.{part}_proj.{leaf}" for part in "qkv")
    return [OpenClipEntry(f"{block}attn.in_proj_{leaf}", sources)]
