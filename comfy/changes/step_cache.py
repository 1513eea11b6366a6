"""Steps that would change little reuse what the last one added (EasyCache, Zhou et al. 2025).

How fast the output changes for a change of the input is measured at computed steps, and from it the change at the next
one is foretold; steps are left out until those changes come to a threshold.
"""

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch

from comfy.sampling.asking import Asking, MakeStep, Network, Shown

if TYPE_CHECKING:
    from comfy.sampling.levels import NoiseLevels

log = logging.getLogger(__name__)

SPACING = 8
"""Of the pixels by which change is measured."""


@dataclass
class Rate:
    """How the output follows the input, and the change that was foretold since the last computed step."""

    x: torch.Tensor | None = None
    output: torch.Tensor | None = None
    output_size: float = 0.0
    per_input: float | None = None
    foretold: float = 0.0

    def may_skip(self, change: float | None, threshold: float) -> bool:
        """Count a step's foretold change; whether it is still too small to compute the step."""
        if change is None or self.per_input is None or self.output is None:
            return False
        self.foretold += self.per_input * change / self.output_size
        if self.foretold < threshold:
            return True
        self.foretold = 0.0
        return False

    def change_of(self, x: torch.Tensor) -> float | None:
        """How far the input has moved since the last computed step."""
        return None if self.x is None else float((sparse(x) - self.x).abs().mean())

    def computed(self, x: torch.Tensor, output: torch.Tensor, whole: torch.Tensor, change: float | None) -> None:
        """Learn from a step that was computed; `whole` is its output with whatever else was computed with it."""
        if self.output is not None and change:
            self.per_input = float((sparse(output) - self.output).abs().mean()) / change
        self.x, self.output = sparse(x).clone(), sparse(output).clone()
        self.output_size = float(whole.abs().mean())


def sparse(x: torch.Tensor) -> torch.Tensor:
    return x[..., ::SPACING, ::SPACING]


@dataclass(frozen=True)
class Span:
    """From where to where on the way from noise to picture steps may be left out, and how much change they may hide."""

    threshold: float
    start: float
    end: float
    is_verbose: bool = False

    def is_past(self, sigma: float, levels: "NoiseLevels") -> bool:
        return sigma <= levels.sigma_at(self.end)

    def has_begun(self, sigma: float, levels: "NoiseLevels") -> bool:
        return sigma <= levels.sigma_at(self.start)

    def tell(self, sigma: float) -> None:
        if self.is_verbose:
            log.info("The step at sigma %.3f is left out", sigma)


@dataclass(eq=False)
class EasyCache:
    """Leaves out calls of the network; the last conditioning of the first batch tells whether."""

    span: Span
    rate: Rate = field(default_factory=Rate)
    first: Any = None
    added: dict[Any, torch.Tensor] = field(default_factory=dict)
    skipping: float | None = None  # the sigma at which everything is left out

    def for_run(self) -> "EasyCache":
        """The same, knowing nothing."""
        return EasyCache(self.span)

    def __call__(self, asking: Asking, shown: Shown, network: Network) -> torch.Tensor:
        batch, levels, x = asking.batch, asking.model.levels, shown.x
        if self.span.is_past(batch.sigma, levels):
            return network(shown)
        parts = [(name, id(options)) for name, options in zip(batch.names, batch.options, strict=True)]
        change = None
        if self.span.has_begun(batch.sigma, levels):
            if self.skipping == batch.sigma and all(part in self.added for part in parts):
                return self._reuse(x, parts)
            self.first = parts[-1] if self.first is None else self.first
            if self.first in parts:
                change = self.rate.change_of(self._of_first(x, parts))
                if self.rate.may_skip(change, self.span.threshold):
                    self.skipping = batch.sigma
                    self.span.tell(batch.sigma)
                    return self._reuse(x, parts)
        self.skipping = None
        output = network(shown)
        self.added |= dict(zip(parts, (output - x[:, : output.shape[1]]).chunk(len(parts)), strict=True))
        if self.first in parts:
            self.rate.computed(self._of_first(x, parts), self._of_first(output, parts), output, change)
        return output

    def _of_first(self, x: torch.Tensor, parts: list[Any]) -> torch.Tensor:
        return x.chunk(len(parts))[parts.index(self.first)]

    def _reuse(self, x: torch.Tensor, parts: list[Any]) -> torch.Tensor:
        # Pictures on record show that each part gets what was added for all of them: a step without guidance.
        added = torch.stack([self.added[part] for part in parts]).sum(dim=0)
        return x[:, : added.shape[1]] + added.repeat(len(parts), 1, 1, 1)


@dataclass(eq=False)
class LazyCache:
    """Leaves out whole steps, guidance and all."""

    span: Span
    rate: Rate = field(default_factory=Rate)
    added: torch.Tensor | None = None

    def for_run(self) -> "LazyCache":
        """The same, knowing nothing."""
        return replace(self, rate=Rate(), added=None)

    def __call__(self, x: torch.Tensor, sigma: float, levels: "NoiseLevels", step: MakeStep) -> torch.Tensor:
        if self.span.is_past(sigma, levels):
            return step(x, sigma)
        change = None
        if self.span.has_begun(sigma, levels):
            change = self.rate.change_of(x)
            if self.added is not None and self.rate.may_skip(change, self.span.threshold):
                self.span.tell(sigma)
                return x + self.added
        output = step(x, sigma)
        self.added = output - x
        self.rate.computed(x, output, output, change)
        return output
