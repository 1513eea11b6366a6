"""Networks compiled by torch for the device that they run on: slower at first, faster at every step after."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

KEPT = "_compiled"


class CompilerError(RuntimeError):
    """A network could not be compiled; the message says by what, why, and what to do."""


def compiled(module: nn.Module, backend: str) -> Callable[..., Any]:
    """The module compiled by a backend of torch.compile, at its first call; the same one again for the same module."""
    kept: dict[str, Callable[..., Any]] = vars(module).setdefault(KEPT, {})
    if backend not in kept:
        kept[backend] = _telling(torch.compile(module, backend=backend), backend)
    return kept[backend]


def _telling(call: Callable[..., Any], backend: str) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except torch._dynamo.exc.BackendCompilerFailed as error:
            reason = str(error).splitlines()[0]
            raise CompilerError(
                f"{backend} could not compile the model: {reason} Choose another backend, or leave the node out."
            ) from error

    return run
