"""What sampling asks of a model, and what may stand around the answer."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch

from comfy.models.changed_unet import Between
from comfy.sampling.canvas import Canvas
from comfy.sampling.guidance_rules import Guidance
from comfy.sampling.levels import NoiseLevels


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
    def around(self) -> "Sequence[Around]":
        """What stands between the sampler and the model, the outermost last."""

    @property
    def around_network(self) -> "Sequence[AroundNetwork]":
        """What stands around each call of the network, the outermost last."""

    @property
    def around_step(self) -> "Sequence[AroundStep]":
        """What stands around each guided estimate, the outermost last."""

    @property
    def around_predict(self) -> "Sequence[AroundPredict]":
        """What stands around asking under several conditionings, the outermost last."""

    def around_run(self) -> "Sequence[AroundRun]":
        """What stands around a whole run, the outermost last."""

    @property
    def mask_rule(self) -> "MaskRule | None":
        """How the inpaint mask changes on the way; None leaves it as it is."""

    @property
    def changes(self) -> "Sequence[Change]":
        """What is done between the layers of its network."""

    def for_run(self) -> "Model":
        """The model as it stays for one run."""

    def prepare(self) -> AbstractContextManager[Any]:
        """Have the weights on the compute device while the context lasts."""

    def extras(self, name: str, options: Mapping[str, Any], canvas: Canvas) -> Mapping[str, torch.Tensor]:
        """What the network is shown besides latent and text, for an entry of the conditioning of this name.

        Each has a row for every item of the batch; one called "concat" [B, C, h, w] is further channels.
        """

    def apply(self, x: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor, **inputs: Any) -> torch.Tensor:
        """The raw prediction for scaled latents [B, C, h, w], timesteps [B] and texts [B, L, D]."""


@dataclass(frozen=True, eq=False)
class Batch:
    """What a model is asked in one go: n parts, each a whole batch of noisy latents under one text.

    `x` is [n * B, C, h, w], not yet scaled for the model, `context` [n * B, L, D], and so have `extras` n * B rows;
    `names` and `options` say of each part which conditioning it belongs to and what else that says.
    """

    x: torch.Tensor
    sigma: float
    context: torch.Tensor
    names: tuple[str, ...]
    options: tuple[Mapping[str, Any], ...]
    extras: Mapping[str, torch.Tensor] = field(default_factory=dict)

    @property
    def items(self) -> int:
        """How many latents each part has."""
        return len(self.x) // len(self.names)

    def rows(self, name: str) -> list[slice]:
        """Where in the batch the parts of a conditioning lie."""
        return [slice(i * self.items, (i + 1) * self.items) for i, own in enumerate(self.names) if own == name]


Estimate = Callable[[Batch], torch.Tensor]
"""Clean estimates [n * B, C, h, w] of a batch."""

Around = Callable[[Batch, Estimate], torch.Tensor]
"""Something that stands between the sampler and the model: it gets the batch, and a way to ask what stands behind."""


@dataclass(frozen=True, eq=False)
class Shown:
    """What the network is given: scaled latents with any further channels, timesteps, texts, and the rest by name."""

    x: torch.Tensor
    timesteps: torch.Tensor
    context: torch.Tensor
    extras: Mapping[str, torch.Tensor]


Network = Callable[[Shown], torch.Tensor]
"""The raw prediction for what the network is given."""

AroundNetwork = Callable[["Asking", Shown, Network], torch.Tensor]
"""Something around one call of the network: it gets the call, what the network is given, and a way to call it."""

MakeStep = Callable[[torch.Tensor, float], torch.Tensor]
"""The guided estimate of x at a sigma."""

AroundStep = Callable[[torch.Tensor, float, NoiseLevels, MakeStep], torch.Tensor]
"""Something around a whole guided estimate: it gets x, sigma, the levels, and a way to make the estimate."""

Predict = Callable[[torch.Tensor, float, Sequence[str]], list[torch.Tensor]]
"""Clean estimates of x at a sigma under each of the named conditionings."""

AroundPredict = Callable[[Any, Predict, torch.Tensor, float, Sequence[str]], list[torch.Tensor]]
"""Something around asking under several conditionings: it gets the predictor, a way to ask, and what is asked."""

AroundRun = Callable[[Any, Callable[[Any], Any]], Any]
"""Something around a whole run: it gets what the run is given (`run.Task`), and a way to run that."""

MaskRule = Callable[[torch.Tensor, float, Sequence[float], NoiseLevels], torch.Tensor]
"""The inpaint mask at a noise level, from the mask, sigma, the run's sigmas and the levels."""

Change = Callable[["Asking"], Between | None]
"""What to do between the layers for one call of the network; None is nothing."""


@dataclass(frozen=True, eq=False)
class Asking:
    """One call of the network: the model, the batch, and its latents and timesteps as the network is given them."""

    model: Any
    batch: Batch
    x: torch.Tensor
    timesteps: torch.Tensor
