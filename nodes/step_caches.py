"""Nodes that let steps which would change little reuse what the last one added."""

from typing import Annotated

from comfy.changes import step_cache as caches
from nodes.declare import node
from nodes.needs import need
from nodes.types import Model
from nodes.widgets import Number, Tip, Toggle

Slow = Annotated[Model, Tip("The model to make faster.")]
Threshold = Annotated[float, Number(0.2, 0.0, 3.0), Tip("How much change may be left out before a step is computed.")]
Start = Annotated[float, Number(0.15), Tip("From where on the way to the picture steps may be left out.")]
End = Annotated[float, Number(0.95), Tip("Until where.")]
Verbose = Annotated[bool, Toggle(False), Tip("Tell the log of each step that is left out.")]


@node("advanced/debug/model", experimental=True)
class EasyCache:
    """Leave out calls of the model that would change little."""

    def patch(
        self,
        model: Slow,
        reuse_threshold: Threshold,
        start_percent: Start,
        end_percent: End,
        verbose: Verbose,
    ) -> Model:
        cache = caches.EasyCache(caches.Span(reuse_threshold, start_percent, end_percent, verbose))
        return need(model, "model").clone_with(around_network=(*model.around_network, cache))


@node("advanced/debug/model", experimental=True)
class LazyCache:
    """Leave out whole steps that would change little."""

    def patch(
        self,
        model: Slow,
        reuse_threshold: Threshold,
        start_percent: Start,
        end_percent: End,
        verbose: Verbose,
    ) -> Model:
        cache = caches.LazyCache(caches.Span(reuse_threshold, start_percent, end_percent, verbose))
        return need(model, "model").clone_with(around_step=(*model.around_step, cache))
