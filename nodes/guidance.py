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
