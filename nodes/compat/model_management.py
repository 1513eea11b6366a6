"""What packs import as `comfy.model_management`: where things are computed, memory, and whether to stop."""

import sys
from collections.abc import Iterable, Sequence
from enum import Enum
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from comfy import devices
from execution import progress
from execution.progress import Interrupted as InterruptProcessingException
from nodes.compat import device_names
from nodes.compat.loaded_models import LoadedModel as LoadedModel
from nodes.compat.loaded_models import free_memory as free_memory
from nodes.compat.loaded_models import load_models, on_device, take_off
from nodes.compat.names import lacks
from nodes.hardware import free_memory as _free

OOM_EXCEPTION = torch.cuda.OutOfMemoryError
XFORMERS_IS_AVAILABLE = False
XFORMERS_ENABLED_VAE = False
ENABLE_PYTORCH_ATTENTION = True
DISABLE_SMART_MEMORY = False
FLOAT8_TYPES = [torch.float8_e4m3fn, torch.float8_e5m2]
FORCE_FP32 = False
FORCE_FP16 = False
WINDOWS = sys.platform == "win32"
EXTRA_RESERVED_VRAM = 1 << 28
MIN_WEIGHT_MEMORY_RATIO = 0.4
NUM_STREAMS = 0
VAE_DTYPES = [torch.float32]
torch_version = torch.version.__version__
torch_version_numeric = tuple(int(part) for part in torch_version.split(".")[:2])
signal_empty_cache = False

# Packs read this; what is loaded here is dropped and made anew as memory asks for it, so nothing is listed.
current_loaded_models: list[Any] = []


class VRAMState(Enum):
    DISABLED = 0
    NO_VRAM = 1
    LOW_VRAM = 2
    NORMAL_VRAM = 3
    HIGH_VRAM = 4
    SHARED = 5


class CPUState(Enum):
    GPU = 0
    CPU = 1
    MPS = 2


lowvram_available = True


# Devices


def get_torch_device() -> torch.device:
    """The device that models run on."""
    return devices.compute_device()


def get_torch_device_name(device: Any) -> str:
    kind = torch.device(device).type
    return f"{device} {torch.cuda.get_device_name(device)}" if kind == "cuda" else kind


def intermediate_device() -> torch.device:
    """Where images and latents lie between nodes."""
    return torch.device("cpu")


def intermediate_dtype() -> torch.dtype:
    return torch.float32


def unet_offload_device() -> torch.device:
    return devices.offload_device()


def unet_inital_load_device(parameters: int, dtype: torch.dtype) -> torch.device:
    return devices.offload_device()


def vae_device() -> torch.device:
    return devices.compute_device()


def vae_offload_device() -> torch.device:
    return devices.offload_device()


def text_encoder_device() -> torch.device:
    return devices.compute_device()


def text_encoder_offload_device() -> torch.device:
    return devices.offload_device()


def text_encoder_initial_device(load_device: Any, offload_device: Any, model_size: int = 0) -> Any:
    return offload_device


def is_device_type(device: Any, type: str) -> bool:  # noqa: A002 - packs name it
    return torch.device(device).type == type


def is_device_cpu(device: Any) -> bool:
    return is_device_type(device, "cpu")


def is_device_mps(device: Any) -> bool:
    return is_device_type(device, "mps")


def is_device_cuda(device: Any) -> bool:
    return is_device_type(device, "cuda")


def is_device_xpu(device: Any) -> bool:
    return is_device_type(device, "xpu")


def cpu_mode() -> bool:
    return get_torch_device().type == "cpu"


def mps_mode() -> bool:
    return get_torch_device().type == "mps"


def is_nvidia() -> bool:
    return get_torch_device().type == "cuda" and bool(torch.version.cuda)


def is_amd() -> bool:
    return get_torch_device().type == "cuda" and bool(torch.version.hip)


def is_intel_xpu() -> bool:
    return False


def is_ascend_npu() -> bool:
    return False


def is_directml_enabled() -> bool:
    return False


def get_autocast_device(dev: Any) -> str:
    return str(getattr(dev, "type", "cuda"))


# Precision


