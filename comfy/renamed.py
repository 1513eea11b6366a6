"""A file's tensors under other names: layouts of one network that different programs write."""

from collections.abc import Mapping

import torch

from comfy.state_dict import MappedStateDict


class RenamedStateDict(dict[str, torch.Tensor]):
    """Tensors by new names; they stay where the original has them, views of it where only their shape differs."""

    def __init__(
        self, original: Mapping[str, torch.Tensor], tensors: Mapping[str, torch.Tensor], sources: Mapping[str, str]
    ) -> None:
        super().__init__(tensors)
        self.original = original
        self.metadata = dict(getattr(original, "metadata", {}))
        self.sources = sources

    def page_out(self, key: str) -> None:
        """Let the system take the memory back that a tensor's source was read into."""
        if isinstance(self.original, MappedStateDict | RenamedStateDict):
            self.original.page_out(self.sources[key])


def renamed(original: Mapping[str, torch.Tensor], names: Mapping[str, str]) -> RenamedStateDict:
    """The tensors that `names` maps from their old names to new ones, of those that are there."""
    there = {new: old for old, new in names.items() if old in original}
    return RenamedStateDict(original, {new: original[old] for new, old in there.items()}, there)
