"""Guiders as packs import them from `comfy_extras`: guided by a rule of Skein's, which packs may go on from."""

from typing import Any

from torch import Tensor

from comfy.sampling import BasicGuider, DualCfgGuider
from comfy.sampling.guidance import Guider, PerpNegGuider
from nodes.compat.guiders import CFGGuider, PackGuider, predictor_for


class RuleGuider(CFGGuider):
    """Guides by `rule`, whose conditionings have the names under which they are set here."""

    def rule(self) -> Guider:
        """How estimates are combined."""
        raise NotImplementedError(f"{type(self).__name__} must say how it combines estimates: rule.")

    def predict_noise(
        self, x: Tensor, timestep: Tensor, model_options: dict[str, Any] | None = None, seed: int | None = None
    ) -> Tensor:
        """The guided clean estimate, whatever the name says."""
        options = self.model_options if model_options is None else model_options
        predict = predictor_for(self.inner_model, self.conds, x, options)
        return self.rule().guide(predict, x, float(timestep.flatten()[0]))

    @property
    def guider(self) -> Guider:
        if type(self).predict_noise is RuleGuider.predict_noise and type(self).__call__ is CFGGuider.__call__:
            return self.rule()
        return PackGuider(self)


class Guider_Basic(RuleGuider):  # noqa: N801 - packs name it
    """One conditioning, unguided."""

    def set_conds(self, positive: Any) -> None:  # type: ignore[override]
        self.inner_set_conds({"positive": positive})

    def rule(self) -> Guider:
        return BasicGuider(self.original_conds["positive"])


class Guider_DualCFG(RuleGuider):  # noqa: N801
    """Two texts and a negative one."""

    cfg2, nested = 1.0, False

    def set_cfg(self, cfg1: float, cfg2: float, nested: bool = False) -> None:  # type: ignore[override]
        self.cfg, self.cfg2, self.nested = cfg1, cfg2, nested

    def set_conds(self, positive: Any, middle: Any, negative: Any) -> None:  # type: ignore[override]
        self.inner_set_conds({"first": positive, "second": middle, "negative": negative})

    def rule(self) -> Guider:
        conds = self.original_conds
        scales = self.cfg, self.cfg2, self.nested
        return DualCfgGuider(conds["first"], conds["second"], conds["negative"], *scales)


class Guider_PerpNeg(RuleGuider):  # noqa: N801
    """Away only by what of the negative text does not contradict the positive one."""

    neg_scale = 1.0

    def set_cfg(self, cfg: float, neg_scale: float) -> None:  # type: ignore[override]
        self.cfg, self.neg_scale = cfg, neg_scale

    def set_conds(self, positive: Any, negative: Any, empty_negative_prompt: Any) -> None:  # type: ignore[override]
        self.inner_set_conds({"positive": positive, "negative": negative, "empty": empty_negative_prompt})

    def rule(self) -> Guider:
        conds = self.original_conds
        return PerpNegGuider(conds["positive"], conds["negative"], conds["empty"], self.cfg, self.neg_scale)
