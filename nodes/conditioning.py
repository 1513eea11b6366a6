"""Nodes that turn words into conditioning."""

from typing import Annotated

from comfy import conditioning as ops
from comfy import masks
from nodes.declare import node
from nodes.needs import need
from nodes.types import MAX_RESOLUTION, VAE, Clip, Conditioning, Fraction, Image, Latent, Mask
from nodes.widgets import Choice, Name, Number, Text, Tip, Toggle

AreaSide = Annotated[int, Number(64, 64, MAX_RESOLUTION, step=8)]
AreaOffset = Annotated[int, Number(0, 0, MAX_RESOLUTION, step=8)]
Strength = Annotated[float, Number(1.0, 0.0, 10.0)]
Percent = Annotated[float, Number(0.0, step=0.001)]
LastPercent = Annotated[float, Number(1.0, step=0.001)]


@node("conditioning", display_name="CLIP Text Encode (Prompt)", order=("text", "clip"))
class CLIPTextEncode:
    """Turn prompt text into conditioning. (words:1.2) weigh more, (words:0.8) less; embedding:name uses a file."""

    def encode(
        self,
        clip: Annotated[Clip, Tip("The text encoder.")],
        text: Annotated[str, Text(multiline=True, dynamic_prompts=True), Tip("What the picture should show.")],
    ) -> Annotated[Conditioning, Tip("Steers a sampler towards what the text says.")]:
        return need(clip, "clip").encode(text)


@node("conditioning", display_name="CLIP Set Last Layer")
class CLIPSetLastLayer:
    """Stop the text encoder some layers early, as some models were trained with; -2 is often called clip skip 2."""

    def set_last_layer(self, clip: Clip, stop_at_clip_layer: Annotated[int, Number(-1, -24, -1, step=1)]) -> Clip:
        return need(clip, "clip").with_last_layer(stop_at_clip_layer)


@node("conditioning", display_name="Conditioning (Combine)")
class ConditioningCombine:
    """Let two conditionings steer together, each by itself."""

    def combine(self, conditioning_1: Conditioning, conditioning_2: Conditioning) -> Conditioning:
        return [*conditioning_1, *conditioning_2]


@node("conditioning", display_name="Conditioning (Concat)")
class ConditioningConcat:
    """Put one conditioning's words behind the other's, as one longer text."""

    def concat(self, conditioning_to: Conditioning, conditioning_from: Conditioning) -> Conditioning:
        return ops.concatenate(conditioning_to, conditioning_from)


@node("conditioning")
class ConditioningAverage:
    """Mix two conditionings into one in between."""

    def addWeighted(  # noqa: N802 - packs call it
        self,
        conditioning_to: Conditioning,
        conditioning_from: Conditioning,
        conditioning_to_strength: Annotated[Fraction, Tip("How much of the first.")],
    ) -> Conditioning:
        return ops.average(conditioning_to, conditioning_from, conditioning_to_strength)


@node("conditioning", display_name="Conditioning (Set Area)")
class ConditioningSetArea:
    """Let a conditioning count only in a rectangle of the picture."""

    def append(
        self,
        conditioning: Conditioning,
        width: AreaSide,
        height: AreaSide,
        x: AreaOffset,
        y: AreaOffset,
        strength: Strength,
    ) -> Conditioning:
        return ops.with_area(conditioning, width, height, x, y, strength)


@node("conditioning", display_name="Conditioning (Set Area with Percentage)")
class ConditioningSetAreaPercentage:
    """Let a conditioning count only in a rectangle, given in shares of the picture."""

    def append(
        self,
        conditioning: Conditioning,
        width: Fraction,
        height: Fraction,
        x: Annotated[float, Number(0)],
        y: Annotated[float, Number(0)],
        strength: Strength,
    ) -> Conditioning:
        area = ("percentage", height, width, y, x)
        return ops.with_options(conditioning, area=area, strength=strength, set_area_to_bounds=False)


@node("conditioning")
class ConditioningSetAreaStrength:
    """Change how much a conditioning counts."""

    def append(self, conditioning: Conditioning, strength: Strength) -> Conditioning:
        return ops.with_options(conditioning, strength=strength)


@node("conditioning", display_name="Conditioning (Set Mask)", order=("conditioning", "mask", "strength"))
class ConditioningSetMask:
    """Let a conditioning count only where a mask is white."""

    def append(
        self,
        conditioning: Conditioning,
        mask: Mask,
        set_cond_area: Annotated[
            str, Choice(("default", "mask bounds")), Tip("Show the model the whole picture, or only what is masked.")
        ],
        strength: Strength,
    ) -> Conditioning:
        return ops.with_mask(conditioning, mask, strength, set_cond_area != "default")


@node("advanced/conditioning")
class ConditioningZeroOut:
    """Replace a conditioning by zeros, which some models read as no text."""

    def zero_out(self, conditioning: Conditioning) -> Conditioning:
        return ops.zeroed(conditioning)


@node("advanced/conditioning")
class ConditioningSetTimestepRange:
    """Let a conditioning count only during a part of the way from noise to picture."""

    def set_range(self, conditioning: Conditioning, start: Percent, end: LastPercent) -> Conditioning:
        return ops.with_options(conditioning, start_percent=start, end_percent=end)


@node("conditioning/inpaint", order=("positive", "negative", "vae", "pixels", "mask", "noise_mask"))
class InpaintModelConditioning:
    """Show an inpainting model the picture without what is masked, and begin from the picture itself."""

    def encode(
        self,
        positive: Conditioning,
        negative: Conditioning,
        pixels: Image,
        vae: VAE,
        mask: Mask,
        noise_mask: Annotated[bool, Toggle(True), Tip("Let the sampler change only what is masked.")] = True,
    ) -> tuple[
        Annotated[Conditioning, Name("positive")],
        Annotated[Conditioning, Name("negative")],
        Annotated[Latent, Name("latent")],
    ]:
        vae = need(vae, "vae")
        pixels, fitted = masks.fit_to_latent(pixels[..., :3], mask)
        seen = {"concat_latent_image": vae.encode(masks.blank_out(pixels, fitted)), "concat_mask": fitted}
        latent = {"samples": vae.encode(pixels)} | ({"noise_mask": fitted} if noise_mask else {})
        return ops.with_options(positive, **seen), ops.with_options(negative, **seen), latent
