"""Filling a module with a file's tensors: built without memory, then given its weights one by one."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import nn

from comfy.errors import ArchitectureError
from comfy.state_dict import MappedStateDict

Net = TypeVar("Net", bound=nn.Module)


def load_module(
    build: Callable[[], Net], state_dict: Mapping[str, torch.Tensor], prefix: str, dtype: torch.dtype
) -> Net:
    """Build a module and give it the tensors below a prefix, in a precision; tensors that fit stay mapped to the file.

    Raises ArchitectureError naming the first tensors that are missing or have another shape.
    """
    with torch.device("meta"):
        module = build()
    wanted = module.state_dict()
    check_shapes(wanted, state_dict, prefix)
    for name in wanted:
        key = prefix + name
        given = state_dict[key]
        kept = convert(given, dtype)
        set_tensor(module, name, kept)
        if isinstance(state_dict, MappedStateDict) and kept.data_ptr() != given.data_ptr():
            state_dict.page_out(key)  # else both forms of every tensor count until all are converted
    return module.eval()


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


def convert(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """A tensor in a precision; convolution weights with channels last, the order in which they run fastest."""
    if tensor.ndim == 4:
        return tensor.to(dtype, memory_format=torch.channels_last)
    return tensor.to(dtype)


def set_tensor(module: nn.Module, name: str, tensor: torch.Tensor) -> None:
    """Put a tensor in a parameter's place, without copying it."""
    owner_name, _, leaf = name.rpartition(".")
    owner = module.get_submodule(owner_name)
    if leaf in owner._parameters:
        setattr(owner, leaf, nn.Parameter(tensor, requires_grad=False))
    else:
        setattr(owner, leaf, tensor)
