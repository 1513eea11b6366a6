"""From noisy latents under texts to clean estimates, through whatever stands before the model."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch

from comfy.control import controlled
from comfy.gligen import grounded
from comfy.models.changed_unet import Chain
from comfy.sampling.asking import Around, AroundNetwork, Asking, Batch, Estimate, Model, Network, Shown
from comfy.sampling.parameterisation import CLEAN_FROM, Level


def estimate_clean(model: Model, batch: Batch) -> torch.Tensor:
    """Ask the model itself for the clean estimates of a batch."""
    sigma, levels = batch.sigma, model.levels
    timestep = levels.timestep(sigma)
    scaled = batch.x / math.sqrt(sigma**2 + levels.spread**2)
    timesteps = torch.full((len(scaled),), float(timestep), device=scaled.device)
    asking = Asking(model, batch, scaled, timesteps)
    betweens = [change(asking) for change in (controlled, grounded, *model.changes)]
    chain = [between for between in betweens if between is not None]
    extras = dict(batch.extras)
    concat = extras.pop("concat", None)
    between: dict[str, Any] = {"between": Chain(chain)} if chain else {}
    x_in = scaled if concat is None else torch.cat([scaled, concat], dim=1)
    network: Network = partial(_apply, model, between)
    for around in model.around_network:
        network = partial(_call_through, around, asking, network)
    raw = network(Shown(x_in, timesteps, batch.context, extras))
    return CLEAN_FROM[model.prediction](batch.x, raw, Level(sigma, timestep, levels.spread))


def _apply(model: Model, between: Mapping[str, Any], shown: Shown) -> torch.Tensor:
    return model.apply(shown.x, shown.timesteps, shown.context, **shown.extras, **between).float()


def _call_through(around: AroundNetwork, asking: Asking, network: Network, shown: Shown) -> torch.Tensor:
    return around(asking, shown, network)


def asked_through(model: Model) -> Estimate:
    """Ask the model through whatever stands before it."""
    estimate: Estimate = partial(estimate_clean, model)
    for around in model.around:
        estimate = partial(_ask, around, estimate)
    return estimate


def _ask(around: Around, behind: Estimate, batch: Batch) -> torch.Tensor:
    return around(batch, behind)
