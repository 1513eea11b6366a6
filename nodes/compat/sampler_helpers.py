"""What packs import as `comfy.sampler_helpers`: conditionings and masks before a run."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from comfy.sampling.run import fit_mask


def convert_cond(cond: Sequence[Any]) -> list[dict[str, Any]]:
    """A conditioning's entries as dicts."""
    return [{**options, "cross_attn": embedding, "uuid": id(embedding)} for embedding, options in cond]


def prepare_mask(noise_mask: Tensor, shape: Sequence[int], device: Any) -> Tensor:
    """An inpaint mask on the grid of a latent of this shape, once for each of its channels."""
    mask = fit_mask(noise_mask, shape, torch.device(device))
    assert mask is not None
    return mask.expand(-1, shape[1], -1, -1)
