"""Conditionings made ready for one run: areas, masks and ranges resolved to the latent's own grid and sigmas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import torch
import torch.nn.functional as F

from comfy.sampling.levels import NoiseLevels

Conditioning = Sequence[Sequence[Any]]
"""What nodes pass on: pairs of a text embedding [B, L, D] and its options."""

FEATHER = 8
"""Latent pixels over which an area without a mask fades in at an edge inside the picture."""

SMALLEST_SIDE = 8
"""An area taken from a mask's bounds is at least this high and wide."""


@dataclass(frozen=True)
class Area:
    """A rectangle of the latent, in latent pixels."""

    height: int
    width: int
    y: int
    x: int

    @property
    def size(self) -> int:
        return self.height * self.width

    def contains(self, other: "Area") -> bool:
        """Whether the other rectangle lies within this one."""
        is_after = other.y >= self.y and other.x >= self.x
        is_before = other.y + other.height <= self.y + self.height and other.x + other.width <= self.x + self.width
        return is_after and is_before

    def within(self, height: int, width: int) -> "Area":
        """The part of it that lies in a picture of this size."""
        return replace(self, height=min(self.height, height - self.y), width=min(self.width, width - self.x))

    def crop(self, tensor: torch.Tensor) -> torch.Tensor:
        """A view of the rectangle in a tensor [..., H, W]."""
        return tensor[..., self.y : self.y + self.height, self.x : self.x + self.width]


