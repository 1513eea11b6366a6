"""Nodes that tell a model how it was trained, and that change how it is guided."""

from typing import Annotated

import torch

from comfy.diffusion_model import DiffusionModel
from comfy.latent_formats import PLAYGROUND
from comfy.sampling import guidance_rules as rules
from comfy.sampling.levels import ArctangentLevels, ContinuousLevels, stable_diffusion_levels
from nodes.declare import node
from nodes.needs import need
from nodes.types import Model
from nodes.widgets import Choice, Name, Number, Tip, Toggle

PREDICTIONS = {"eps": "eps", "v_prediction": "v", "lcm": "lcm", "x0": "x0"}
LCM_STRIDE = 20
"""Latent consistency models are distilled to fifty of the thousand timesteps."""

PatchedModel = Annotated[Model, Name("patched_model")]


@node("advanced/model")
class ModelSamplingDiscrete:
    """Tell a model what it was trained to predict, and over which noise levels."""

    def patch(
        self,
        model: Model,
        sampling: Annotated[str, Choice(("eps", "v_prediction", "lcm", "x0", "img_to_img"))],
        zsnr: Annotated[bool, Toggle(False), Tip("The model was trained up to nothing but noise.")],
    ) -> Model:
        if sampling not in PREDICTIONS:
            raise ValueError(
                f"No model that can be loaded here predicts by {sampling!r}; choose {', '.join(PREDICTIONS)}."
            )
        levels = stable_diffusion_levels()
        if sampling == "lcm":
            levels = levels.distilled(LCM_STRIDE)
        if zsnr:
            levels = levels.with_zero_terminal_snr()
        return need(model, "model").clone_with(prediction=PREDICTIONS[sampling], levels=levels)


CONTINUOUS = {
    "v_prediction": ("v", 1.0),
    "edm": ("edm", 0.5),
    "edm_playground_v2.5": ("edm", 0.5),
    "eps": ("eps", 1.0),
}
"""What a model of continuous levels predicts, and the spread of clean latents that it counts on."""

SigmaMax = Annotated[float, Number(120.0, 0.0, 1000.0, step=0.001, round=False)]
SigmaMin = Annotated[float, Number(0.002, 0.0, 1000.0, step=0.001, round=False)]


@node("advanced/model")
class ModelSamplingContinuousEDM:
    """Tell a model that it was trained over all noise levels between two, as EDM and CosXL models are."""

    def patch(
        self,
        model: Model,
        sampling: Annotated[str, Choice((*CONTINUOUS, "cosmos_rflow"))],
        sigma_max: SigmaMax,
        sigma_min: SigmaMin,
    ) -> Model:
        if sampling not in CONTINUOUS:
            raise ValueError(
                f"No model that can be loaded here predicts by {sampling!r}; choose {', '.join(CONTINUOUS)}."
            )
        prediction, spread = CONTINUOUS[sampling]
        changes = {"latent_format": PLAYGROUND} if sampling == "edm_playground_v2.5" else {}
        levels = ContinuousLevels.between(_above_zero(sigma_min), _above_zero(sigma_max), spread)
        return need(model, "model").clone_with(prediction=prediction, levels=levels, **changes)


@node("advanced/model")
class ModelSamplingContinuousV:
    """Tell a model that it predicts velocity over all noise levels between two, told to it as angles."""

    def patch(
        self,
        model: Model,
        sampling: Annotated[str, Choice(("v_prediction",))],
        sigma_max: Annotated[float, Number(500.0, 0.0, 1000.0, step=0.001, round=False)],
        sigma_min: Annotated[float, Number(0.03, 0.0, 1000.0, step=0.001, round=False)],
    ) -> Model:
        levels = ArctangentLevels.between(_above_zero(sigma_min), _above_zero(sigma_max))
        return need(model, "model").clone_with(prediction="v", levels=levels)


def _above_zero(sigma: float) -> float:
    if sigma <= 0:
        raise ValueError("sigma_min and sigma_max must be above 0: levels are spaced by their logarithm.")
    return sigma


DTYPES = {"default": None, "fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


@node("advanced/debug/model")
class ModelComputeDtype:
    """Compute a model in another precision."""

    def patch(self, model: Model, dtype: Annotated[str, Choice(tuple(DTYPES))]) -> Model:
        model, precision = need(model, "model"), DTYPES[dtype]
        return model if precision is None else model.clone_with(weights=model.weights.in_precision(precision))


@node("advanced/model")
class RescaleCFG:
    """Give what guidance made the contrast that the unguided estimate has, as v-prediction models need."""

    def patch(self, model: Model, multiplier: Annotated[float, Number(0.7)]) -> Model:
        return _combining(need(model, "model"), rules.rescale(multiplier))


@node("advanced/model")
class RenormCFG:
    """Guide only below a noise level, and keep the estimate from growing longer than the unguided one."""

    def patch(
        self,
        model: Model,
        cfg_trunc: Annotated[float, Number(100, 0.0, 100.0)],
        renorm_cfg: Annotated[float, Number(1.0, 0.0, 100.0)],
    ) -> Model:
        return _combining(need(model, "model"), rules.renormalise(cfg_trunc, renorm_cfg))


@node("advanced/guidance", experimental=True)
class CFGNorm:
    """Keep guidance from making any pixel's values longer than the positive estimate has them."""

    def patch(self, model: Model, strength: Annotated[float, Number(1.0, 0.0, 100.0)]) -> PatchedModel:
        model = need(model, "model")
        return model.clone_with(guidance=model.guidance.with_after(rules.limit_norm(strength)))


@node("advanced/guidance", display_name="Tangential Damping CFG")
class TCFG:
    """Drop from the negative estimate what has no counterpart in the positive one, for truer pictures."""

    def patch(self, model: Model) -> PatchedModel:
        model = need(model, "model")
        return model.clone_with(guidance=model.guidance.with_before(rules.damp_tangentially))


@node("advanced/guidance")
class CFGZeroStar:
    """Scale the negative estimate by how far it agrees with the positive one."""

    def patch(self, model: Model) -> PatchedModel:
        model = need(model, "model")
        return model.clone_with(guidance=model.guidance.with_after(rules.zero_star))


def _combining(model: DiffusionModel, rule: rules.Combine) -> DiffusionModel:
    return model.clone_with(guidance=model.guidance.with_combine(rule))
