"""Nodes that let a picture of edges, depth or a pose guide a model: ControlNets, control-LoRAs and T2I-Adapters."""

from functools import partial
from typing import Annotated, Any

from comfy import conditioning as ops
from comfy.control_files import load_control
from execution import paths
from nodes.conditioning import LastPercent, Percent, Strength
from nodes.declare import node
from nodes.loaders import model_files, stamp_of
from nodes.needs import need
from nodes.types import VAE, Conditioning, ControlNet, Image, Model
from nodes.widgets import Choice, Name

ControlName = Annotated[str, model_files("controlnet")]

UNION_KINDS = {
    "openpose": 0,
    "depth": 1,
    "hed/pidi/scribble/ted": 2,
    "canny/lineart/anime_lineart/mlsd": 3,
    "normal": 4,
    "segment": 5,
    "tile": 6,
    "repaint": 7,
}


@node("loaders", display_name="Load ControlNet Model", fingerprint=stamp_of("controlnet", "control_net_name"))
class ControlNetLoader:
    """Read a ControlNet, a control-LoRA or a T2I-Adapter."""

    def load_controlnet(self, control_net_name: ControlName) -> ControlNet:
        return load_control(paths.current().full_path("controlnet", control_net_name))


@node("loaders", display_name="Load ControlNet Model (diff)", fingerprint=stamp_of("controlnet", "control_net_name"))
class DiffControlNetLoader:
    """Read a ControlNet that is kept as its difference to a model."""

    def load_controlnet(self, model: Model, control_net_name: ControlName) -> ControlNet:
        return load_control(paths.current().full_path("controlnet", control_net_name), need(model, "model"))


@node("conditioning/controlnet")
class SetUnionControlNetType:
    """Tell a union ControlNet what kind of picture it will get."""

    def set_controlnet_type(
        self,
        control_net: ControlNet,
        type: Annotated[str, Choice(("auto", *UNION_KINDS))],  # noqa: A002, saved workflows know it so
    ) -> ControlNet:
        return control_net.with_kinds(() if type == "auto" else (UNION_KINDS[type],))


@node("conditioning/controlnet", display_name="Apply ControlNet (OLD)", deprecated=True)
class ControlNetApply:
    """Let a picture guide a conditioning, and the negative one with it."""

    def apply_controlnet(
        self, conditioning: Conditioning, control_net: ControlNet, image: Image, strength: Strength
    ) -> Conditioning:
        if strength == 0:
            return conditioning
        apply = partial(_applied, control_net, image, strength, 0.0, 1.0)
        (guided,) = ops.with_control([conditioning], apply, control_apply_to_uncond=True)
        return guided


@node(
    "conditioning/controlnet",
    display_name="Apply ControlNet",
    order=("positive", "negative", "control_net", "image", "strength", "start_percent", "end_percent", "vae"),
)
class ControlNetApplyAdvanced:
    """Let a picture guide both conditionings during a part of the way from noise to picture. Can be stacked."""

    def apply_controlnet(
        self,
        positive: Conditioning,
        negative: Conditioning,
        control_net: ControlNet,
        image: Image,
        strength: Strength,
        start_percent: Percent,
        end_percent: LastPercent,
        vae: VAE | None = None,
    ) -> tuple[Annotated[Conditioning, Name("positive")], Annotated[Conditioning, Name("negative")]]:
        if strength == 0:
            return positive, negative
        apply = partial(_applied, control_net, image, strength, start_percent, end_percent)
        positive, negative = ops.with_control([positive, negative], apply)
        return positive, negative


def _applied(control: ControlNet, image: Image, strength: float, start: float, end: float, previous: Any) -> Any:
    return control.applied(image, strength, start, end, previous)
