"""Conditionings as hooks of packs see them during a run: dicts that remember what Skein made of them."""

from collections.abc import Sequence
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


def for_packs(conditions: Sequence[Condition]) -> list[PackCondition]:
    """The entries of a conditioning."""
    return [PackCondition(condition) for condition in conditions]


def from_packs(entries: Sequence[Any]) -> list[Condition]:
    """The conditions of entries that packs hand back, changed or not."""
    return [_read(entry) for entry in entries]


def _read(entry: Any) -> Condition:
    if isinstance(entry, PackCondition) and entry["cross_attn"] is entry.condition.context:
        return entry.condition
    if isinstance(entry, dict):
        area, kept = entry.get("area"), getattr(entry, "condition", None)
        return Condition(
            context=_text_of(entry),
            options=entry,
            strength=entry.get("strength", 1.0),
            area=Area(*area) if area is not None else None,
            mask=entry.get("mask"),
            sigma_start=kept.sigma_start if kept else float("inf"),
            sigma_end=kept.sigma_end if kept else 0.0,
        )
    context, options = entry
    return Condition(context, options, options.get("strength", 1.0))


def _text_of(entry: dict[str, Any]) -> torch.Tensor:
    text = entry.get("cross_attn")
    if text is None:
        text = entry["model_conds"]["c_crossattn"].cond
    found: torch.Tensor = text
    return found
