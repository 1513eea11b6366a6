"""What the model thinks the picture is: clean estimates of whole conditionings, several in one batch."""

import math
import sys
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from comfy.devices import empty_cache, is_out_of_memory
from comfy.hooks import HookedModels, Hooks
from comfy.sampling.asking import Batch, Estimate, Model, Predict
from comfy.sampling.canvas import Canvas, per_item
from comfy.sampling.conditions import Area, Condition
from comfy.sampling.estimates import asked_through

LONGEST_REPEAT = 4
"""Texts are repeated to a common length within one batch up to this many times; longer ones go apart."""


@dataclass(frozen=True, eq=False)
class _Part:
    """One condition's place in a group and in the result of its conditioning."""

    name: str
    area: Area | None
    share: torch.Tensor | None  # [B or 1, 1, h, w] of the area; None: all of the result
    options: Mapping[str, Any]

    def crop(self, x: torch.Tensor) -> torch.Tensor:
        """The pixels that the condition is about."""
        return x if self.area is None else self.area.crop(x)

    def add_to(self, clean: dict[str, torch.Tensor], estimate: torch.Tensor, x: torch.Tensor) -> None:
        """Add the condition's estimate to that of its conditioning, an average over conditions."""
        if self.share is None:
            clean[self.name] = estimate
            return
        total = clean.setdefault(self.name, torch.zeros_like(x))
        self.crop(total).add_(estimate * self.share)


