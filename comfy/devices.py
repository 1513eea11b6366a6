"""Where things are computed and in which precision; decided once, from the flags."""

import ctypes
import sys
from contextlib import suppress
from dataclasses import dataclass

import psutil
import torch

PRECISIONS = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


@dataclass(frozen=True)
class DeviceOptions:
    """What the flags ask of devices; the default takes the first GPU where there is one."""

    cpu: bool = False
    cuda_device: int | None = None
    force_fp32: bool = False
    unet_precision: str | None = None
    vae_precision: str | None = None


_options = DeviceOptions()


def configure(options: DeviceOptions) -> None:
    """Set the options for this process; called before the first model is loaded."""
    global _options
    _options = options


def compute_device() -> torch.device:
    """The device that models run on."""
    if _options.cpu:
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda", _options.cuda_device or 0)
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def offload_device() -> torch.device:
    """Where weights wait while they are not used."""
    return torch.device("cpu")


def unet_dtype() -> torch.dtype:
    """The precision that the denoising model is kept and computed in: float32 on the CPU, where pictures are exact."""
    if _options.unet_precision is not None:
        return PRECISIONS[_options.unet_precision]
    if _options.force_fp32 or compute_device().type == "cpu":
        return torch.float32
    return torch.float16


def vae_dtype() -> torch.dtype:
    """The precision of the autoencoder: float16 overflows in it, so bfloat16 or float32."""
    if _options.vae_precision is not None:
        return PRECISIONS[_options.vae_precision]
    device = compute_device()
    if not _options.force_fp32 and device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.bfloat16
    return torch.float32


def text_dtype() -> torch.dtype:
    """The precision that text encoders are kept in; they compute in float32, layer by layer."""
    return torch.float16


def memory_free(device: torch.device | None = None) -> int:
    """Bytes that can still be taken on a device (the compute device by default)."""
    device = device or compute_device()
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        reserved, taken = torch.cuda.memory_reserved(device), torch.cuda.memory_allocated(device)
        return int(free + reserved - taken)
    return int(psutil.virtual_memory().available)


def memory_total(device: torch.device | None = None) -> int:
    """Bytes that a device has."""
    device = device or compute_device()
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[1])
    return int(psutil.virtual_memory().total)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device had no room; the CPU's allocator says so only in words."""
    if isinstance(error, torch.cuda.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "not enough memory" in str(error)


def trim_memory() -> None:
    """Have the C library give free pages back to the system, which glibc would keep; elsewhere nothing is needed."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def empty_cache() -> None:
    """Give memory that torch keeps for later back to the device."""
    if compute_device().type == "cuda":
        torch.cuda.empty_cache()
