"""Nodes that tell a model how it was trained, and that change how it is guided."""

from typing import Annotated

from comfy.diffusion_model import DiffusionModel
from comfy.sampling import guidance_rules as rules
from comfy.sampling.levels import stable_diffusion_levels
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
