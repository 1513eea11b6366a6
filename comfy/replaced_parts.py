"""Layers, and functions of layers, of which others stand in a network for a while."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import nn

NOTHING = object()


@contextmanager
def put_in(network: nn.Module, parts: Mapping[str, Any], device: Any) -> Iterator[None]:
    """Have other objects stand for parts of a network, by dotted name, on its device; they are gone afterwards."""
    before: list[tuple[nn.Module, str, Any]] = []
    try:
        for name, part in parts.items():
            owner_name, _, leaf = name.rpartition(".")
            owner = network.get_submodule(owner_name)
            is_layer = isinstance(part, nn.Module)
            # A function is its class's, where nobody has put another at the layer itself.
            before.append((owner, leaf, getattr(owner, leaf) if is_layer else vars(owner).get(leaf, NOTHING)))
            setattr(owner, leaf, part.to(device) if is_layer else part)
        yield
    finally:
        for owner, leaf, part in reversed(before):
            if part is NOTHING:
                delattr(owner, leaf)
            else:
                setattr(owner, leaf, part)
