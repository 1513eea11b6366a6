"""Nodes that carry an operation on latents about, and apply it."""

from dataclasses import replace
from functools import partial
from typing import Annotated

import torch

from comfy import latent_operations as ops
from comfy.sampling.guidance_rules import Estimates
from nodes.declare import node
from nodes.needs import need
from nodes.types import Latent, Model
from nodes.widgets import Choice, Number, Socket

CATEGORY = "latent/advanced/operations"
Operation = Annotated[ops.Operation, Socket("LATENT_OPERATION")]


@node("latent/advanced", display_name="LatentConcat")
class LatentConcat:
    """Put two latents side by side along a dimension; with a minus the second comes first."""

    def op(
        self, samples1: Latent, samples2: Latent, dim: Annotated[str, Choice(("x", "-x", "y", "-y", "t", "-t"))]
    ) -> Latent:
        return ops.side_by_side(samples1, samples2, dim.lstrip("-"), second_first=dim.startswith("-"))


@node(CATEGORY, display_name="LatentApplyOperation", experimental=True)
class LatentApplyOperation:
    """Change a latent by an operation."""

    def op(self, samples: Latent, operation: Operation) -> Latent:
        return {**samples, "samples": operation(samples["samples"])}


@node(CATEGORY, display_name="LatentApplyOperationCFG", experimental=True)
class LatentApplyOperationCFG:
    """Change at every step how far the prompt pulls, by an operation."""

    def patch(self, model: Model, operation: Operation) -> Model:
        model = need(model, "model")

        def pull(seen: Estimates) -> Estimates:
            return replace(seen, positive=seen.negative + operation(seen.positive - seen.negative))

        return model.clone_with(guidance=model.guidance.with_before(pull))


@node(CATEGORY, display_name="LatentOperationTonemapReinhard", experimental=True)
class LatentOperationTonemapReinhard:
    """Take back values that are far above the others, so that high guidance does not burn."""

    def op(self, multiplier: Annotated[float, Number(1.0, 0.0, 100.0)]) -> Operation:
        return partial(ops.tonemap, multiplier=multiplier)


@node(CATEGORY, display_name="LatentOperationSharpen", experimental=True)
class LatentOperationSharpen:
    """Make edges stand out."""

    def op(
        self,
        sharpen_radius: Annotated[int, Number(9, 1, 31, step=1)],
        sigma: Annotated[float, Number(1.0, 0.1, 10.0, step=0.1)],
        alpha: Annotated[float, Number(0.1, 0.0, 5.0)],
    ) -> Operation:
        def sharpen(samples: torch.Tensor) -> torch.Tensor:
            return ops.sharpen(samples, sharpen_radius, sigma, alpha)

        return sharpen
