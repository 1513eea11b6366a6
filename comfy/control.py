"""ControlNets as conditionings carry them: which network looks at which picture, when, and how strongly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import torch
import torch.nn.functional as F

from comfy.latents import crop_to_aspect
from comfy.models.changed_unet import Between
from comfy.models.control_net import Corrections

if TYPE_CHECKING:  # Asking a model asks for its controls.
    from comfy.sampling.asking import Asking

PIXELS_PER_LATENT = 8


class ControlSource(Protocol):
    """A network that corrects a U-Net by what it sees in a picture."""

    def correct(self, asking: "Asking", hint: torch.Tensor, kinds: Sequence[int]) -> Corrections:
        """Corrections for a call of the U-Net, from a picture [n, H, W, C] from 0 to 1."""
        ...


@dataclass(frozen=True, eq=False)
class Control:
    """A network that a node has loaded, and the kinds of picture that it is told it gets."""

    source: ControlSource
    kinds: tuple[int, ...] = ()

    def with_kinds(self, kinds: tuple[int, ...]) -> "Control":
        """The same network, told other kinds."""
        return replace(self, kinds=kinds)

    def applied(
        self,
        hint: torch.Tensor,
        strength: float,
        start: float = 0.0,
        end: float = 1.0,
        previous: "Corrector | None" = None,
    ) -> "Corrector":
        """It looking at a picture [n, H, W, C], after `previous`."""
        return AppliedControl(self, hint, strength, start, end, previous)


class Corrector(Protocol):
    """What a conditioning holds as its control: it corrects calls of the U-Net, and so does what came before it."""

    @property
    def previous(self) -> "Corrector | None":
        """What else corrects them; None where it is the first, or counts in what came before it itself."""

    def correct(self, asking: "Asking") -> Corrections | None:
        """The corrections of one call; None where it does not count."""


@dataclass(frozen=True, eq=False)
class AppliedControl:
    """A network and what it looks at; it counts from `start` to `end`, shares of the way from noise to picture."""

    control: Control
    hint: torch.Tensor
    strength: float
    start: float = 0.0
    end: float = 1.0
    previous: Corrector | None = None

    def correct(self, asking: "Asking") -> Corrections | None:
        """The corrections of one call; None at a noise level where it does not count."""
        levels, sigma = asking.model.levels, asking.batch.sigma
        if not levels.sigma_at(self.start) >= sigma >= levels.sigma_at(self.end):
            return None
        given = self.control.source.correct(asking, self.hint, self.control.kinds)
        return _map(given, lambda tensor: tensor * self.strength)


def controlled(asking: "Asking") -> Between | None:
    """What the controls of a batch change; all its parts have the same ones."""
    found: list[Corrections | None] = []
    corrector: Corrector | None = asking.batch.options[0].get("control")
    while corrector is not None:
        found.insert(0, corrector.correct(asking))
        corrector = corrector.previous
    given = [corrections for corrections in found if corrections is not None]
    return Correcting(given) if given else None


class Correcting(Between):
    """Adds corrections to feature maps."""

    def __init__(self, given: Sequence[Corrections]) -> None:
        self._given = given

    def after_input(self, stage: int, x: torch.Tensor) -> torch.Tensor:
        return self._add(x, [each.input[stage] for each in self._given if stage < len(each.input)])

    def after_middle(self, x: torch.Tensor) -> torch.Tensor:
        return self._add(x, [each.middle for each in self._given])

    def join(self, stage: int, x: torch.Tensor, skip: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        # The way up takes the input stages' results from the last to the first.
        return x, self._add(skip, [each.skips[-1 - stage] for each in self._given if stage < len(each.skips)])

    def _add(self, x: torch.Tensor, added: Sequence[torch.Tensor | None]) -> torch.Tensor:
        total = [tensor for tensor in added if tensor is not None]
        return x + sum(total[1:], total[0]).to(x) if total else x


def fit_hint(hint: torch.Tensor, asking: "Asking", multiple: int = 1) -> torch.Tensor:
    """A picture [n, H, W, C] at the size of a call's latents, cut to their shape, a row for each: [rows, C, 8h, 8w].

    Sides are rounded up to a multiple.
    """
    height, width = (-(-side * PIXELS_PER_LATENT // multiple) * multiple for side in asking.x.shape[-2:])
    pixels = crop_to_aspect(hint.movedim(-1, 1).float(), width, height)
    fitted = F.interpolate(pixels, size=(height, width), mode="nearest-exact").to(asking.x.device)
    items, rows = asking.batch.items, len(asking.x)
    repeated = fitted.repeat(-(-items // len(fitted)), 1, 1, 1)[:items]
    return repeated.repeat(rows // items, 1, 1, 1)


def _map(given: Corrections, change: Any) -> Corrections:
    def each(tensor: torch.Tensor | None) -> torch.Tensor | None:
        return None if tensor is None else change(tensor)

    return Corrections(tuple(map(each, given.input)), each(given.middle), tuple(map(each, given.skips)))
