"""Networks from picture to picture, of every architecture that spandrel knows: upscalers, restorers, inpainters."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from comfy import devices
from comfy.bands import Network, whole
from comfy.errors import ArchitectureError, ModelFileError
from comfy.images import resize
from comfy.state_dict import read_state_dict
from comfy.tiling import OnTile

log = logging.getLogger(__name__)

TILE, OVERLAP, SMALLEST_TILE = 512, 32, 128


def load_picture_model(path: Path) -> Any:
    """A spandrel descriptor of the network in a file; raises ModelFileError naming the file."""
    return picture_model_of(read_state_dict(path), path.name)


def picture_model_of(state_dict: Mapping[str, Tensor], name: str) -> Any:
    """A spandrel descriptor of the network with these weights; raises ModelFileError by the name it is called by."""
    return _describe(_plain_names(state_dict), name)


def interpolated(first: Path, second: Path, share: float) -> Any:
    """A network whose weights lie between two of one architecture: 0 is the first, 1 the second."""
    one, other = read_state_dict(first), read_state_dict(second)
    different = [name for name in one.keys() | other.keys() if _shape(one, name) != _shape(other, name)]
    if different:
        raise ArchitectureError(
            f"{first.name} and {second.name} are not of one architecture ({different[0]} differs, and "
            f"{len(different) - 1} more). Choose two models that were made from each other."
        )
    mixed = {
        name: torch.lerp(weight.float(), other[name].float(), share) if weight.is_floating_point() else weight
        for name, weight in one.items()
    }
    return picture_model_of(mixed, f"{first.name} mixed with {second.name}")


def upscale(model: Any, images: Tensor, on_tile: OnTile | None = None, tile: int = TILE) -> Tensor:
    """Images [B, H, W, C] through an image-to-image network, in tiles blended at their seams; [B, sH, sW, 3].

    Tiles are halved down to 128 pixels while memory does not suffice.
    """
    if model.input_channels == 1 and images.shape[-1] > 1:
        return _each_channel(model, images[..., :3], on_tile, tile)
    x = images.movedim(-1, 1)[:, : model.input_channels].float()
    if x.shape[1] < model.input_channels:
        x = x[:, :1].expand(-1, model.input_channels, -1, -1)
    with torch.no_grad():
        while True:
            try:
                out = whole(network_of(model), x, tile, OVERLAP, model.scale, on_tile)
                return out.clamp(0, 1).movedim(1, -1).contiguous()
            except (RuntimeError, MemoryError) as error:
                if not devices.is_out_of_memory(error) or tile // 2 < SMALLEST_TILE:
                    raise
            tile //= 2
            devices.empty_cache()
            log.warning("Not enough memory for tiles of this size: going on with %d pixels", tile)


def _each_channel(model: Any, images: Tensor, on_tile: OnTile | None, tile: int) -> Tensor:
    """Colour pictures through a network for grey ones: each channel as a picture of its own."""
    channels = images.movedim(-1, 0).flatten(0, 1)[..., None]
    grey = upscale(model, channels, on_tile, tile)[..., 0]
    return grey.unflatten(0, (images.shape[-1], len(images))).movedim(0, -1).contiguous()


def upscale_to(model: Any, images: Tensor, factor: float, on_tile: OnTile | None = None) -> Tensor:
    """Images enlarged by any factor: by the network until they are large enough, then resized."""
    width, height = round(images.shape[2] * factor), round(images.shape[1] * factor)
    enlarged = images
    while model.scale > 1 and min(enlarged.shape[2] / width, enlarged.shape[1] / height) < 1:
        enlarged = upscale(model, enlarged, on_tile)
    if model.scale == 1:
        enlarged = upscale(model, enlarged, on_tile)
    return enlarged if enlarged.shape[1:3] == (height, width) else resize(enlarged, width, height, "lanczos")


def network_of(model: Any) -> Network:
    """A descriptor as a function of tiles, on the compute device."""
    device = devices.compute_device()
    model.to(device).eval()

    def run(x: Tensor) -> Tensor:
        # Some networks, such as GFPGAN, view what they are given.
        out: Tensor = model(x.to(device).contiguous())
        return out

    return run


@torch.no_grad()
def inpaint(model: Any, images: Tensor, masks: Tensor) -> Tensor:
    """Images [B, H, W, 3] whose masked parts [B, H, W] a network has filled; the rest is bit for bit as it was."""
    device = devices.compute_device()
    model.to(device).eval()
    hole = (masks > 0.5).float()[:, None]
    if hole.shape[-2:] != images.shape[1:3]:
        hole = (torch.nn.functional.interpolate(hole, size=images.shape[1:3], mode="bilinear") > 0.5).float()
    results = []
    for index, image in enumerate(images[..., :3].movedim(-1, 1).float().split(1)):
        own = hole[index % len(hole)][None]
        filled = model(image.to(device).contiguous(), own.to(device)).to("cpu", torch.float32)
        results.append(torch.where(own > 0, filled, image))
    return torch.cat(results).clamp(0, 1).movedim(1, -1).contiguous()


def is_inpainter(model: Any) -> bool:
    """Whether a descriptor takes a mask beside the picture."""
    return type(model).__name__ == "MaskedImageModelDescriptor"


def _describe(state_dict: Mapping[str, Tensor], name: str) -> Any:
    try:
        from spandrel import ModelLoader, UnsupportedModelError  # takes a second, and most runs do without
    except ImportError as error:
        raise ModelFileError(
            f"{name} needs the packages spandrel and torchvision, of which {error.name} is missing. "
            "Install what requirements.txt names."
        ) from error
    try:
        return ModelLoader(device="cpu").load_from_state_dict(dict(state_dict)).eval()
    except UnsupportedModelError as error:
        raise ArchitectureError(
            f"{name} is of no architecture known for pictures. Put upscalers into models/upscale_models, and others "
            "into their own folders."
        ) from error


def _plain_names(state_dict: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Names without what training on several devices puts before them."""
    if all(name.startswith("module.") for name in state_dict):
        return {name.removeprefix("module."): weight for name, weight in state_dict.items()}
    return state_dict


def _shape(state_dict: Mapping[str, Tensor], name: str) -> Any:
    return tuple(state_dict[name].shape) if name in state_dict else None
