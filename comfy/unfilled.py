"""Modules of shapes alone, which are then pointed at tensors: built without memory, and without first numbers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode


class _NoFirstNumbers(TorchFunctionMode):
    """Lets every function of `torch.nn.init` be: without memory they fill nothing, but import the compiler to do so."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if getattr(func, "__module__", None) == nn.init.__name__:
            return given["tensor"] if "tensor" in given else args[0]
        return func(*args, **given)


@contextmanager
def unfilled() -> Iterator[None]:
    """Modules that are built within have shapes alone, on the device "meta"."""
    with torch.device("meta"), _NoFirstNumbers():
        yield
