"""The difference of two models as a LoRA: each weight's nearest matrix of a rank, or the difference whole."""

from collections.abc import Callable, Iterator

import torch
from torch import nn

from comfy.saving import Entry, entries_of
from comfy.weights import Weights

Module = Weights[nn.Module]


def lora_tensors(
    difference: Module, prefix: str, rank: int, *, is_whole: bool, has_biases: bool, on_weight: Callable[[], None]
) -> dict[str, torch.Tensor]:
    """A LoRA file's tensors for a model whose weights are a difference, float16, module names below a prefix.

    `is_whole` keeps differences as they are; `on_weight` is called after each weight.
    """
    tensors: dict[str, torch.Tensor] = {}
    for entry in entries_of(difference, ""):
        weight = entry.make().float()
        if entry.name.endswith(".weight"):
            made = _of_weight(weight, rank, is_whole, has_biases)
        else:
            made = iter([(".diff_b", weight)] if entry.name.endswith(".bias") and has_biases else [])
        tensors |= {prefix + _module(entry) + suffix: tensor.half().contiguous() for suffix, tensor in made}
        on_weight()
    return tensors


def _module(entry: Entry) -> str:
    return entry.name.removesuffix(".weight").removesuffix(".bias")


def _of_weight(weight: torch.Tensor, rank: int, is_whole: bool, has_biases: bool) -> Iterator[tuple[str, torch.Tensor]]:
    if weight.ndim < 2:
        if has_biases:
            yield ".diff", weight
    elif is_whole:
        yield ".diff", weight
    else:
        up, down = factors(weight, rank)
        yield ".lora_up.weight", up
        yield ".lora_down.weight", down


def factors(weight: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The two matrices [out, rank, …] and [rank, in, …] whose product is nearest a weight (Eckart & Young 1936)."""
    matrix = weight.flatten(1)
    rank = min(rank, *matrix.shape)
    u, s, v = torch.linalg.svd(matrix, full_matrices=False)
    up, down = u[:, :rank] * s[:rank], v[:rank]
    if weight.ndim == 2:
        return up, down
    return up.reshape(len(up), rank, *[1] * (weight.ndim - 2)), down.reshape(rank, *weight.shape[1:])
