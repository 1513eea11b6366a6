"""What the model thinks the picture is: clean estimates of whole conditionings, several in one batch."""

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from comfy.devices import empty_cache, is_out_of_memory
from comfy.sampling.conditions import Area, Condition
from comfy.sampling.guidance_rules import Guidance
from comfy.sampling.levels import NoiseLevels

LONGEST_REPEAT = 4
"""Texts are repeated to a common length within one batch up to this many times; longer ones go apart."""


class Model(Protocol):
    """What sampling needs of a diffusion model."""

    @property
    def prediction(self) -> str:
        """What the model predicts, a key of CLEAN_FROM."""

    @property
    def latent_format(self) -> Any:
        """How its latents relate to pictures."""

    @property
    def levels(self) -> NoiseLevels:
        """The noise levels that it was trained on, or is told to assume."""

    @property
    def guidance(self) -> Guidance:
        """What guiders must do differently for it."""

    @property
    def ask(self) -> "Ask | None":
        """What stands between the sampler and the model; None, as for most, asks the model itself."""

    def for_run(self) -> "Model":
        """The model as it stays for one run."""

    def prepare(self) -> AbstractContextManager[Any]:
        """Have the weights on the compute device while the context lasts."""

    def apply(self, x: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor, **inputs: Any) -> torch.Tensor:
        """The raw prediction for scaled latents [B, C, h, w], timesteps [B] and texts [B, L, D]."""


@dataclass(frozen=True, eq=False)
class Batch:
    """What a model is asked in one go: n parts, each a whole batch of noisy latents under one text.

    `x` is [n * B, C, h, w], not yet scaled for the model, and `context` [n * B, L, D]; `names` and `options` say of
    each part which conditioning it belongs to and what else that says.
    """

    x: torch.Tensor
    sigma: float
    context: torch.Tensor
    names: tuple[str, ...]
    options: tuple[Mapping[str, Any], ...]


Ask = Callable[[Any, Batch], torch.Tensor]
"""Clean estimates [n * B, C, h, w] of a batch, by whatever way, from the model given first."""


def clean_from_eps(x: torch.Tensor, eps: torch.Tensor, sigma: float, timestep: int) -> torch.Tensor:
    """The clean estimate when the model predicts the noise (Ho et al. 2020)."""
    return x - eps * sigma


def clean_from_v(x: torch.Tensor, v: torch.Tensor, sigma: float, timestep: int) -> torch.Tensor:
    """The clean estimate when the model predicts the velocity (Salimans & Ho 2022)."""
    return x / (sigma**2 + 1) - v * (sigma / math.sqrt(sigma**2 + 1))


def clean_itself(x: torch.Tensor, clean: torch.Tensor, sigma: float, timestep: int) -> torch.Tensor:
    """The clean estimate when that is what the model predicts."""
    return clean


def clean_from_lcm(x: torch.Tensor, eps: torch.Tensor, sigma: float, timestep: int) -> torch.Tensor:
    """The clean estimate of a latent consistency model, which is x itself where there is no noise (Luo et al. 2023)."""
    spread, scaled = 0.5, timestep * 10.0
    skip = spread**2 / (scaled**2 + spread**2)
    out = scaled / math.sqrt(scaled**2 + spread**2)
    return (x - eps * sigma) * out + x * skip


