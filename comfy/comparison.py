"""Two pictures side by side, or what differs between them."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from comfy.images import resize


def _split(first: Tensor, second: Tensor) -> Tensor:
    half = first.shape[2] // 2
    return torch.cat([first[:, :, :half], second[:, :, half:]], dim=2)


VIEWS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "side by side": lambda first, second: torch.cat([first, second], dim=2),
    "split": _split,
    "difference": lambda first, second: (first - second).abs(),
    "blink": lambda first, second: torch.cat([first, second]),
}


def compare(first: Tensor, second: Tensor, view: str) -> tuple[Tensor, float]:
    """A view of both images, the second at the size of the first, and how alike they are in dB (PSNR)."""
    first, second = first[..., :3], second[..., :3]
    if second.shape[1:3] != first.shape[1:3]:
        second = resize(second, first.shape[2], first.shape[1], "lanczos")
    count = min(len(first), len(second))
    first, second = first[:count], second[:count]
    error = float((first - second).square().mean())
    return VIEWS[view](first, second), math.inf if error == 0 else -10 * math.log10(error)
