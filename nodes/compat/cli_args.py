"""What packs import as `comfy.cli_args`: the flags, as far as nodes know them."""

from enum import Enum
from types import SimpleNamespace
from typing import Any

from execution import paths
from execution.compat.stage import STAGE
from nodes import options


class LatentPreviewMethod(Enum):
    """How a latent is shown while it is sampled; Skein knows one fast way."""

    NoPreviews = "none"
    Auto = "auto"
    Latent2RGB = "latent2rgb"
    TAESD = "taesd"

    @classmethod
    def from_string(cls, value: str) -> "LatentPreviewMethod | None":
        return next((method for method in cls if method.value == value), None)


class PerformanceFeature(Enum):
    """What `args.fast` may name."""

    Fp16Accumulation = "fp16_accumulation"
    Fp8MatrixMultiplication = "fp8_matrix_mult"
    CublasOps = "cublas_ops"


# Flags that Skein lacks, as they stand where nobody gives them.
UNSET: dict[str, Any] = {
    "default_device": None, "cuda_device": None, "directml": None, "gpu_only": False, "highvram": False,
    "normalvram": False, "lowvram": False, "novram": False, "force_fp16": False, "fp16_unet": False,
    "bf16_unet": False, "fp32_unet": False, "fp64_unet": False, "fp8_e4m3fn_unet": False, "fp8_e5m2_unet": False,
    "fp16_vae": False, "fp32_vae": False, "bf16_vae": False, "cpu_vae": False, "disable_xformers": True,
    "use_split_cross_attention": False, "use_quad_cross_attention": False, "use_pytorch_cross_attention": True,
    "use_sage_attention": False, "use_flash_attention": False, "deterministic": False, "fast": set(),
    "dont_upcast_attention": False, "force_upcast_attention": False, "disable_smart_memory": False,
    "force_channels_last": False, "reserve_vram": None, "async_offload": False, "verbose": "INFO",
    "disable_api_nodes": True, "enable_cors_header": None, "multi_user": False, "auto_launch": False,
    "windows_standalone_build": False, "quick_test_for_ci": False, "extra_model_paths_config": None,
}  # fmt: skip


class Args(SimpleNamespace):
    """The flags that this process was started with; those that Skein knows are asked for anew each time."""

    def __getattr__(self, name: str) -> Any:
        found = _known(name)
        if found is None and name not in UNSET:
            raise AttributeError(f"There is no flag {name!r}.")
        return UNSET[name] if found is None else found


def _known(name: str) -> Any:
    if name == "preview_method":
        return LatentPreviewMethod.from_string(options.current().preview_method) or LatentPreviewMethod.Auto
    if name in ("listen", "port"):
        return STAGE.address if name == "listen" else STAGE.port
    folders = {"base_directory": "base", "output_directory": "output", "input_directory": "input"}
    folders |= {"temp_directory": "temp", "user_directory": "user"}
    if name in folders:
        return str(getattr(paths.current(), folders[name]))
    return getattr(options.current(), name, None)


args = Args()


def enables_dynamic_vram() -> bool:
    return False
