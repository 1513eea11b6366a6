"""Opening ControlNet files: the kinds that there are, told by their tensors."""

from collections.abc import Mapping
from pathlib import Path

import torch

from comfy import devices
from comfy.control import Control
from comfy.control_nets import ControlLora, ControlNetwork
from comfy.diffusion_model import DiffusionModel
from comfy.errors import ArchitectureError
from comfy.loading import load_weights
from comfy.models.control_net import ControlNet, ControlNetConfig, has_zero_convs, original_names
from comfy.models.shapes import StateDict, has
from comfy.models.t2i_adapter import Adapter, AdapterConfig, is_adapter
from comfy.models.unet import UNetConfig
from comfy.renamed import renamed
from comfy.state_dict import read_state_dict
from comfy.t2i_adapters import AdapterNetwork
from comfy.unet_layouts import config_from_diffusers, diffusers_names

CONTROL_PREFIX = "control_model."
LORA_MARK = "lora_controlnet"


def load_control(path: str | Path, model: DiffusionModel | None = None) -> Control:
    """Load a ControlNet, control-LoRA or T2I-Adapter from a file.

    With a model, the file may hold only the difference to that model's weights. Raises ModelFileError.
    """
    return control_of(read_state_dict(path), Path(path).name, model)


def control_of(state_dict: StateDict, name: str, model: DiffusionModel | None = None) -> Control:
    """The same for tensors that are there already; `name` is what they are called in errors."""
    try:
        return Control(_source(state_dict, Path(name).stem, model))
    except ArchitectureError as error:
        raise ArchitectureError(f"{name} cannot be used as a ControlNet: {error}") from error


def _source(
    state_dict: StateDict, stem: str, model: DiffusionModel | None
) -> ControlNetwork | ControlLora | AdapterNetwork:
    if LORA_MARK in state_dict:
        return ControlLora({name: tensor for name, tensor in state_dict.items() if name != LORA_MARK})
    adapter = _adapter_tensors(state_dict)
    if is_adapter(adapter):
        return _adapter(adapter)
    if has(state_dict, "controlnet_cond_embedding."):
        return _control_net(_from_diffusers(state_dict), "", stem, model)
    for prefix in (CONTROL_PREFIX, ""):
        if has_zero_convs(state_dict, prefix):
            return _control_net(state_dict, prefix, stem, model)
    raise ArchitectureError(
        "it has the tensors of no known kind: a ControlNet has zero_convs or controlnet_down_blocks, a control-LoRA "
        f"{LORA_MARK}, a T2I-Adapter body.0"
    )


def _control_net(state_dict: StateDict, prefix: str, stem: str, model: DiffusionModel | None) -> ControlNetwork:
    own = renamed(state_dict, {name: name.removeprefix(prefix) for name in state_dict if name.startswith(prefix)})
    config = ControlNetConfig.from_state_dict(own, UNetConfig.from_state_dict(own, ""))
    tensors: StateDict = own
    if "difference" in state_dict:
        if model is None:
            raise ArchitectureError("it holds a difference to a model: use Load ControlNet Model (diff)")
        base = model.weights.module.state_dict()
        tensors = {name: t + base[name].to(t) if name in base else t for name, t in own.items()}
    weights = load_weights(lambda: ControlNet(config), tensors, "", devices.unet_dtype())
    # Nothing in the file says that it was trained so; its published name does.
    return ControlNetwork(weights, is_averaged=stem.endswith(("_shuffle", "_shuffle_fp16")))


def _from_diffusers(state_dict: StateDict) -> StateDict:
    config = config_from_diffusers(state_dict)
    modules = original_names(config, diffusers_names(config))
    names = {f"{theirs}.{leaf}": f"{ours}.{leaf}" for theirs, ours in modules.items() for leaf in ("weight", "bias")}
    union = ("task_embedding", "transformer_layes.", "spatial_ch_projs.", "control_add_embedding.")
    names |= {name: name for name in state_dict if name.startswith(union)}
    return renamed(state_dict, names)


def _adapter_tensors(state_dict: StateDict) -> Mapping[str, torch.Tensor]:
    """An adapter's tensors under the original names, without prefixes; diffusers groups blocks by resolution."""
    if not has(state_dict, "adapter."):
        return state_dict
    is_light = "adapter.conv_in.weight" not in state_dict
    names = {name: _adapter_name(name.removeprefix("adapter."), is_light) for name in state_dict}
    return renamed(state_dict, names)


def _adapter_name(name: str, is_light: bool) -> str:
    """An adapter's tensor as it was called before diffusers: the light form groups its blocks in both."""
    if is_light:
        return name.replace(".resnets.", ".body.")
    body, level, part, *rest = name.split(".") if name.startswith("body.") else ("", "0", "")
    if part == "resnets":
        return ".".join([body, str(int(level) * 2 + int(rest[0])), *rest[1:]])
    if part == "in_conv":
        return ".".join([body, str(int(level) * 2), part, *rest])
    return name


def _adapter(state_dict: StateDict) -> AdapterNetwork:
    config = AdapterConfig.from_state_dict(state_dict)
    return AdapterNetwork(load_weights(lambda: Adapter(config), state_dict, "", devices.unet_dtype()))
