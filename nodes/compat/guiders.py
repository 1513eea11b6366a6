"""Guiders as packs write and call them, run by Skein's loop."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from comfy.custom_sampling import GuidedModel
from comfy.sampling import CfgGuider, run
from comfy.sampling.asking import Model
from comfy.sampling.canvas import Canvas
from comfy.sampling.guidance import Guider, Predict
from comfy.sampling.prediction import Predictor
from nodes.compat.conditions import for_packs, from_packs
from nodes.compat.inner_model import InnerModel
from nodes.compat.model_options import asked_by
from nodes.compat.model_patcher import frozen, open_model
from nodes.compat.sampler_objects import open_sampler
from nodes.compat.transformer_options import in_run, run_seed

Options = dict[str, Any]
Callback = Callable[[int, Tensor, Tensor, int], Any]

# What conditionings are called where packs give them by their place.
NAMES = ("positive", "negative")


def calc_cond_batch(
    model: Any, conds: Sequence[Any], x_in: Tensor, timestep: Tensor, model_options: Options
) -> list[Tensor]:
    """Clean estimates [B, C, h, w] under each of the conditionings; zeros for one that is None."""
    names = [NAMES[i] if i < len(NAMES) else str(i) for i in range(len(conds))]
    predict = predictor_for(model, dict(zip(names, conds, strict=True)), x_in, model_options)
    asked = [name for name, cond in zip(names, conds, strict=True) if cond is not None]
    found = dict(zip(asked, predict(x_in, float(timestep.flatten()[0]), asked), strict=True))
    return [found[name] if name in found else torch.zeros_like(x_in) for name in names]


def predictor_for(model: Any, conds: Mapping[str, Any], x: Tensor, model_options: Options) -> Predictor:
    """What asks a model under these conditionings and options."""
    conditions = {name: from_packs(entries) for name, entries in conds.items() if entries is not None}
    asking = asked_by.get()
    is_same_run = asking is not None and asking.canvas.latent.shape == x.shape
    canvas = asking.canvas if is_same_run else Canvas.empty(x.shape, x.device)
    return Predictor(frozen(patcher_of(model), model_options), conditions, canvas)


def patcher_of(model: Any) -> Any:
    """The model's value, whichever of its forms a pack has in hand."""
    while hasattr(model, "inner_model") and model.inner_model is not model:
        model = model.inner_model
    return getattr(model, "current_patcher", None) or getattr(model, "model_patcher", None) or open_model(model)


def sampling_function(
    model: Any,
    x: Tensor,
    timestep: Tensor,
    uncond: Any,
    cond: Any,
    cond_scale: float,
    model_options: Options | None = None,
    seed: int | None = None,
) -> Tensor:
    """The guided clean estimate of x at a sigma."""
    options = patcher_of(model).model_options if model_options is None else model_options
    predict = predictor_for(model, {"positive": cond, "negative": uncond}, x, options)
    scale = 1.0 if uncond is None else cond_scale
    return CfgGuider([], [], scale).guide(predict, x, float(timestep.flatten()[0]))


