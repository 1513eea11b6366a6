"""What packs import as `comfy.float`: rounding to precisions of eight bits by chance, so that sums stay right."""

import torch
from torch import Tensor

from nodes.compat.names import lacks_of

FLOAT8 = (torch.float8_e4m3fn, torch.float8_e5m2)


def stochastic_rounding(value: Tensor, dtype: torch.dtype, seed: int = 0) -> Tensor:
    """Values in another precision. To one of eight bits each goes to either neighbour, the likelier the nearer it is.

    What lies beyond the largest number becomes that; other precisions round to the nearest.
    """
    if dtype not in FLOAT8:
        return value.to(dtype=dtype)
    wide = value.to(torch.float32)
    size = wide.abs().clamp(max=torch.finfo(dtype).max)
    nearest = size.to(dtype)
    # Numbers of one sign follow each other as their bits do.
    bits = nearest.view(torch.uint8) - (nearest.to(torch.float32) > size).to(torch.uint8)
    below = bits.view(dtype).to(torch.float32)
    last = torch.tensor(torch.finfo(dtype).max).to(dtype).view(torch.uint8).to(bits.device)
    above = torch.minimum(bits + 1, last).view(dtype).to(torch.float32)
    share = (size - below) / (above - below).clamp(min=torch.finfo(torch.float32).tiny)
    generator = torch.Generator(wide.device).manual_seed(seed)
    chance = torch.rand(wide.shape, generator=generator, device=wide.device)
    rounded = torch.where(chance < share, above, below)
    return torch.copysign(rounded, wide).to(dtype)


__getattr__ = lacks_of("comfy.float")