def unet_dtype(*_: Any, **__: Any) -> torch.dtype:
    return devices.unet_dtype()


def unet_manual_cast(weight_dtype: torch.dtype, *_: Any, **__: Any) -> torch.dtype | None:
    """In what precision to compute with weights of another; None where it is the same."""
    return None if weight_dtype == devices.unet_dtype() else devices.unet_dtype()


def vae_dtype(device: Any = None, allowed_dtypes: Sequence[torch.dtype] = ()) -> torch.dtype:
    chosen = devices.vae_dtype()
    return chosen if not allowed_dtypes or chosen in allowed_dtypes else torch.float32


def text_encoder_dtype(device: Any = None) -> torch.dtype:
    return devices.text_dtype()


def should_use_fp16(device: Any = None, *_: Any, **__: Any) -> bool:
    return torch.device(device or get_torch_device()).type != "cpu" and devices.unet_dtype() == torch.float16


def should_use_bf16(device: Any = None, *_: Any, **__: Any) -> bool:
    return torch.device(device or get_torch_device()).type == "cuda" and torch.cuda.is_bf16_supported()


def supports_dtype(device: Any, dtype: torch.dtype) -> bool:
    return dtype == torch.float32 or (not is_device_cpu(device) and dtype in (torch.float16, torch.bfloat16))


def supports_cast(device: Any, dtype: torch.dtype) -> bool:
    return dtype in (torch.float32, torch.float16, torch.bfloat16) or not is_device_mps(device)


def supports_fp8_compute(device: Any = None) -> bool:
    return False


def dtype_size(dtype: torch.dtype) -> int:
    return dtype.itemsize


def module_size(module: nn.Module) -> int:
    """How many bytes a module's weights take."""
    return sum(tensor.numel() * tensor.element_size() for tensor in module.state_dict().values())


def pick_weight_dtype(dtype: torch.dtype | None, fallback_dtype: torch.dtype, device: Any = None) -> torch.dtype:
    return fallback_dtype if dtype is None or dtype_size(dtype) > dtype_size(fallback_dtype) else dtype


def extended_fp16_support() -> bool:
    """Whether models compute in float16 that older versions of torch compute wrongly so."""
    return torch_version_numeric >= (2, 7)


def resolve_lowvram_weight(weight: Tensor, model: Any = None, key: str | None = None) -> Tensor:
    """A weight to be read: here none lies anywhere but in its model."""
    return weight


def cast_to(
    weight: Tensor, dtype: Any = None, device: Any = None, non_blocking: bool = False, copy: bool = False, **_: Any
) -> Tensor:
    return weight.to(device=device, dtype=dtype, non_blocking=non_blocking, copy=copy)


def cast_to_device(tensor: Tensor, device: Any, dtype: Any, copy: bool = False) -> Tensor:
    return tensor.to(device=device, dtype=dtype, copy=copy)


def device_supports_non_blocking(device: Any) -> bool:
    return is_device_cuda(device)


def get_offload_stream(device: Any) -> None:
    """What copies beside what computes; None is the one there is."""


def sync_stream(device: Any, stream: Any) -> None:
    """There is one stream, which is always in step."""


def lora_compute_dtype(device: Any) -> torch.dtype:
    return torch.float32


def get_supported_float8_types() -> list[torch.dtype]:
    return list(FLOAT8_TYPES)


def archive_model_dtypes(model: nn.Module) -> None:
    """Remember at a module's layers in what precision their weights were."""
    for _, module in model.named_modules():
        for part, tensor in module.named_parameters(recurse=False):
            setattr(module, f"{part}_comfy_model_dtype", tensor.dtype)


def device_should_use_non_blocking(device: Any) -> bool:
    return False


def force_channels_last() -> bool:
    return False


def force_upcast_attention_dtype() -> dict[torch.dtype, torch.dtype] | None:
    return None


def xformers_enabled() -> bool:
    return False


def xformers_enabled_vae() -> bool:
    return False


def sage_attention_enabled() -> bool:
    return False


def flash_attention_enabled() -> bool:
    return False


def pytorch_attention_enabled() -> bool:
    return True


