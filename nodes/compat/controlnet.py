"""What packs import as `comfy.controlnet`: reading ControlNets, which Skein's nodes apply."""

from pathlib import Path
from typing import Any

from comfy.control import Control as ControlBase  # noqa: F401
from comfy.control import Control as ControlNet  # noqa: F401 - packs name it
from comfy.control_files import load_control


def load_controlnet(ckpt_path: str | Path, model: Any = None, model_options: Any = None) -> Any:
    """A ControlNet, a control-LoRA or a T2I-Adapter, for the CONTROL_NET inputs of nodes."""
    return load_control(ckpt_path, model)