@dataclass(frozen=True, eq=False)
class Condition:
    """One entry of a conditioning: a text embedding, and where, when and how strongly it counts.

    `mask` is [n, h, w] on the latent's grid. It counts while sigma_start >= sigma >= sigma_end.
    """

    context: torch.Tensor
    options: Mapping[str, Any]
    strength: float = 1.0
    area: Area | None = None
    mask: torch.Tensor | None = None
    sigma_start: float = inf
    sigma_end: float = 0.0
    is_default: bool = False  # It counts only where no other one of its conditioning does.

    def is_active(self, sigma: float) -> bool:
        """Whether it counts at this noise level."""
        return self.sigma_start >= sigma >= self.sigma_end

    def is_everywhere(self) -> bool:
        """Whether it counts for every pixel alike."""
        return self.area is None and self.mask is None

    def weight(self, batch: int, height: int, width: int) -> torch.Tensor:
        """How much it counts per pixel, [B or 1, 1, h, w] of its own area, in a latent of this size."""
        area = self.area or Area(height, width, 0, 0)
        if self.mask is not None:
            mask = area.crop(self.mask[:batch]) * self.strength
            return mask.repeat(batch // len(mask), 1, 1).unsqueeze(1)
        weight = torch.full((1, 1, area.height, area.width), self.strength)
        if self.area is not None:
            _feather(weight[0, 0], area.y > 0, area.y + area.height < height)
            _feather(weight[0, 0].T, area.x > 0, area.x + area.width < width)
        return weight


def _feather(weight: torch.Tensor, at_start: bool, at_end: bool) -> None:
    """Fade the first and last rows of a map in place, over at most a quarter of its height."""
    rows = min(FEATHER, len(weight) // 4)
    ramp = (torch.arange(rows) + 1).unsqueeze(1) / max(rows, 1)
    if at_start:
        weight[:rows] *= ramp
    if at_end:
        weight[len(weight) - rows :] *= ramp.flip(0)


def prepare_conditions(
    conditionings: Mapping[str, Conditioning], height: int, width: int, levels: NoiseLevels, device: torch.device
) -> dict[str, list[Condition]]:
    """The entries of every conditioning, ready for a latent of this height and width.

    Where one conditioning has an area the others get an entry for the same area, so that guidance compares alike.
    """
    ready = {
        name: [_resolve(context, options, height, width, levels, device) for context, options in conditioning]
        for name, conditioning in conditionings.items()
    }
    _share_control(ready)
    for name, conditions in ready.items():
        for condition in list(conditions):
            for other, others in ready.items():
                if other != name:
                    _match_area(others, condition)
    return {name: [_clip(condition, height, width) for condition in conditions] for name, conditions in ready.items()}


def _resolve(
    context: torch.Tensor,
    options: Mapping[str, Any],
    height: int,
    width: int,
    levels: NoiseLevels,
    device: torch.device,
) -> Condition:
    area, mask = read_area(options.get("area"), height, width), options.get("mask")
    if mask is not None:
        mask = fit_to_grid(mask, height, width)
        if options.get("set_area_to_bounds", False):
            area = bounds_of(mask)
        mask = mask * options.get("mask_strength", 1.0)
    start, end = _stretch(options)
    return Condition(
        context=context.to(device),
        options=options,
        strength=options.get("strength", 1.0),
        area=area,
        mask=mask,
        sigma_start=inf if start is None else levels.sigma_at(start),
        sigma_end=0.0 if end is None else levels.sigma_at(end),
        is_default=bool(options.get("default", False)),
    )


def _stretch(options: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """From where to where on the way an entry counts: where it is told to, and its text was encoded for that."""
    starts = [options[name] for name in ("start_percent", "clip_start_percent") if options.get(name) is not None]
    ends = [options[name] for name in ("end_percent", "clip_end_percent") if options.get(name) is not None]
    return max(starts, default=None), min(ends, default=None)


def read_area(area: Sequence[Any] | None, height: int, width: int) -> Area | None:
    """An area as options say it, in latent pixels or as shares of a latent of this size."""
    if area is None:
        return None
    if area[0] != "percentage":
        return Area(*area)
    _, share_high, share_wide, share_y, share_x = area
    return Area(
        height=max(1, round(share_high * height)),
        width=max(1, round(share_wide * width)),
        y=round(share_y * height),
        x=round(share_x * width),
    )


def fit_to_grid(mask: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """A mask [h, w] or [n, h, w] as [n, height, width], on the CPU."""
    mask = mask.cpu().float()
    mask = mask.unsqueeze(0) if mask.dim() == 2 else mask
    if mask.shape[1:] == (height, width):
        return mask
    return F.interpolate(mask.unsqueeze(1), size=(height, width), mode="bilinear").squeeze(1)


def bounds_of(mask: torch.Tensor) -> Area:
    """The rectangle around everything that the masks of a batch mark."""
    ys, xs = mask.abs().amax(dim=0).nonzero(as_tuple=True)
    if len(ys) == 0:
        return Area(SMALLEST_SIDE, SMALLEST_SIDE, 0, 0)
    y, x = int(ys.min()), int(xs.min())
    height, width = int(ys.max()) - y + 1, int(xs.max()) - x + 1
    return Area(max(height, SMALLEST_SIDE), max(width, SMALLEST_SIDE), y, x)


def _match_area(conditions: list[Condition], wanted: Condition) -> None:
    """Give conditions an entry for another conditioning's area: the text of their smallest entry around it."""
    if wanted.area is None:
        return
    around = [c for c in conditions if c.area is None or c.area.contains(wanted.area)]
    if not around:
        return
    smallest = min(around, key=lambda c: inf if c.area is None else c.area.size)
    if smallest.area != wanted.area:
        conditions.append(replace(wanted, context=smallest.context, options=smallest.options))


def _share_control(ready: dict[str, list[Condition]]) -> None:
    """Give what guides the positive's entries, where it says that it counts for others too, to those without any."""
    positive = [condition for condition in ready.get("positive", []) if condition.area is None]
    told = [condition for condition in positive if condition.options.get("control_apply_to_uncond")]
    for name, conditions in ready.items():
        if name != "positive":
            _share("control", told, conditions)
            _share("gligen", positive, conditions)


def _share(option: str, givers: Sequence[Condition], conditions: list[Condition]) -> None:
    """Give an option of some entries to others that lack it, unless one of those has it already."""
    shared = [giver.options[option] for giver in givers if giver.options.get(option)]
    free = [i for i, c in enumerate(conditions) if c.area is None and not c.options.get(option)]
    if any(c.options.get(option) for c in conditions if c.area is None) or not free:
        return
    for number, value in enumerate(shared):
        place = free[number % len(free)]
        given = replace(conditions[place], options={**conditions[place].options, option: value})
        if conditions[place].options.get(option):
            conditions.append(given)
        else:
            conditions[place] = given


def _clip(condition: Condition, height: int, width: int) -> Condition:
    if condition.area is None:
        return condition
    return replace(condition, area=condition.area.within(height, width))
