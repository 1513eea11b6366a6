"""Conditionings as hooks of packs see them during a run: dicts that remember what Skein made of them."""

from collections.abc import Sequence
from math import inf
from typing import Any

import torch

from comfy.sampling.conditions import Area, Condition
from nodes.compat.conds import CONDCrossAttn


class PackCondition(dict[str, Any]):
    """One entry of a conditioning."""

    def __init__(self, condition: Condition) -> None:
        super().__init__(condition.options)
        self.condition = condition
        area = condition.area
        self.update(cross_attn=condition.context, strength=condition.strength, mask=condition.mask)
        self.update(model_conds={"c_crossattn": CONDCrossAttn(condition.context)}, uuid=id(condition))
        if area is not None:
            self["area"] = (area.height, area.width, area.y, area.x)
        self._given = dict(self)

    def copy(self) -> "PackCondition":
        """Another one that says the same, and remembers what this one does."""
        other = PackCondition(self.condition)
        other.clear()
        other.update(self)
        return other

    @property
    def is_as_given(self) -> bool:
        """Whether nothing was changed that a pack was shown."""
        given = self._given
        return self.keys() == given.keys() and all(value is given[name] for name, value in self.items())


def for_packs(conditions: Sequence[Condition]) -> list[PackCondition]:
    """The entries of a conditioning."""
    return [PackCondition(condition) for condition in conditions]


def from_packs(entries: Sequence[Any]) -> list[Condition]:
    """The conditions of entries that packs hand back, changed or not."""
    return [_read(entry) for entry in entries]


def _read(entry: Any) -> Condition:
    if isinstance(entry, PackCondition) and entry.is_as_given:
        return entry.condition
    if isinstance(entry, dict):
        area, kept = entry.get("area"), getattr(entry, "condition", None)
        return Condition(
            context=text_of(entry),
            options=entry,
            strength=entry.get("strength", 1.0),
            area=Area(*area) if area is not None else None,
            mask=entry.get("mask"),
            sigma_start=entry.get("timestep_start", kept.sigma_start if kept else inf),
            sigma_end=entry.get("timestep_end", kept.sigma_end if kept else 0.0),
            is_default=kept.is_default if kept else False,
        )
    context, options = entry
    return Condition(context, options, options.get("strength", 1.0))


def text_of(entry: dict[str, Any]) -> torch.Tensor:
    """The text [B, L, D] of an entry."""
    text = entry.get("cross_attn")
    if text is None:
        text = entry["model_conds"]["c_crossattn"].cond
    found: torch.Tensor = text
    return found