@dataclass(frozen=True, eq=False)
class _Group:
    """Conditions that the model can see in one batch: areas of one size and texts of compatible lengths."""

    parts: tuple[_Part, ...]
    context: torch.Tensor  # [parts * B, L, D]
    extras: Mapping[str, torch.Tensor]  # parts * B rows each

    def halves(self) -> tuple["_Group", "_Group"]:
        """The same work in two batches."""
        middle = len(self.parts) // 2
        rows = middle * (len(self.context) // len(self.parts))
        before = {name: tensor[:rows] for name, tensor in self.extras.items()}
        behind = {name: tensor[rows:] for name, tensor in self.extras.items()}
        return (
            _Group(self.parts[:middle], self.context[:rows], before),
            _Group(self.parts[middle:], self.context[rows:], behind),
        )

    def batch(self, x: torch.Tensor, sigma: float) -> Batch:
        """The group's question to the model about a noisy latent."""
        return Batch(
            torch.cat([part.crop(x) for part in self.parts]),
            sigma,
            self.context,
            tuple(part.name for part in self.parts),
            tuple(part.options for part in self.parts),
            self.extras,
        )


class Predictor:
    """Clean estimates for the conditionings of one run.

    Which conditions are active and how they are batched is worked out once per set of active ones, not per step.
    """

    def __init__(
        self,
        model: Model,
        conditions: Mapping[str, Sequence[Condition]],
        canvas: Canvas,
    ) -> None:
        self.model, self.conditions, self.canvas = model, conditions, canvas
        self.levels, self.guidance = model.levels, model.guidance
        self._hooked = HookedModels()
        self.batch, self.height, self.width, self.device = canvas.batch, canvas.height, canvas.width, canvas.device
        self._most_parts = sys.maxsize  # in one batch, until memory runs short
        self._plans: dict[tuple[tuple[str, int], ...], list[_Group]] = {}

    def __call__(self, x: torch.Tensor, sigma: float, names: Sequence[str]) -> list[torch.Tensor]:
        """The clean estimate of x, [B, C, h, w], under each of the named conditionings; zero where none counts."""
        ask: Predict = self._ask
        for around in self.model.around_predict:
            ask = partial(around, self, ask)
        return ask(x, sigma, names)

    def _ask(self, x: torch.Tensor, sigma: float, names: Sequence[str]) -> list[torch.Tensor]:
        clean: dict[str, torch.Tensor] = {}
        for group in self._plan(sigma, names):
            estimate = asked_through(self._hooked.at(self.model, group.parts[0].options.get("hooks"), sigma))
            for part, estimated in zip(group.parts, self._in_pieces(group, x, sigma, estimate), strict=True):
                part.add_to(clean, estimated, x)
        return [clean[name] if name in clean else torch.zeros_like(x) for name in names]

    def asking(self, model: Model) -> "Predictor":
        """The same conditionings asked of another version of the model."""
        other = copy(self)
        other.model, other.guidance = model, model.guidance
        return other

    def _in_pieces(self, group: _Group, x: torch.Tensor, sigma: float, estimate: Estimate) -> list[torch.Tensor]:
        """The clean estimate for every part of a group; in smaller batches once memory ran short."""
        if len(group.parts) <= self._most_parts:
            try:
                return list(estimate(group.batch(x, sigma)).chunk(len(group.parts)))
            except RuntimeError as error:
                if len(group.parts) == 1 or not is_out_of_memory(error):
                    raise
            self._most_parts = len(group.parts) // 2
            empty_cache()
        return [estimated for half in group.halves() for estimated in self._in_pieces(half, x, sigma, estimate)]

    def _plan(self, sigma: float, names: Sequence[str]) -> list[_Group]:
        active = tuple(
            (name, i)
            for name in names
            for i, condition in enumerate(self.conditions[name])
            if condition.is_active(sigma)
        )
        if active not in self._plans:
            self._plans[active] = self._make_plan(active)
        return self._plans[active]

    def _make_plan(self, active: Sequence[tuple[str, int]]) -> list[_Group]:
        shares = self._shares(active)
        batches: list[list[_Entry]] = []
        for key in (key for key in active if key in shares):
            condition = self.conditions[key[0]][key[1]]
            part = _Part(key[0], condition.area, shares[key], condition.options)
            entry = _Entry(part, per_item(condition.context, self.batch), self._extras(part))
            for batch in batches:
                if _fits(entry, batch):
                    batch.append(entry)
                    break
            else:
                batches.append([entry])
        return [_joined(batch) for batch in batches]

    def _extras(self, part: _Part) -> dict[str, torch.Tensor]:
        extras = dict(self.model.extras(part.name, part.options, self.canvas))
        if "concat" in extras:
            extras["concat"] = part.crop(extras["concat"])
        return {name: tensor.to(self.device) for name, tensor in extras.items()}

    def _shares(self, active: Sequence[tuple[str, int]]) -> dict[tuple[str, int], torch.Tensor | None]:
        """Every active condition's part in the average of its conditioning; None for one that stands alone.

        A default one that others leave no place has none.
        """
        shares: dict[tuple[str, int], torch.Tensor | None] = {}
        for name in {name for name, _ in active}:
            keys = [key for key in active if key[0] == name]
            conditions = [self.conditions[name][i] for _, i in keys]
            if len(keys) == 1 and conditions[0].is_everywhere():
                shares[keys[0]] = None
                continue
            weights = self._weights(conditions)
            total = torch.full((self.batch, 1, self.height, self.width), 1e-37)
            for condition, weight in zip(conditions, weights, strict=True):
                _area_of(condition.area, total).add_(weight)
            for key, condition, weight in zip(keys, conditions, weights, strict=True):
                if not condition.is_default or weight.any():
                    shares[key] = (weight / _area_of(condition.area, total)).to(self.device)
        return shares

    def _weights(self, conditions: Sequence[Condition]) -> list[torch.Tensor]:
        """How much each condition of one conditioning counts per pixel; a default one, what the others leave of 1."""
        left = torch.ones(self.batch, 1, self.height, self.width)
        weights = [condition.weight(self.batch, self.height, self.width) for condition in conditions]
        for condition, weight in zip(conditions, weights, strict=True):
            if not condition.is_default:
                _area_of(condition.area, left).sub_(weight)
        left.clamp_(min=0)
        return [
            _area_of(condition.area, left) if condition.is_default else weight
            for condition, weight in zip(conditions, weights, strict=True)
        ]


def _area_of(area: Area | None, tensor: torch.Tensor) -> torch.Tensor:
    return tensor if area is None else area.crop(tensor)


@dataclass(frozen=True, eq=False)
class _Entry:
    """A part before it is joined with others into a batch."""

    part: _Part
    context: torch.Tensor
    extras: Mapping[str, torch.Tensor]


# What a conditioning says that concerns a whole batch: only parts that say the same go together.
OF_A_WHOLE_BATCH = ("control", "gligen", "hooks")


def _fits(entry: _Entry, batch: Sequence[_Entry]) -> bool:
    part, first = entry.part, batch[0].part
    if entry.context.shape[2] != batch[0].context.shape[2]:
        return False
    if {name: tensor.shape for name, tensor in entry.extras.items()} != {
        name: tensor.shape for name, tensor in batch[0].extras.items()
    }:
        return False
    if any(not _is_same(part.options.get(key), first.options.get(key)) for key in OF_A_WHOLE_BATCH):
        return False
    if (part.area is None) != (first.area is None):
        return False
    if part.area and first.area and (part.area.height, part.area.width) != (first.area.height, first.area.width):
        return False
    lengths = [entry.context.shape[1], *(other.context.shape[1] for other in batch)]
    return math.lcm(*lengths) <= LONGEST_REPEAT * min(lengths)


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
    return one is other or (isinstance(one, Hooks) and one == other)


def _joined(batch: Sequence[_Entry]) -> _Group:
    extras = {name: torch.cat([entry.extras[name] for entry in batch]) for name in batch[0].extras}
    return _Group(tuple(entry.part for entry in batch), join_texts([entry.context for entry in batch]), extras)


def join_texts(contexts: Sequence[torch.Tensor]) -> torch.Tensor:
    """Texts in one batch; repeating a text along its tokens leaves attention to it as it was."""
    length = math.lcm(*(context.shape[1] for context in contexts))
    return torch.cat([context.repeat(1, length // context.shape[1], 1) for context in contexts])
