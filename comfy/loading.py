"""Filling a module with a file's tensors: built without memory, then pointed at the tensors where they lie."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import nn

from comfy.errors import ArchitectureError
from comfy.renamed import RenamedStateDict
from comfy.state_dict import MappedStateDict, metadata_of
from comfy.unfilled import unfilled
from comfy.weights import Weights

Net = TypeVar("Net", bound=nn.Module)


def load_weights(
    build: Callable[[], Net], state_dict: Mapping[str, torch.Tensor], prefix: str, dtype: torch.dtype
) -> Weights[Net]:
    """Build a module over the tensors below a prefix, to be used in a precision; nothing is copied yet.

    Raises ArchitectureError naming the first tensors that are missing or have another shape.
    """
    with unfilled():
        module = build()
    wanted = module.state_dict()
    check_shapes(wanted, state_dict, prefix)
    for name in wanted:
        set_tensor(module, name, state_dict[prefix + name])

    def page_out(name: str) -> None:
        if isinstance(state_dict, MappedStateDict | RenamedStateDict):
            state_dict.page_out(prefix + name)

    return Weights(module.eval(), dtype, page_out=page_out, texts=metadata_of(state_dict))


def check_shapes(wanted: Mapping[str, torch.Tensor], given: Mapping[str, torch.Tensor], prefix: str) -> None:
    """Raise ArchitectureError unless every wanted tensor is given in its shape."""
    wrong = [f"{prefix}{name} is missing" for name in wanted if prefix + name not in given]
    wrong += [
        f"{prefix}{name} is {list(given[prefix + name].shape)} instead of {list(tensor.shape)}"
        for name, tensor in wanted.items()
        if prefix + name in given and given[prefix + name].shape != tensor.shape
    ]
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise ArchitectureError("; ".join(wrong[:3]) + more)


def set_tensor(module: nn.Module, name: str, tensor: torch.Tensor) -> None:
    """Put a tensor in a parameter's place, without copying it."""
    owner_name, _, leaf = name.rpartition(".")
    setattr(module.get_submodule(owner_name), leaf, nn.Parameter(tensor, requires_grad=False))
