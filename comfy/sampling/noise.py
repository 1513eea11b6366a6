"""Where random numbers come from: the first noise of a run and the fresh noise that stochastic samplers add.

Every draw follows from the seed alone. The order and the place of the draws are part of the numbers that must come
out the same as elsewhere: the first noise is drawn on the CPU whatever device computes.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch

SEEDS = 2**64
"""Seeds run from 0 to 2^64 - 1; a sum of seeds wraps."""

TREE_DIGITS = 6
"""The Brownian tree rounds sigmas to so many decimals; its ends too, which unrounded sigmas would exceed."""

FreshNoise = Callable[[float, float], torch.Tensor]
"""Unit-variance noise of the latent's shape for the step from one sigma to the next."""


def initial_noise(shape: Sequence[int], seed: int, batch_index: Sequence[int] | None = None) -> torch.Tensor:
    """The noise that a run starts from: [B, C, h, w], float32, on the CPU.

    With `batch_index` every item gets the noise that it would have at that index of a batch drawn one by one, so that
    a single picture of a batch can be made again. Seeds torch's global generator.
    """
    torch.manual_seed(seed % SEEDS)
    if batch_index is None:
        return torch.randn(tuple(shape), dtype=torch.float32)
    wanted = set(batch_index)
    drawn = {}
    for index in range(max(wanted) + 1):
        noise = torch.randn((1, *shape[1:]), dtype=torch.float32)
        if index in wanted:
            drawn[index] = noise
    return torch.cat([drawn[index] for index in batch_index])


def gaussian_noise(x: torch.Tensor, sigmas: Sequence[float], seed: int) -> FreshNoise:
    """Independent noise for every call, from a generator of its own on the latent's device."""
    # On the CPU the same seed would give the initial noise again.
    offset = 1 if x.device.type == "cpu" else 0
    generator = torch.Generator(x.device).manual_seed((seed + offset) % SEEDS)

    def draw(sigma: float, sigma_next: float) -> torch.Tensor:
        return torch.randn(x.shape, dtype=x.dtype, device=x.device, generator=generator)

    return draw


def brownian_noise(x: torch.Tensor, sigmas: Sequence[float], seed: int, *, device: str | None = None) -> FreshNoise:
    """Increments of one Brownian path over sigma, scaled to unit variance.

    Since the path is fixed by the seed, more steps refine the same picture. One path is shared by the whole batch; it
    is drawn on `device`, by default the latent's.
    """
    from torchsde import BrownianTree  # takes long to import, and most runs do without

    w0 = torch.zeros_like(x, device=device)
    start, end = min(s for s in sigmas if s > 0), max(sigmas)
    path = BrownianTree(start, w0, end, entropy=seed % SEEDS) if start < end else None

    def draw(sigma: float, sigma_next: float) -> torch.Tensor:
        if path is None:
            raise ZeroDivisionError("a path of one point has no increments")
        low, high = sorted(round(s, TREE_DIGITS) for s in (sigma, sigma_next))
        increment = path(low, high) / abs(sigma_next - sigma) ** 0.5
        # The path runs upwards in sigma, the sampler downwards.
        return (increment if sigma < sigma_next else -increment).to(x.device)

    return draw


cpu_brownian_noise = partial(brownian_noise, device="cpu")
"""The same path on every device: drawn on the CPU."""
