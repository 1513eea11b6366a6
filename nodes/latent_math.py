"""Nodes that calculate with latents and change their batches."""

from typing import Annotated

from comfy import latent_math as ops
from comfy import latents
from nodes.declare import node
from nodes.image_transform import FLIPS, ROTATIONS
from nodes.types import MAX_RESOLUTION, Latent
from nodes.widgets import Choice, Number, Tip

Offset = Annotated[int, Number(0, 0, MAX_RESOLUTION, step=8)]
CroppedSide = Annotated[int, Number(512, 64, MAX_RESOLUTION, step=8)]
PIXEL = ops.LATENT_PIXEL


@node("latent/advanced")
class LatentAdd:
    """Add one latent to another."""

    def op(self, samples1: Latent, samples2: Latent) -> Latent:
        return ops.add(samples1, samples2)


@node("latent/advanced")
class LatentSubtract:
    """Take one latent from another."""

    def op(self, samples1: Latent, samples2: Latent) -> Latent:
        return ops.add(samples1, samples2, -1.0)


@node("latent/advanced")
class LatentMultiply:
    """Make a latent stronger or weaker."""

    def op(self, samples: Latent, multiplier: Annotated[float, Number(1.0, -10.0, 10.0)]) -> Latent:
        return ops.multiply(samples, multiplier)


@node("latent/advanced")
class LatentInterpolate:
    """Mix two latents so that contrast stays."""

    def op(
        self,
        samples1: Latent,
        samples2: Latent,
        ratio: Annotated[float, Number(1.0), Tip("How much of the first.")],
    ) -> Latent:
        return ops.interpolate(samples1, samples2, ratio)


@node("_for_testing", display_name="Latent Blend")
class LatentBlend:
    """Mix two latents."""

    def blend(
        self,
        samples1: Latent,
        samples2: Latent,
        blend_factor: Annotated[float, Number(0.5), Tip("How much of the first.")],
    ) -> Latent:
        return ops.blend(samples1, samples2, blend_factor)


@node("latent", display_name="Latent Composite")
class LatentComposite:
    """Lay a latent on another."""

    def composite(
        self,
        samples_to: Latent,
        samples_from: Latent,
        x: Offset,
        y: Offset,
        feather: Annotated[Offset, Tip("Over how many pixels inner edges fade.")] = 0,
    ) -> Latent:
        return ops.lay_over(samples_to, samples_from, x // PIXEL, y // PIXEL, feather // PIXEL)


@node("latent/advanced")
class LatentCut:
    """Take a stretch out of latents along one dimension."""

    def op(
        self,
        samples: Latent,
        dim: Annotated[str, Choice(tuple(ops.DIMENSIONS))],
        index: Annotated[int, Number(0, -MAX_RESOLUTION, MAX_RESOLUTION, step=1)],
        amount: Annotated[int, Number(1, 1, MAX_RESOLUTION, step=1)],
    ) -> Latent:
        return ops.cut(samples, dim, index, amount)


@node("latent/transform", display_name="Crop Latent")
class LatentCrop:
    """Cut a rectangle out of latents."""

    def crop(self, samples: Latent, width: CroppedSide, height: CroppedSide, x: Offset, y: Offset) -> Latent:
        return ops.crop(samples, x, y, width, height)


@node("latent/transform", display_name="Rotate Latent")
class LatentRotate:
    """Turn latents clockwise."""

    def rotate(self, samples: Latent, rotation: Annotated[str, Choice(ROTATIONS)]) -> Latent:
        return ops.rotate(samples, ROTATIONS.index(rotation))


@node("latent/transform", display_name="Flip Latent")
class LatentFlip:
    """Mirror latents."""

    def flip(self, samples: Latent, flip_method: Annotated[str, Choice(tuple(FLIPS))]) -> Latent:
        return ops.flip(samples, upside_down=flip_method.startswith("x"))


@node("latent/batch")
class LatentBatch:
    """Put two latents or batches into one batch; the second takes the size of the first."""

    def batch(self, samples1: Latent, samples2: Latent) -> Latent:
        return ops.concatenate(samples1, samples2)


@node("latent/batch", display_name="Latent From Batch")
class LatentFromBatch:
    """Take some latents out of a batch; a sampler gives them the noise that they would have had in it."""

    def frombatch(
        self,
        samples: Latent,
        batch_index: Annotated[int, Number(0, 0, 63)],
        length: Annotated[int, Number(1, 1, 64)],
    ) -> Latent:
        return latents.take_from_batch(samples, batch_index, length)


@node("latent/batch", display_name="Repeat Latent Batch")
class RepeatLatentBatch:
    """Put a batch several times into one."""

    def repeat(self, samples: Latent, amount: Annotated[int, Number(1, 1, 64)]) -> Latent:
        return latents.repeat_batch(samples, amount)


@node("latent/advanced")
class LatentBatchSeedBehavior:
    """Give every latent of a batch the same noise, or each its own."""

    def op(
        self, samples: Latent, seed_behavior: Annotated[str, Choice(("random", "fixed"), default="fixed")]
    ) -> Latent:
        return latents.with_seed_behavior(samples, seed_behavior)