CLEAN_FROM: dict[str, Callable[[torch.Tensor, torch.Tensor, float, int], torch.Tensor]] = {
    "eps": clean_from_eps,
    "v": clean_from_v,
    "x0": clean_itself,
    "lcm": clean_from_lcm,
}


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

    def halves(self) -> tuple["_Group", "_Group"]:
        """The same work in two batches."""
        middle = len(self.parts) // 2
        rows = middle * (len(self.context) // len(self.parts))
        return _Group(self.parts[:middle], self.context[:rows]), _Group(self.parts[middle:], self.context[rows:])


_Estimate = Callable[[_Group], list[torch.Tensor]]


class Predictor:
    """Clean estimates for the conditionings of one run.

    Which conditions are active and how they are batched is worked out once per set of active ones, not per step.
    """

    def __init__(
        self,
        model: Model,
        conditions: Mapping[str, Sequence[Condition]],
        shape: Sequence[int],
        device: torch.device,
    ) -> None:
        self.model, self.conditions, self.device = model, conditions, device
        self.levels, self.guidance = model.levels, model.guidance
        self.batch, _, self.height, self.width = shape
        self.clean_from = CLEAN_FROM[model.prediction]
        self._most_parts = sys.maxsize  # in one batch, until memory runs short
        self._plans: dict[tuple[tuple[str, int], ...], list[_Group]] = {}

    def __call__(self, x: torch.Tensor, sigma: float, names: Sequence[str]) -> list[torch.Tensor]:
        """The clean estimate of x, [B, C, h, w], under each of the named conditionings; zero where none counts."""
        clean: dict[str, torch.Tensor] = {}
        estimate = self._direct(x, sigma) if self.model.ask is None else self._through(self.model.ask, x, sigma)
        for group in self._plan(sigma, names):
            for part, estimated in zip(group.parts, self._in_pieces(group, estimate), strict=True):
                part.add_to(clean, estimated, x)
        return [clean[name] if name in clean else torch.zeros_like(x) for name in names]

    def asking(self, model: Model) -> "Predictor":
        """The same conditionings asked of another version of the model."""
        other = copy(self)
        other.model, other.guidance = model, model.guidance
        return other

    def _direct(self, x: torch.Tensor, sigma: float) -> _Estimate:
        """Ask the model itself."""
        x_in, timestep = x / math.sqrt(sigma**2 + 1), self.levels.timestep(sigma)

        def estimate(group: _Group) -> list[torch.Tensor]:
            inputs = torch.cat([part.crop(x_in) for part in group.parts])
            timesteps = torch.full((len(inputs),), float(timestep), device=self.device)
            raw = self.model.apply(inputs, timesteps, group.context).float().chunk(len(group.parts))
            return [
                self.clean_from(part.crop(x), out, sigma, timestep) for part, out in zip(group.parts, raw, strict=True)
            ]

        return estimate

    def _through(self, ask: Ask, x: torch.Tensor, sigma: float) -> _Estimate:
        """Ask whatever stands before the model."""

        def estimate(group: _Group) -> list[torch.Tensor]:
            inputs = torch.cat([part.crop(x) for part in group.parts])
            names, options = tuple(part.name for part in group.parts), tuple(part.options for part in group.parts)
            return list(ask(self.model, Batch(inputs, sigma, group.context, names, options)).chunk(len(group.parts)))

        return estimate

    def _in_pieces(self, group: _Group, estimate: _Estimate) -> list[torch.Tensor]:
        """The clean estimate for every part of a group; in smaller batches once memory ran short."""
        if len(group.parts) <= self._most_parts:
            try:
                return estimate(group)
            except RuntimeError as error:
                if len(group.parts) == 1 or not is_out_of_memory(error):
                    raise
            self._most_parts = len(group.parts) // 2
            empty_cache()
        return [estimated for half in group.halves() for estimated in self._in_pieces(half, estimate)]

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
        batches: list[list[tuple[_Part, torch.Tensor]]] = []
        for key in active:
            condition = self.conditions[key[0]][key[1]]
            part = _Part(key[0], condition.area, shares[key], condition.options)
            entry = (part, self._per_item(condition.context))
            for batch in batches:
                if _fits(entry, batch):
                    batch.append(entry)
                    break
            else:
                batches.append([entry])
        return [_Group(tuple(part for part, _ in batch), _join([text for _, text in batch])) for batch in batches]

    def _shares(self, active: Sequence[tuple[str, int]]) -> dict[tuple[str, int], torch.Tensor | None]:
        """Every active condition's part in the average of its conditioning; None for one that stands alone."""
        shares: dict[tuple[str, int], torch.Tensor | None] = {}
        for name in {name for name, _ in active}:
            keys = [key for key in active if key[0] == name]
            conditions = [self.conditions[name][i] for _, i in keys]
            if len(keys) == 1 and conditions[0].is_everywhere():
                shares[keys[0]] = None
                continue
            weights = [condition.weight(self.batch, self.height, self.width) for condition in conditions]
            total = torch.full((self.batch, 1, self.height, self.width), 1e-37)
            for condition, weight in zip(conditions, weights, strict=True):
                _area_of(condition.area, total).add_(weight)
            for key, condition, weight in zip(keys, conditions, weights, strict=True):
                shares[key] = (weight / _area_of(condition.area, total)).to(self.device)
        return shares

    def _per_item(self, context: torch.Tensor) -> torch.Tensor:
        """A text for every item of the batch; a shorter batch of texts starts over."""
        repeats = -(-self.batch // len(context))
        return context.repeat(repeats, 1, 1)[: self.batch]


def _area_of(area: Area | None, tensor: torch.Tensor) -> torch.Tensor:
    return tensor if area is None else area.crop(tensor)


def _fits(entry: tuple[_Part, torch.Tensor], batch: Sequence[tuple[_Part, torch.Tensor]]) -> bool:
    part, context = entry
    first, other = batch[0]
    if context.shape[2] != other.shape[2]:
        return False
    if (part.area is None) != (first.area is None):
        return False
    if part.area and first.area and (part.area.height, part.area.width) != (first.area.height, first.area.width):
        return False
    lengths = [context.shape[1], *(text.shape[1] for _, text in batch)]
    return math.lcm(*lengths) <= LONGEST_REPEAT * min(lengths)


def _join(contexts: Sequence[torch.Tensor]) -> torch.Tensor:
    """Texts in one batch; repeating a text along its tokens leaves attention to it as it was."""
    length = math.lcm(*(context.shape[1] for context in contexts))
    return torch.cat([context.repeat(1, length // context.shape[1], 1) for context in contexts])
