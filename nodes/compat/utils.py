"""What packs import as `comfy.utils`: model files, resizing, tiles, progress."""

import hashlib
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from comfy import images, latents
from comfy.state_dict import metadata_of, read_state_dict
from comfy.tiling import Tiles, blend, starts
from execution import progress
from nodes.compat.previews import encoded

StateDict = dict[str, Tensor]

PROGRESS_BAR_ENABLED = True
# Files are always read without running what they may hold, and mapped where their format allows.
ALWAYS_SAFE_LOAD, MMAP_TORCH_FILES, DISABLE_MMAP = True, True, False


def load_torch_file(
    ckpt: str | Path, safe_load: bool = True, device: Any = None, return_metadata: bool = False
) -> StateDict | tuple[StateDict, dict[str, str]]:
    """A model file's tensors by name. Reading never runs anything in it, whatever `safe_load` says."""
    state_dict = read_state_dict(ckpt)
    metadata = metadata_of(state_dict)
    if device is not None and torch.device(device).type != "cpu":
        state_dict = {name: tensor.to(device) for name, tensor in state_dict.items()}
    return (state_dict, metadata) if return_metadata else state_dict


def save_torch_file(sd: Mapping[str, Tensor], ckpt: str | Path, metadata: dict[str, str] | None = None) -> None:
    """Write tensors as a safetensors file."""
    from safetensors.torch import save_file

    save_file({name: tensor.contiguous() for name, tensor in sd.items()}, ckpt, metadata)


def safetensors_header(safetensors_path: str | Path, max_size: int = 100 * 1024 * 1024) -> bytes | None:
    """The JSON at the beginning of a safetensors file; None where it is longer than `max_size`."""
    with Path(safetensors_path).open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return None if length > max_size else file.read(length)


def calculate_parameters(sd: Mapping[str, Tensor], prefix: str = "") -> int:
    """How many numbers the tensors below a prefix hold."""
    return sum(tensor.nelement() for name, tensor in sd.items() if name.startswith(prefix))


def weight_dtype(sd: Mapping[str, Tensor], prefix: str = "") -> torch.dtype | None:
    """The type that most numbers below a prefix have."""
    counts: dict[torch.dtype, int] = {}
    for name, tensor in sd.items():
        if name.startswith(prefix):
            counts[tensor.dtype] = counts.get(tensor.dtype, 0) + tensor.numel()
    return max(counts, key=lambda dtype: counts[dtype]) if counts else None


def convert_sd_to(state_dict: StateDict, dtype: torch.dtype) -> StateDict:
    """The same dict with its tensors in another precision."""
    state_dict.update({name: tensor.to(dtype) for name, tensor in state_dict.items()})
    return state_dict


def state_dict_key_replace(state_dict: StateDict, keys_to_replace: Mapping[str, str]) -> StateDict:
    """The same dict with some names changed."""
    for old, new in keys_to_replace.items():
        if old in state_dict:
            state_dict[new] = state_dict.pop(old)
    return state_dict


def state_dict_prefix_replace(
    state_dict: StateDict, replace_prefix: Mapping[str, str], filter_keys: bool = False
) -> StateDict:
    """The dict with the beginnings of names changed; with `filter_keys` a new one of only these."""
    out = {} if filter_keys else state_dict
    for old, new in replace_prefix.items():
        for name in [name for name in state_dict if name.startswith(old)]:
            out[new + name[len(old) :]] = state_dict.pop(name)
    return out


def unet_to_diffusers(unet_config: Mapping[str, Any]) -> dict[str, str]:
    """What diffusers calls the tensors of a U-Net of these sizes, each with its name in checkpoints."""
    from nodes.compat.model_detection import unet_to_diffusers  # which knows models, as few who ask for this module do

    return unet_to_diffusers(unet_config)


def get_attr(obj: Any, attr: str) -> Any:
    """An attribute by a dotted path."""
    for name in attr.split("."):
        obj = getattr(obj, name)
    return obj


