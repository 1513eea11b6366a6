"""What packs ask to be done between the layers by `transformer_options`, done where Skein's network lets it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor

from comfy.models.changed_unet import Attend, Between, Kind, Part, Place
from comfy.models.spatial_transformer import CrossAttention
from comfy.sampling.asking import Asking, Change

Options = dict[str, Any]

NUMBER_OF = {"positive": 0, "negative": 1}
"""How packs number the conditionings of a batch."""

# A wrapper of the model may give this call other options than the model has.
_of_call: ContextVar[Options | None] = ContextVar("transformer_options", default=None)

run_sigmas: ContextVar[Tensor | None] = ContextVar("run_sigmas", default=None)
"""The sigmas of the run that goes on."""

run_seed: ContextVar[int | None] = ContextVar("run_seed", default=None)
"""The seed of the run that goes on."""

run_guider: ContextVar[Any] = ContextVar("run_guider", default=None)
"""The guider of the run that goes on, as packs know it."""


@contextmanager
def options_for_call(options: Options | None) -> Iterator[None]:
    """Have what is asked inside use these options; None keeps the model's."""
    token = _of_call.set(options)
    try:
        yield
    finally:
        _of_call.reset(token)


def in_run(options: Options) -> Options:
    """A model's options as they are told while a run goes on: with its sigmas."""
    sigmas = run_sigmas.get()
    if sigmas is None:
        return options
    return {**options, "transformer_options": {**(options.get("transformer_options") or {}), "sample_sigmas": sigmas}}


def cond_or_uncond(names: tuple[str, ...]) -> list[int]:
    """Which part of a batch is which: 0 positive, 1 negative."""
    return [NUMBER_OF.get(name, 0) for name in names]


def change_by(options: Options) -> Change:
    """A change that does what these options, or those of the call, ask for."""

    def change(asking: Asking) -> Between | None:
        current = _of_call.get()
        current = options if current is None else current
        if not current.get("patches") and not current.get("patches_replace"):
            return None
        return PatchedBetween(_for_call(current, asking), asking)

    return change


def _for_call(options: Options, asking: Asking) -> Options:
    """What patches are told of the call beside what the model's options say."""
    batch = asking.batch
    sigmas = torch.full((len(asking.x),), batch.sigma, device=asking.x.device)
    told: Options = {"cond_or_uncond": cond_or_uncond(batch.names), "sigmas": sigmas}
    if run_sigmas.get() is not None:
        told["sample_sigmas"] = run_sigmas.get()
    return {**options, **told, "original_shape": list(asking.x.shape), "uuids": list(batch.names)}


class PatchedBetween(Between):
    """Calls the patches at their places."""

    def __init__(self, options: Options, asking: Asking) -> None:
        self._options = options
        self._patches: Mapping[str, list[Callable[..., Any]]] = options.get("patches") or {}
        self._replaced: Mapping[str, Mapping[Any, Any]] = options.get("patches_replace") or {}
        self._model_channels = getattr(asking.model.config, "model_channels", 0)
        self._block: tuple[str, int] = ("input", 0)
        self._transformer_index = -1

    def embedding(self, embedding: Tensor) -> Tensor:
        for patch in self._patches.get("emb_patch", ()):
            embedding = patch(embedding, self._model_channels, self._options)
        return embedding

    def enter(self, part: Part, stage: int) -> None:
        self._block = (part, stage)

    def after_input(self, stage: int, x: Tensor) -> Tensor:
        return self._mapped("input_block_patch", x)

    def after_skip(self, stage: int, x: Tensor) -> Tensor:
        return self._mapped("input_block_patch_after_skip", x)

    def after_middle(self, x: Tensor) -> Tensor:
        return self._mapped("middle_block_patch", x)

    def join(self, stage: int, x: Tensor, skip: Tensor) -> tuple[Tensor, Tensor]:
        self._block = ("output", stage)
        for patch in self._patches.get("output_block_patch", ()):
            x, skip = patch(x, skip, self._at_block())
        return x, skip

    def between_attentions(self, place: Place, x: Tensor) -> Tensor:
        for patch in self._patches.get("middle_patch", ()):
            x = patch(x, self._at_block())
        return x

    def attention(
        self,
        place: Place,
        kind: Kind,
        layer: CrossAttention,
        inputs: tuple[Tensor, Tensor, Tensor],
        attend: Attend,
    ) -> Tensor:
        name = "attn1" if kind == "self" else "attn2"
        if kind == "self" and place.block == 0:
            self._transformer_index += 1
        told = self._at_layer(place, layer, inputs[0])
        for patch in self._patches.get(f"{name}_patch", ()):
            inputs = patch(*inputs, told)
        instead = self._instead(name, place)
        if instead is None:
            out = attend(*inputs)
        else:
            q, k, v = inputs
            out = layer.to_out(instead(layer.to_q(q), layer.to_k(k), layer.to_v(v), told))
        for patch in self._patches.get(f"{name}_output_patch", ()):
            out = patch(out, told)
        return out

    def _instead(self, name: str, place: Place) -> Callable[..., Tensor] | None:
        """What a pack computes in place of an attention: said for this block, or for all of its stage."""
        replaced = self._replaced.get(name) or {}
        stage = (place.part, place.stage)
        found: Callable[..., Tensor] | None = replaced.get((*stage, place.block), replaced.get(stage))
        return found

    def _mapped(self, name: str, x: Tensor) -> Tensor:
        for patch in self._patches.get(name, ()):
            x = patch(x, self._at_block())
        return x

    def _at_block(self) -> Options:
        return {**self._options, "block": self._block}

    def _at_layer(self, place: Place, layer: CrossAttention, x: Tensor) -> Options:
        return {
            **self._options,
            "block": (place.part, place.stage),
            "block_index": place.block,
            "transformer_index": self._transformer_index,
            "activations_shape": list(place.shape),
            "n_heads": layer.heads,
            "dim_head": x.shape[-1] // layer.heads,
            "attn_precision": None,
        }