def pytorch_attention_enabled_vae() -> bool:
    return True


def pytorch_attention_flash_attention() -> bool:
    return is_nvidia()


# Memory


def get_free_memory(dev: Any = None, torch_free_too: bool = False) -> Any:
    """Bytes that can be taken on a device, and with `torch_free_too` how many of them torch holds already."""
    device = torch.device(dev) if dev is not None else get_torch_device()
    free = devices.memory_free(device)
    if not torch_free_too:
        return free
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device) if device.type == "cuda" else free
    return free, kept


def get_total_memory(dev: Any = None, torch_total_too: bool = False) -> Any:
    device = torch.device(dev) if dev is not None else get_torch_device()
    total = devices.memory_total(device)
    return (total, total) if torch_total_too else total


def use_more_memory(extra_memory: float, loaded_models: Iterable[LoadedModel], device: Any) -> None:
    """Let models on a device take so many bytes more of it."""
    for loaded in loaded_models:
        if loaded.device == device and extra_memory > 0:
            extra_memory -= loaded.model_use_more_vram(int(extra_memory))


def offloaded_memory(loaded_models: Iterable[LoadedModel], device: Any) -> int:
    """Bytes of weights that models of a device do not have there."""
    return sum(loaded.model_offloaded_memory() for loaded in loaded_models if loaded.device == device)


def minimum_inference_memory() -> int:
    return 1 << 30


def extra_reserved_memory() -> int:
    return 1 << 28


def maximum_vram_for_weights(device: Any = None) -> int:
    return int(get_total_memory(device) * 0.88 - minimum_inference_memory())


def soft_empty_cache(force: bool = False) -> None:
    """Give memory that torch keeps for later back to the device."""
    devices.empty_cache()


def unload_all_models() -> None:
    """Take every model that does not run off the device."""
    _free(unload_models=True)
    for model in list(on_device):
        take_off(model)


def cleanup_models(*_: Any) -> None:
    _free(unload_models=False)


def cleanup_models_gc() -> None:
    _free(unload_models=False)


def load_models_gpu(models: Iterable[Any], *_: Any, **__: Any) -> None:
    """Bring what packs wrapped in a ModelPatcher of their own to its device; Skein's models come when they run."""
    load_models(models)


def load_model_gpu(model: Any) -> None:
    load_models_gpu([model])


def loaded_models(only_currently_used: bool = False) -> list[Any]:
    return list(current_loaded_models)


def unload_model_clones(model: Any, *_: Any, **__: Any) -> None:
    """A changed model shares what it can with the one it was made of, so there is nothing to unload."""


# Stopping


def processing_interrupted() -> bool:
    """Whether the prompt that runs was cancelled."""
    try:
        progress.current().check_cancelled()
    except InterruptProcessingException:
        return True
    return False


def throw_exception_if_processing_interrupted() -> None:
    """Raise `InterruptProcessingException` once the prompt was cancelled."""
    progress.current().check_cancelled()


def interrupt_current_processing(value: bool = True) -> None:
    """Cancel what runs."""
    if value:
        progress.cancel_running()


interrupt_processing = interrupt_current_processing
before_node_execution = throw_exception_if_processing_interrupted


def __getattr__(name: str) -> Any:
    return getattr(device_names, name) if hasattr(device_names, name) else lacks("comfy.model_management", name)


class _ModelManagement(ModuleType):
    """What depends on the flags, asked for anew each time."""

    cpu_state = property(
        lambda _: {"cpu": CPUState.CPU, "mps": CPUState.MPS}.get(get_torch_device().type, CPUState.GPU)
    )
    vram_state = property(
        lambda _: VRAMState.DISABLED if cpu_mode() else VRAMState.SHARED if mps_mode() else VRAMState.NORMAL_VRAM
    )
    set_vram_to = property(lambda _: VRAMState.NORMAL_VRAM)
    directml_enabled = property(lambda _: False)
    total_vram = property(lambda _: get_total_memory() / (1 << 20))
    total_ram = property(lambda _: devices.memory_total(torch.device("cpu")) / (1 << 20))


sys.modules[__name__].__class__ = _ModelManagement