def set_attr(obj: Any, attr: str, value: Any) -> Any:
    """Set an attribute by a dotted path; answers what was there."""
    owner, _, name = attr.rpartition(".")
    obj = get_attr(obj, owner) if owner else obj
    before = getattr(obj, name)
    setattr(obj, name, value)
    return before


def set_attr_param(obj: Any, attr: str, value: Tensor) -> Any:
    return set_attr(obj, attr, torch.nn.Parameter(value, requires_grad=False))


def copy_to_param(obj: Any, attr: str, value: Tensor) -> None:
    """Copy a tensor into a parameter in place."""
    get_attr(obj, attr).data.copy_(value)


def bislerp(samples: Tensor, width: int, height: int) -> Tensor:
    """Resize [B, C, h, w] by spherical interpolation of the channel vectors."""
    return latents.bislerp(samples, width, height)


def lanczos(samples: Tensor, width: int, height: int) -> Tensor:
    """Resize pictures [B, C, h, w] by Pillow's Lanczos filter."""
    return images.resize(samples.movedim(1, -1), width, height, "lanczos").movedim(-1, 1)


def common_upscale(samples: Tensor, width: int, height: int, upscale_method: str, crop: str) -> Tensor:
    """Resize [B, C, h, w], or a video [B, C, T, h, w]; with crop `center` cut to the new proportions first."""
    if samples.ndim > 4:
        batch, channels, *times, rows, columns = samples.shape
        flat = samples.movedim(1, -3).reshape(-1, channels, rows, columns)
        resized = common_upscale(flat, width, height, upscale_method, crop)
        return resized.reshape(batch, *times, channels, height, width).movedim(-3, 1)
    if upscale_method == "bislerp":
        cropped = images.crop_to_proportions(samples.movedim(1, -1), width, height) if crop == "center" else None
        return bislerp(samples if cropped is None else cropped.movedim(-1, 1), width, height)
    return images.resize(samples.movedim(1, -1), width, height, upscale_method, crop).movedim(-1, 1)