class CFGGuider:
    """Guidance by a positive and a negative conditioning; packs override `predict_noise` and `set_conds`."""

    def __init__(self, model_patcher: Any) -> None:
        self.model_patcher = open_model(model_patcher)
        self.model_options: Options = self.model_patcher.model_options
        self.original_conds: dict[str, Any] = {}
        self.conds: dict[str, Any] = {}
        self.inner_model: Any = None
        self.cfg = 1.0

    def watched_state(self) -> tuple[Any, ...]:
        """What a node that was given the guider must leave as it is; the rest it notes for itself while it guides."""
        return self.model_patcher, self.model_options, self.original_conds, self.cfg

    def set_conds(self, positive: Any, negative: Any) -> None:
        self.inner_set_conds({"positive": positive, "negative": negative})

    def inner_set_conds(self, conds: Mapping[str, Any]) -> None:
        """The conditionings by name."""
        self.original_conds.update(conds)

    def set_cfg(self, cfg: float) -> None:
        self.cfg = cfg

    def __call__(self, *args: Any, **inputs: Any) -> Tensor:
        return self.predict_noise(*args, **inputs)

    def predict_noise(
        self, x: Tensor, timestep: Tensor, model_options: Options | None = None, seed: int | None = None
    ) -> Tensor:
        """The guided clean estimate, whatever the name says."""
        options = self.model_options if model_options is None else model_options
        positive, negative = self.conds.get("positive"), self.conds.get("negative")
        return sampling_function(self.inner_model, x, timestep, negative, positive, self.cfg, options, seed)

    def sample(
        self,
        noise: Tensor,
        latent_image: Tensor,
        sampler: Any,
        sigmas: Tensor,
        denoise_mask: Tensor | None = None,
        callback: Callback | None = None,
        disable_pbar: bool = False,
        seed: int | None = None,
    ) -> Tensor:
        """Sample a latent [B, C, h, w], unscaled as it is saved, from noise of unit variance."""
        latent = {"samples": latent_image} | ({} if denoise_mask is None else {"noise_mask": denoise_mask})
        sampled = run(
            self.model,
            self.guider,
            open_sampler(sampler),
            sigmas,
            latent,
            seed=seed or 0,
            noise=noise,
            on_step=None if callback is None else lambda step: callback(step.index, step.denoised, step.x, step.total),
        )
        samples: Tensor = sampled.latent["samples"]
        return samples

    # As Skein's own nodes take it

    @property
    def model(self) -> Any:
        """The model with the options that this guider has."""
        if self.model_options is self.model_patcher.model_options:
            return self.model_patcher
        changed = self.model_patcher.clone()
        changed.model_options = self.model_options
        return changed

    @property
    def guider(self) -> Guider:
        if type(self).predict_noise is CFGGuider.predict_noise and type(self).__call__ is CFGGuider.__call__:
            conds = self.original_conds
            return CfgGuider(conds.get("positive") or [], conds.get("negative") or [], self.cfg)
        return PackGuider(self)


class PackGuider:
    """A guider of a pack's own as Skein's loop asks it."""

    def __init__(self, guider: CFGGuider) -> None:
        self.own = guider

    @property
    def conditionings(self) -> Mapping[str, Any]:
        return {name: cond for name, cond in self.own.original_conds.items() if cond is not None}

    def guide(self, predict: Predict, x: Tensor, sigma: float) -> Tensor:
        model: Model = predict.model  # type: ignore[attr-defined]
        guider = self.own
        guider.inner_model = InnerModel(getattr(model, "opened", model))
        guider.conds = {name: for_packs(found) for name, found in predict.conditions.items()}  # type: ignore[attr-defined]
        timestep = torch.full((len(x),), sigma, device=x.device)
        token = asked_by.set(predict)
        try:
            return guider(x, timestep, in_run(guider.model_options), run_seed.get())
        finally:
            asked_by.reset(token)

    def guide_both(self, predict: Predict, x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
        name = "negative" if "negative" in self.conditionings else next(iter(self.conditionings))
        return self.guide(predict, x, sigma), predict(x, sigma, [name])[0]


class OpenedGuider(CFGGuider):
    """A guider of Skein's nodes as packs know it."""

    def __init__(self, guided: GuidedModel) -> None:
        super().__init__(guided.model)
        self._rule = guided.guider
        self.original_conds = dict(guided.guider.conditionings)
        self.cfg = getattr(guided.guider, "cfg", 1.0)

    def set_conds(self, positive: Any, negative: Any = None) -> None:
        super().set_conds(positive, negative)
        self._rule = CfgGuider(positive, negative or [], self.cfg)

    def set_cfg(self, cfg: float) -> None:
        super().set_cfg(cfg)
        if isinstance(self._rule, CfgGuider):
            self._rule = replace(self._rule, cfg=cfg)

    @property
    def guider(self) -> Guider:
        return self._rule


def open_guider(guided: Any) -> Any:
    """A guider as packs know it; one that is so already is given back."""
    return OpenedGuider(guided) if isinstance(guided, GuidedModel) else guided
