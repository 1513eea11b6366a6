"""Nodes that change how a model is guided."""

from typing import Annotated

from comfy.custom_sampling import GuidedModel
from comfy.sampling import PerpNegGuider as PerpendicularGuider
from comfy.sampling import guidance_rules as rules
from nodes.declare import node
from nodes.needs import need
from nodes.sampling import Cfg
from nodes.types import Conditioning, Guider, Model
from nodes.widgets import Name, Number, Tip


@node(
    "_for_testing",
    display_name="Mahiro is so cute that she deserves a better guidance function!! (。・ω・。)",
    experimental=True,
)
class Mahiro:
    """Guide more by the positive text where guidance is unlike the negative one."""

    def patch(self, model: Model) -> Annotated[Model, Name("patched_model")]:
        model = need(model, "model")
        return model.clone_with(guidance=model.guidance.with_after(rules.mahiro))


@node("sampling/custom_sampling", display_name="Adaptive Projected Guidance")
class APG:
    """Take from guidance what only makes the picture stronger, so that high scales do not burn it."""

    def patch(
        self,
        model: Model,
        eta: Annotated[
            float,
            Number(1.0, -10.0, 10.0),
            Tip("How much of guidance along the positive estimate is kept; 1 is all."),
        ],
        norm_threshold: Annotated[float, Number(5.0, 0.0, 50.0, step=0.1), Tip("The longest guidance; 0 is any.")],
        momentum: Annotated[float, Number(0.0, -5.0, 1.0), Tip("How much earlier steps' guidance goes on.")],
    ) -> Model:
        model = need(model, "model")
        rule = rules.ProjectedGuidance(eta, norm_threshold, momentum)
        return model.clone_with(guidance=model.guidance.with_before(rule))


@node("_for_testing", experimental=True)
class FreSca:
    """Scale guidance apart by how coarse or fine what it changes is."""

    def patch(
        self,
        model: Model,
        scale_low: Annotated[float, Number(1.0, 0, 10), Tip("For what is coarse.")],
        scale_high: Annotated[float, Number(1.25, 0, 10), Tip("For what is fine.")],
        freq_cutoff: Annotated[int, Number(20, 1, 10_000, step=1), Tip("Up to which frequency is coarse.")],
    ) -> Model:
        model = need(model, "model")
        rule = rules.scale_frequencies(scale_low, scale_high, freq_cutoff)
        return model.clone_with(guidance=model.guidance.with_before(rule))


@node("model_patches/unet", class_type="Epsilon Scaling")
class EpsilonScaling:
    """Scale the noise that a model finds at each step, to make up for what it has not seen in training."""

    def patch(
        self, model: Model, scaling_factor: Annotated[float, Number(1.005, 0.5, 1.5, step=0.001, display="number")]
    ) -> Model:
        model = need(model, "model")
        rule = rules.scale_epsilon(scaling_factor)
        return model.clone_with(guidance=model.guidance.with_after(rule, works_at_one=True))


@node("_for_testing", display_name="Perp-Neg (DEPRECATED by PerpNegGuider)", deprecated=True, experimental=True)
class PerpNeg:
    """Guide away only by what of the negative text does not contradict the positive one."""

    def patch(
        self,
        model: Model,
        empty_conditioning: Conditioning,
        neg_scale: Annotated[float, Number(1.0, 0.0, 100.0)],
    ) -> Model:
        model = need(model, "model")
        return model.clone_with(guidance=model.guidance.with_perpendicular(empty_conditioning, neg_scale))


@node("_for_testing", experimental=True)
class PerpNegGuider:
    """Guide away only by what of the negative text does not contradict the positive one."""

    def get_guider(
        self,
        model: Model,
        positive: Conditioning,
        negative: Conditioning,
        empty_conditioning: Conditioning,
        cfg: Cfg,
        neg_scale: Annotated[float, Number(1.0, 0.0, 100.0)],
    ) -> Guider:
        guider = PerpendicularGuider(positive, negative, empty_conditioning, cfg, neg_scale)
        return GuidedModel(need(model, "model"), guider)
