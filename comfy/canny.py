"""Edges of images by Canny's method (1986): smooth, differentiate, thin, follow lines from their strong parts."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)
SMOOTHING = 1.0
# One step towards each eighth of a turn, as (row, column), beginning to the right and turning downwards.
STEPS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))


def find_edges(images: Tensor, low: float, high: float) -> Tensor:
    """Images [B, H, W, 3], white on edges whose slope is above `high`, or above `low` and joined to one that is."""
    grey = (images[..., :3] * torch.tensor(LUMA).to(images)).sum(dim=-1)[:, None]
    slope, direction = _slope(_smooth(grey))
    thin = slope * _is_ridge(slope, direction)
    edges = _follow(thin > high, thin > low)
    return edges.float().expand(-1, 3, -1, -1).movedim(1, -1)


def _smooth(grey: Tensor) -> Tensor:
    place = torch.arange(-2.0, 3.0)
    bell = torch.exp(-(place**2) / (2 * SMOOTHING**2))
    bell = (bell / bell.sum()).to(grey)
    padded = F.pad(grey, (2, 2, 2, 2), mode="reflect" if min(grey.shape[-2:]) > 2 else "replicate")
    return F.conv2d(F.conv2d(padded, bell.reshape(1, 1, 1, 5)), bell.reshape(1, 1, 5, 1))


def _slope(grey: Tensor) -> tuple[Tensor, Tensor]:
    """How steep each pixel is (Sobel), and towards which eighth of a turn it rises. [B, 1, H, W] both."""
    sobel = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]).to(grey)
    padded = F.pad(grey, (1, 1, 1, 1), mode="replicate")
    across, down = F.conv2d(padded, torch.stack([sobel, sobel.T])[:, None]).split(1, dim=1)
    slope = (across**2 + down**2 + 1e-6).sqrt()
    return slope, (torch.atan2(down, across) * (4 / math.pi)).round().long() % len(STEPS)


def _is_ridge(slope: Tensor, direction: Tensor) -> Tensor:
    """Whether a pixel is steeper than both neighbours along its own direction."""
    height, width = slope.shape[-2:]
    padded = F.pad(slope, (1, 1, 1, 1))
    steeper = torch.cat([slope > padded[..., 1 + y : 1 + y + height, 1 + x : 1 + x + width] for y, x in STEPS], dim=1)
    return steeper.gather(1, direction) & steeper.gather(1, (direction + len(STEPS) // 2) % len(STEPS))


def _follow(strong: Tensor, weak: Tensor) -> Tensor:
    """Strong pixels and every weak one that touches them through other weak ones."""
    while True:
        grown = (F.max_pool2d(strong.float(), 3, stride=1, padding=1) > 0) & weak | strong
        if torch.equal(grown, strong):
            return strong
        strong = grown