def repeat_to_batch_size(tensor: Tensor, batch_size: int, dim: int = 0) -> Tensor:
    """As many items as asked for: cut, or begun again from the first."""
    count = tensor.shape[dim]
    if count >= batch_size:
        return tensor.narrow(dim, 0, batch_size)
    times = [1] * tensor.ndim
    times[dim] = -(-batch_size // count)
    return tensor.repeat(times).narrow(dim, 0, batch_size)


def resize_to_batch_size(tensor: Tensor, batch_size: int) -> Tensor:
    """As many items as asked for, taken evenly from the whole batch."""
    return tensor if len(tensor) == batch_size else tensor[_places(len(tensor), batch_size)]


def resize_list_to_batch_size(items: list[Any], batch_size: int) -> list[Any]:
    """The same for a list."""
    return items if len(items) == batch_size else [items[place] for place in _places(len(items), batch_size)]


def _places(count: int, wanted: int) -> list[int]:
    if wanted <= 1:
        return list(range(wanted))
    if wanted < count:
        return [round(index * (count - 1) / (wanted - 1)) for index in range(wanted)]
    return [min(int((index + 0.5) * count / wanted), count - 1) for index in range(wanted)]


def reshape_mask(input_mask: Tensor, output_shape: Sequence[int]) -> Tensor:
    """A mask of any shape as [B, C, h, w] of a latent, its own channels repeated."""
    mask = input_mask.reshape(-1, 1, *input_mask.shape[-2:])
    mask = F.interpolate(mask, size=tuple(output_shape[-2:]), mode="bilinear")
    mask = mask.repeat(1, output_shape[1], 1, 1) if mask.shape[1] < output_shape[1] else mask
    return repeat_to_batch_size(mask, output_shape[0])


def string_to_seed(data: str | bytes) -> int:
    """A seed of 64 bits out of a text."""
    raw = data.encode() if isinstance(data, str) else data
    return int.from_bytes(hashlib.sha256(raw).digest()[:8], "little")


def get_tiled_scale_steps(width: int, height: int, tile_x: int, tile_y: int, overlap: int) -> int:
    """How many tiles a picture takes."""
    return len(starts(height, tile_y, overlap)) * len(starts(width, tile_x, overlap))


def tiled_scale(
    samples: Tensor,
    function: Callable[[Tensor], Tensor],
    tile_x: int = 64,
    tile_y: int = 64,
    overlap: int = 8,
    upscale_amount: float = 4,
    out_channels: int = 3,
    output_device: Any = "cpu",
    pbar: "ProgressBar | None" = None,
) -> Tensor:
    """Run a function that changes the size of [B, C, h, w] by a factor over overlapping tiles, and blend them."""
    return tiled_scale_multidim(
        samples, function, (tile_y, tile_x), overlap, upscale_amount, out_channels, output_device, pbar=pbar
    )


def tiled_scale_multidim(
    samples: Tensor,
    function: Callable[[Tensor], Tensor],
    tile: Sequence[int] = (64, 64),
    overlap: Any = 8,
    upscale_amount: Any = 4,
    out_channels: int = 3,
    output_device: Any = "cpu",
    downscale: bool = False,
    index_formulas: Any = None,
    pbar: "ProgressBar | None" = None,
) -> Tensor:
    """As `tiled_scale`, with the tile's height and width in a pair. Raises `ValueError` for other dimensions."""
    if len(tile) != 2 or not isinstance(overlap, int) or not isinstance(upscale_amount, (int, float)):
        raise ValueError("Tiles are cut of pictures [B, C, h, w] only: give a pair, one overlap and one factor.")
    tiles = Tiles(tile[0], tile[1], overlap)

    def run(part: Tensor) -> Tensor:
        progress.current().check_cancelled()
        done = function(part).to(output_device)
        if pbar is not None:
            pbar.update(1)
        return done

    scale = 1 / upscale_amount if downscale else upscale_amount
    return torch.cat([blend(run, item, tiles, scale) for item in samples.split(1)])


def set_progress_bar_enabled(enabled: bool) -> None:
    """Whether libraries draw bars of their own; Skein's nodes never do."""
    global PROGRESS_BAR_ENABLED
    PROGRESS_BAR_ENABLED = enabled


def report_progress(value: float, total: float, preview: Any = None, node_id: str | None = None, **_: Any) -> None:
    """Tell whoever watches the node that runs here; raises `Interrupted` once the prompt is cancelled."""
    picture = partial(encoded, preview) if preview is not None else None
    progress.current().update(value, total, picture)


PROGRESS_BAR_HOOK: Callable[..., Any] | None = report_progress


def set_progress_bar_global_hook(function: Callable[..., Any] | None) -> None:
    """Have every bar that is made from now on tell this function instead."""
    global PROGRESS_BAR_HOOK
    PROGRESS_BAR_HOOK = function


class ProgressBar:
    """The bar on the card of the node that runs."""

    def __init__(self, total: int, node_id: str | None = None) -> None:
        self.total = total
        self.current = 0
        self.hook = PROGRESS_BAR_HOOK
        self.node_id = node_id
        # Packs also count in threads of their own, which do not know whose work they do.
        self._reporter = progress.current()

    def update_absolute(self, value: int, total: int | None = None, preview: Any = None) -> None:
        """Show how far it is, with a picture as (format, Pillow image, longest side)."""
        self.total = self.total if total is None else total
        self.current = min(value, self.total)
        if self.hook is not None:
            with progress.reporting(self._reporter):
                _call_hook(self.hook, self.current, self.total, preview, self.node_id)

    def update(self, value: int) -> None:
        """Go on by some steps."""
        self.update_absolute(self.current + value)


def _call_hook(hook: Callable[..., Any], value: float, total: float, preview: Any, node_id: str | None) -> None:
    """Hooks of older packs know no node."""
    code = getattr(hook, "__code__", None)
    names: Iterable[str] = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code else ("node_id",)
    if "node_id" in names or (code is not None and code.co_flags & 0x08):
        hook(value, total, preview, node_id=node_id)
    else:
        hook(value, total, preview)
