"""Nodes that change a model from within."""

from typing import Annotated

from comfy.merging import scaled
from nodes.declare import node
from nodes.needs import need
from nodes.types import Clip, Model
from nodes.widgets import Number, Other, Tip

Factor = Annotated[float, Number(1.0, 0.0, 10.0)]


def scale_attention(model: Model, attention: str, q: float, k: float, v: float, out: float) -> Model:
    """The model with the projections of its self attention (attn1) or its attention to the text (attn2) scaled."""
    model = need(model, "model")
    factors = {f"{attention}.to_q.": q, f"{attention}.to_k.": k, f"{attention}.to_v.": v, f"{attention}.to_out.0.": out}

    def factor_of(name: str) -> float:
        return next((factor for part, factor in factors.items() if part in name), 1.0)

    return model.clone_with(weights=scaled(model.weights, factor_of))


BACKENDS = {"multiselect": False, "options": ["inductor", "cudagraphs"]}


@node("_for_testing", experimental=True)
class TorchCompileModel:
    """Compile a model for this device: its first step takes long, every later one is faster."""

    def patch(
        self, model: Model, backend: Annotated[str, Other("COMBO", BACKENDS), Tip("cudagraphs needs an NVIDIA GPU.")]
    ) -> Model:
        return need(model, "model").compiled_by(backend)


@node("_for_testing/attention_experiments", experimental=True)
class UNetSelfAttentionMultiply:
    """Scale what the picture's parts ask of each other, answer and pass on."""

    def patch(self, model: Model, q: Factor, k: Factor, v: Factor, out: Factor) -> Model:
        return scale_attention(model, "attn1", q, k, v, out)


@node("_for_testing/attention_experiments", experimental=True)
class UNetCrossAttentionMultiply:
    """Scale what the picture asks of the text, and what it makes of the answer."""

    def patch(self, model: Model, q: Factor, k: Factor, v: Factor, out: Factor) -> Model:
        return scale_attention(model, "attn2", q, k, v, out)


@node("_for_testing/attention_experiments", experimental=True)
class UNetTemporalAttentionMultiply:
    """Scale what attention adds, apart for layers over the picture and, in models of video, over time."""

    def patch(
        self,
        model: Model,
        self_structural: Factor,
        self_temporal: Factor,
        cross_structural: Factor,
        cross_temporal: Factor,
    ) -> Model:
        model = need(model, "model")
        factors = {
            ("attn1", False): self_structural,
            ("attn1", True): self_temporal,
            ("attn2", False): cross_structural,
            ("attn2", True): cross_temporal,
        }

        def factor_of(name: str) -> float:
            found = [key for key in factors if f"{key[0]}.to_out.0." in name and key[1] == (".time_stack." in name)]
            return factors[found[0]] if found else 1.0

        return model.clone_with(weights=scaled(model.weights, factor_of))


@node("_for_testing/attention_experiments", experimental=True)
class CLIPAttentionMultiply:
    """Scale what a prompt's words ask of each other, answer and pass on."""

    def patch(self, clip: Clip, q: Factor, k: Factor, v: Factor, out: Factor) -> Clip:
        factors = {"self_attn.q_proj.": q, "self_attn.k_proj.": k, "self_attn.v_proj.": v, "self_attn.out_proj.": out}

        def factor_of(name: str) -> float:
            return next((factor for part, factor in factors.items() if part in name), 1.0)

        return need(clip, "clip").with_weights(lambda tower: scaled(tower.weights, factor_of))
