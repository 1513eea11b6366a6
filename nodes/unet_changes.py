"""Nodes that change what happens inside a U-Net: between its layers, in its attention, at its inpaint mask."""

from typing import Annotated

from comfy.changes.attention_guidance import perturbed_attention, self_attention_guided
from comfy.changes.differential import differential_mask
from comfy.changes.freeu import FreeU as FreeUChange
from comfy.changes.hypernetwork import read_hypernetwork
from comfy.changes.shrink import Shrink
from comfy.changes.tiled_attention import HyperTile as TiledAttention
from comfy.changes.token_merging import MergeTokens
from comfy.sampling.asking import Change
from execution import paths
from nodes.conditioning import Percent
from nodes.declare import node
from nodes.loaders import model_files, stamp_of
from nodes.needs import need
from nodes.types import Model
from nodes.widgets import Number, Other, Tip, Toggle

Factor = Annotated[float, Number(1.0, 0.0, 10.0)]
RESIZING = {"multiselect": False, "options": ["bicubic", "nearest-exact", "bilinear", "area", "bislerp"]}
Resizing = Annotated[str, Other("COMBO", RESIZING)]


def changed(model: Model, change: Change) -> Model:
    """The model with one more change."""
    model = need(model, "model")
    return model.clone_with(changes=(*model.changes, change))


@node("model_patches/unet")
class FreeU:
    """Strengthen a model's backbone and weaken what skips past it, for cleaner pictures at no cost."""

    def patch(
        self,
        model: Model,
        b1: Annotated[float, Number(1.1, 0.0, 10.0)],
        b2: Annotated[float, Number(1.2, 0.0, 10.0)],
        s1: Annotated[float, Number(0.9, 0.0, 10.0)],
        s2: Annotated[float, Number(0.2, 0.0, 10.0)],
    ) -> Model:
        return changed(model, FreeUChange((b1, b2), (s1, s2)))


@node("model_patches/unet")
class FreeU_V2:  # noqa: N801, saved workflows know it so
    """FreeU's later form, which strengthens most where the model is sure already."""

    def patch(
        self,
        model: Model,
        b1: Annotated[float, Number(1.3, 0.0, 10.0)],
        b2: Annotated[float, Number(1.4, 0.0, 10.0)],
        s1: Annotated[float, Number(0.9, 0.0, 10.0)],
        s2: Annotated[float, Number(0.2, 0.0, 10.0)],
    ) -> Model:
        return changed(model, FreeUChange((b1, b2), (s1, s2), is_second=True))


@node("model_patches/unet")
class HyperTile:
    """Let large pictures attend within tiles, which saves time."""

    def patch(
        self,
        model: Model,
        tile_size: Annotated[int, Number(256, 1, 2048)],
        swap_size: Annotated[int, Number(2, 1, 128), Tip("From how many ways of tiling to choose at each layer.")],
        max_depth: Annotated[int, Number(0, 0, 10), Tip("How many times smaller layers are tiled too.")],
        scale_depth: Annotated[bool, Toggle(False)],
    ) -> Model:
        return changed(model, TiledAttention(tile_size, swap_size, max_depth, scale_depth))


@node("model_patches/unet", display_name="PatchModelAddDownscale (Kohya Deep Shrink)")
class PatchModelAddDownscale:
    """See a large picture smaller at first, so that it does not show everything twice."""

    def patch(
        self,
        model: Model,
        block_number: Annotated[int, Number(3, 1, 32, step=1)],
        downscale_factor: Annotated[float, Number(2.0, 0.1, 9.0, step=0.001)],
        start_percent: Percent,
        end_percent: Annotated[float, Number(0.35, step=0.001)],
        downscale_after_skip: Annotated[bool, Toggle(True)],
        downscale_method: Resizing,
        upscale_method: Resizing,
    ) -> Model:
        shrink = Shrink(
            block_number,
            downscale_factor,
            start_percent,
            end_percent,
            downscale_after_skip,
            downscale_method,
            upscale_method,
        )
        return changed(model, shrink)


@node("model_patches/unet")
class TomePatchModel:
    """Let places that look alike share their attention, which saves time."""

    def patch(self, model: Model, ratio: Annotated[float, Number(0.3)]) -> Model:
        return changed(model, MergeTokens(ratio))


@node("model_patches/unet")
class PerturbedAttentionGuidance:
    """Guide away from what the model makes when its attention is spoilt, for better structure."""

    def patch(self, model: Model, scale: Annotated[float, Number(3.0, 0.0, 100.0, round=0.01)]) -> Model:
        model = need(model, "model")
        return model.clone_with(guidance=model.guidance.with_after(perturbed_attention(scale), works_at_one=True))


@node("_for_testing", display_name="Self-Attention Guidance", experimental=True)
class SelfAttentionGuidance:
    """Guide away from what the model makes of a picture blurred where it looks most, for more detail."""

    def patch(
        self,
        model: Model,
        scale: Annotated[float, Number(0.5, -2.0, 5.0)],
        blur_sigma: Annotated[float, Number(2.0, 0.0, 10.0, step=0.1)],
    ) -> Model:
        return self_attention_guided(need(model, "model"), scale, blur_sigma)


@node("_for_testing", display_name="Differential Diffusion", experimental=True)
class DifferentialDiffusion:
    """Let a mask's grey say how much a place may change."""

    def apply(self, model: Model, strength: Annotated[float, Number(1.0)] | None = 1.0) -> Model:
        rule = differential_mask(1.0 if strength is None else strength)
        return need(model, "model").clone_with(mask_rule=rule)


@node("loaders", fingerprint=stamp_of("hypernetworks", "hypernetwork_name"))
class HypernetworkLoader:
    """Change a model's attention by a hypernetwork."""

    def load_hypernetwork(
        self,
        model: Model,
        hypernetwork_name: Annotated[str, model_files("hypernetworks")],
        strength: Annotated[float, Number(1.0, -10.0, 10.0)],
    ) -> Model:
        path = paths.current().full_path("hypernetworks", hypernetwork_name)
        return changed(model, read_hypernetwork(path, strength))
