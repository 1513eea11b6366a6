"""The rest of what packs ask `comfy.model_management`: kinds of machines that Skein does not run on, pinned memory."""

import platform
import sys
import threading
from typing import Any

import torch
from torch import Tensor

from comfy import devices

xpu_available = False
npu_available = False
mlu_available = False
interrupt_processing_mutex = threading.RLock()


def is_mlu() -> bool:
    return False


def is_ixuca() -> bool:
    return False


def is_wsl() -> bool:
    """Whether this is Linux within Windows."""
    return sys.platform == "linux" and "microsoft" in platform.release().lower()


def mac_version() -> tuple[int, ...] | None:
    """The version of macOS; None elsewhere."""
    release = platform.mac_ver()[0]
    return tuple(map(int, release.split("."))) if release else None


def synchronize() -> None:
    """Wait for what the device still does."""
    if devices.compute_device().type == "cuda":
        torch.cuda.synchronize()


def current_stream(device: Any) -> Any:
    """The stream that work is put on; None where a device has none."""
    return torch.cuda.current_stream(device) if torch.device(device).type == "cuda" else None


def pin_memory(tensor: Tensor) -> bool:
    """Whether the tensor's memory was pinned; Skein pins none."""
    return False


def unpin_memory(tensor: Tensor) -> bool:
    return False


def reset_cast_buffers() -> None:
    """Let go of buffers for weights in other precisions: there are none."""
