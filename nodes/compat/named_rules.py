"""The lists of names to which packs add samplers and schedulers of their own: what is added can be chosen and run."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, SupportsIndex

from torch import Tensor

from comfy.sampling import SAMPLERS, SCHEDULERS
from comfy.sampling.registry import Denoise, Report
from nodes.compat.model_sampling import ModelSampling


class Names(list[str]):
    """A list that tells of every name that is put into it."""

    def __init__(self, names: Iterable[str], add: Callable[[str], None]) -> None:
        super().__init__(names)
        self._add = add

    def append(self, name: str) -> None:
        super().append(name)
        self._add(name)

    def insert(self, index: SupportsIndex, name: str) -> None:
        super().insert(index, name)
        self._add(name)

    def extend(self, names: Iterable[str]) -> None:
        for name in names:
            self.append(name)

    def __iadd__(self, names: Iterable[str]) -> "Names":  # type: ignore[override, misc]
        self.extend(names)
        return self


@dataclass(frozen=True)
class NamedSampler:
    """A sampler that a pack has named, found when it runs: packs name first and define later."""

    name: str
    find: Callable[[str], Any]
    drops_penultimate: bool = False
    redraws_mask_noise: bool = False

    def run(self, denoise: Denoise, report: Report, x: Tensor, sigmas: list[float], seed: int) -> Tensor:
        out: Tensor = self.find(self.name).run(denoise, report, x, sigmas, seed)
        return out


def add_sampler(name: str, find: Callable[[str], Any]) -> None:
    """Let nodes offer a sampler; a name that there is already stays Skein's."""
    if name not in SAMPLERS:
        SAMPLERS[name] = NamedSampler(name, find)  # type: ignore[assignment]


def add_scheduler(name: str, calculate: Callable[[Any, str, int], Tensor]) -> None:
    """Let nodes offer a scheduler; a name that there is already stays Skein's."""
    if name not in SCHEDULERS:
        SCHEDULERS[name] = lambda levels, steps: calculate(ModelSampling(levels), name, steps)


@dataclass(frozen=True)
class SchedulerHandler:
    """A schedule as packs define it: of a model's levels and steps, or of steps, lowest and highest sigma."""

    handler: Callable[..., Tensor]
    use_ms: bool = True

    def sigmas(self, model_sampling: Any, steps: int) -> Tensor:
        """The sigmas of a run."""
        if self.use_ms:
            return self.handler(model_sampling, steps)
        low, high = float(model_sampling.sigma_min), float(model_sampling.sigma_max)
        return self.handler(n=steps, sigma_min=low, sigma_max=high)


class Handlers(dict[str, Any]):
    """Schedules by name; one that is put into it can be chosen."""

    def __init__(self, add: Callable[[str], None]) -> None:
        own = {name: SchedulerHandler(_own(name)) for name in SCHEDULERS}
        super().__init__(own)
        self._add = add

    def __setitem__(self, name: str, handler: Any) -> None:
        super().__setitem__(name, handler)
        self._add(name)

    def update(self, *others: Mapping[str, Any], **more: Any) -> None:  # type: ignore[override]
        for name, handler in dict(*others, **more).items():
            self[name] = handler


def _own(name: str) -> Callable[[Any, int], Tensor]:
    own = SCHEDULERS[name]
    return lambda model_sampling, steps: own(model_sampling.levels, steps)
