"""Reading sizes out of a state dict: which tensors are there and how large they are."""

from collections.abc import Iterator, Mapping

import torch

from comfy.errors import ArchitectureError

StateDict = Mapping[str, torch.Tensor]


def size_of(state_dict: StateDict, key: str, dimension: int) -> int:
    """One dimension of a tensor that must be there; raises ArchitectureError where it is not."""
    if key not in state_dict:
        raise ArchitectureError(f"the tensor {key} is missing")
    return int(state_dict[key].shape[dimension])


def numbered(state_dict: StateDict, pattern: str) -> Iterator[int]:
    """Count up from 0 while the pattern, with its number filled in, begins or is a key of the state dict."""
    index = 0
    while has(state_dict, pattern.format(index)):
        yield index
        index += 1


def has(state_dict: StateDict, prefix: str) -> bool:
    """Whether any tensor's name begins so."""
    return prefix in state_dict or any(key.startswith(prefix) for key in state_dict)


def count(state_dict: StateDict, pattern: str) -> int:
    """How many consecutive numbers, from 0, the pattern has in the state dict."""
    return sum(1 for _ in numbered(state_dict, pattern))
