"""A module's weights as a value: patches make a new value and never touch the weights that they start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import nn

from comfy.file_texts import Texts, joined


class Patch(Protocol):
    """A change of one weight."""

    def apply(self, weight: torch.Tensor) -> torch.Tensor:
        """The changed weight, from one in float32 that it may overwrite."""
        ...


Net = TypeVar("Net", bound=nn.Module)
Patches = Mapping[str, tuple[Patch, ...]]


class Weights(Generic[Net]):
    """A module as its file has it, the precision to use it in, and the patches asked of its weights.

    The module is never run: `residents.loaded` gives a copy made ready for a device, which shares what it can. It must
    be buildable from its `config` alone. `page_out` gives back the memory of a tensor that was read from a mapped file.
    `packs` lets a copy for the CPU keep its weights in the order that is fastest there. `texts` are those of the files
    that the weights came from.
    """

    def __init__(
        self,
        module: Net,
        dtype: torch.dtype,
        patches: Patches | None = None,
        unpatched: Weights[Net] | None = None,
        page_out: Callable[[str], None] = lambda name: None,
        packs: bool = True,
        texts: Texts | None = None,
    ) -> None:
        self.module = module
        self.dtype = dtype
        self.patches: Patches = dict(patches or {})
        self.unpatched: Weights[Net] = unpatched or self
        self.page_out = page_out
        self.packs = packs
        self.texts: Texts = dict(texts or {})

    def patched(self, patches: Mapping[str, Patch]) -> Weights[Net]:
        """The same weights with further patches, applied after those already there."""
        merged = dict(self.patches)
        for name, patch in patches.items():
            merged[name] = (*merged.get(name, ()), patch)
        return self._with(patches=merged, unpatched=self.unpatched)

    def made_from(self, texts: Texts) -> Weights[Net]:
        """The same weights, which are also made from a file of these texts."""
        return self._with(unpatched=self.unpatched, texts=joined(self.texts, texts))

    def in_precision(self, dtype: torch.dtype) -> Weights[Net]:
        """The same weights and patches to be used in another precision."""
        return self._with(dtype=dtype)

    def in_plain_layers(self) -> Weights[Net]:
        """The same weights to be used by torch's own layers, which a compiler can read."""
        return self._with(packs=False)

    def _with(self, **changes: Any) -> Weights[Net]:
        same = {name: getattr(self, name) for name in ("module", "dtype", "patches", "page_out", "packs", "texts")}
        return Weights(**{**same, **changes})
