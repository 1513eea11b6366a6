"""What the engine may ask of the libraries that compute: setting them up, freeing memory, telling what there is."""

import gc
import platform
from contextlib import AbstractContextManager
from typing import Any

import torch

from comfy import devices
from comfy.residents import residents
from nodes.options import NodeOptions


def set_up_devices(options: NodeOptions) -> None:
    """Choose the device and precision that the flags ask for."""
    devices.configure(
        devices.DeviceOptions(
            cpu=options.cpu,
            force_fp32=options.force_fp32,
            unet_precision=options.unet_precision,
            vae_precision=options.vae_precision,
        )
    )


def around_call() -> AbstractContextManager[object]:
    """What every node runs in: packs' models keep nothing for a training that never comes."""
    return torch.no_grad()


def free_memory(unload_models: bool) -> None:
    """Give back memory that nothing needs; with `unload_models` also the copies of models on the device."""
    gc.collect()
    if unload_models:
        residents.unload_all()
    devices.empty_cache()
    devices.trim_memory()


def device_stats() -> list[dict[str, Any]]:
    """The compute device as `/system_stats` tells it, bytes for memory."""
    device = devices.compute_device()
    total, free = devices.memory_total(), devices.memory_free()
    is_cuda = device.type == "cuda"
    return [
        {
            "name": torch.cuda.get_device_name(device) if is_cuda else platform.processor() or device.type,
            "type": device.type,
            "index": device.index,
            "vram_total": total,
            "vram_free": free,
            "torch_vram_total": torch.cuda.memory_reserved(device) if is_cuda else total,
            "torch_vram_free": torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
            if is_cuda
            else free,
        }
    ]


def library_versions() -> dict[str, str]:
    """The versions of the libraries that decide what comes out."""
    return {"pytorch_version": torch.__version__}
