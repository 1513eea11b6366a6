"""Changes of classifier-free guidance that a model carries with it: rules before, instead of and after it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
import torch.nn.functional as F


@dataclass(frozen=True, eq=False)
class Estimates:
    """What guidance decides from: the noisy latent and its clean estimates, all [B, C, h, w].

    `predict` asked for them; a rule may ask it again.
    """

    x: torch.Tensor
    sigma: float
    cfg: float
    positive: torch.Tensor
    negative: torch.Tensor
    predict: Any = None


OF_NO_TEXT = "no text"

Before = Callable[[Estimates], Estimates]
Combine = Callable[[Estimates], torch.Tensor]
After = Callable[[Estimates, torch.Tensor], torch.Tensor]


def classifier_free(seen: Estimates) -> torch.Tensor:
    """From the negative estimate past the positive one (Ho & Salimans 2022)."""
    return seen.negative + (seen.positive - seen.negative) * seen.cfg


@dataclass(frozen=True)
class Guidance:
    """The rules in the order in which they work; one that combines replaces another.

    Where cfg is 1 there is nothing to guide, and they are left out; with `works_at_one` they work there too, on a
    negative estimate of zeros, and with `needs_negative` on a real one.
    """

    before: tuple[Before, ...] = ()
    combine: Combine = classifier_free
    after: tuple[After, ...] = ()
    needs_negative: bool = False
    works_at_one: bool = False
    conditionings: Mapping[str, Any] = field(default_factory=dict)
    """What rules ask about besides the guider's own conditionings, by names of their own."""

    def guide(self, seen: Estimates) -> torch.Tensor:
        """The guided clean estimate."""
        for rule in self.before:
            seen = rule(seen)
        guided = self.combine(seen)
        for change in self.after:
            guided = change(seen, guided)
        return guided

    def with_before(self, rule: Before) -> "Guidance":
        return replace(self, before=(*self.before, rule))

    def with_combine(self, rule: Combine) -> "Guidance":
        return replace(self, combine=rule)

    def with_perpendicular(self, empty: Any, negative_scale: float) -> "Guidance":
        """Combine by `perpendicular_negative`, with a conditioning that stands for no text."""

        def combine(seen: Estimates) -> torch.Tensor:
            (nothing,) = seen.predict(seen.x, seen.sigma, [OF_NO_TEXT])
            return perpendicular_negative(seen.positive, seen.negative, nothing, negative_scale, seen.cfg)

        return replace(self, combine=combine, conditionings={**self.conditionings, OF_NO_TEXT: empty})

    def with_after(self, rule: After, needs_negative: bool = False, works_at_one: bool = False) -> "Guidance":
        return replace(
            self,
            after=(*self.after, rule),
            needs_negative=needs_negative or self.needs_negative,
            works_at_one=works_at_one or self.works_at_one,
        )


def _per_item(x: torch.Tensor) -> tuple[int, ...]:
    return tuple(range(1, x.ndim))


def rescale(multiplier: float) -> Combine:
    """Guide the velocity and give it back, by `multiplier`, the spread that it had (Lin et al. 2023, equation 16)."""

    def combine(seen: Estimates) -> torch.Tensor:
        length = math.sqrt(seen.sigma**2 + 1)
        base = seen.x / length**2

        def velocity(clean: torch.Tensor) -> torch.Tensor:
            return (base - clean) * (length / seen.sigma)

        positive, negative = velocity(seen.positive), velocity(seen.negative)
        guided = negative + (positive - negative) * seen.cfg
        dims = _per_item(guided)
        rescaled = guided * (positive.std(dims, keepdim=True) / guided.std(dims, keepdim=True))
        return base - torch.lerp(guided, rescaled, multiplier) * (seen.sigma / length)

    return combine


def renormalise(cfg_trunc: float, renorm_cfg: float) -> Combine:
    """Guide only below a sigma, and let the estimate grow no longer than `renorm_cfg` times the positive one."""

    def combine(seen: Estimates) -> torch.Tensor:
        if seen.sigma >= cfg_trunc:
            return seen.positive
        guided = classifier_free(seen)
        if renorm_cfg <= 0:
            return guided
        dims = _per_item(guided)
        limit = torch.linalg.vector_norm(seen.positive, dim=dims, keepdim=True) * renorm_cfg
        return guided * (limit / torch.linalg.vector_norm(guided, dim=dims, keepdim=True)).clamp(max=1)

    return combine


def limit_norm(strength: float) -> After:
    """Let no pixel's channel vector grow longer than in the positive estimate; then scale by `strength`."""

    def after(seen: Estimates, guided: torch.Tensor) -> torch.Tensor:
        ratio = seen.positive.norm(dim=1, keepdim=True) / (guided.norm(dim=1, keepdim=True) + 1e-8)
        return guided * ratio.clamp(0, 1) * strength

    return after


def damp_tangentially(seen: Estimates) -> Estimates:
    """Keep of the negative score only what lies along the direction common to both scores (Kwon et al. 2025)."""
    positive, negative = (seen.x - seen.positive).flatten(1).float(), (seen.x - seen.negative).flatten(1).float()
    # The first right singular vector of the two scores, found from their 2 by 2 products.
    pair = torch.stack([negative, positive], dim=1)  # [B, 2, D]
    _, vectors = torch.linalg.eigh((pair @ pair.mT).cpu().double())
    common = (vectors[:, None, :, -1].to(pair) @ pair)[:, 0]
    common = common / common.norm(dim=1, keepdim=True)
    damped = (negative * common).sum(dim=1, keepdim=True) * common
    return replace(seen, negative=seen.x - damped.reshape(seen.x.shape).to(seen.x))


def zero_star(seen: Estimates, guided: torch.Tensor) -> torch.Tensor:
    """Scale the negative estimate by how far the scores agree before guiding away from it (Fan et al. 2025)."""
    positive, negative = (seen.x - seen.positive).flatten(1), (seen.x - seen.negative).flatten(1)
    share = (positive * negative).sum(1) / (negative.square().sum(1) + 1e-8)
    share = share.reshape(-1, *[1] * (seen.x.ndim - 1))
    return guided + seen.negative * (share - 1) * (1 - seen.cfg)


def mahiro(seen: Estimates, guided: torch.Tensor) -> torch.Tensor:
    """Move towards the positive estimate times the scale, the more so the less guidance is like the negative one.

    Known as Mahiro's guidance; there is no paper.
    """
    leap = seen.positive * seen.cfg
    merged = (leap + guided) / 2
    likeness = F.cosine_similarity(_rooted(seen.negative * seen.cfg), _rooted(merged)).mean()
    share = (2 * likeness + 2) / 4
    return share * guided + (1 - share) * leap


def _rooted(x: torch.Tensor) -> torch.Tensor:
    return x.abs().sqrt() * x.sign()


@dataclass(eq=False)
class ProjectedGuidance:
    """Adaptive projected guidance (Sadat et al. 2024): less of what only scales the positive estimate.

    `eta` is the part of guidance along the positive estimate, `norm_threshold` the longest it may be (0: any),
    `momentum` how much of earlier steps' guidance goes on.
    """

    eta: float
    norm_threshold: float
    momentum: float
    average: torch.Tensor | None = None
    sigma: float = math.inf

    def __call__(self, seen: Estimates) -> Estimates:
        guidance = seen.positive - seen.negative
        if self.momentum != 0:
            if seen.sigma > self.sigma or self.average is None or self.average.shape != guidance.shape:
                self.average = torch.zeros_like(guidance)  # A new run has begun.
            self.average = guidance = guidance + self.momentum * self.average
        self.sigma = seen.sigma
        dims = _per_item(guidance)
        if self.norm_threshold > 0:
            norm = torch.linalg.vector_norm(guidance, dim=dims, keepdim=True)
            guidance = guidance * (self.norm_threshold / norm).clamp(max=1)
        direction = F.normalize(seen.positive.double().flatten(1), dim=1)
        along = ((guidance.double().flatten(1) * direction).sum(1, keepdim=True) * direction).reshape(guidance.shape)
        along = along.to(guidance)
        changed = (guidance - along) + self.eta * along
        # The estimate guided from is the positive one: its distance to the negative counts once, whatever the scale.
        once = (seen.positive - seen.negative) / seen.cfg if seen.cfg else 0.0
        return replace(seen, positive=seen.negative + changed + once)


def scale_epsilon(factor: float) -> After:
    """Divide the noise that guidance leaves in an estimate by a factor (Ning et al. 2023)."""

    def after(seen: Estimates, guided: torch.Tensor) -> torch.Tensor:
        return seen.x - (seen.x - guided) / factor

    return after


def scale_frequencies(low: float, high: float, cutoff: int) -> Before:
    """Scale guidance by how coarse or fine it is: within `cutoff` of the spectrum's middle, and beyond (FreSca)."""

    def before(seen: Estimates) -> Estimates:
        guidance = (seen.positive - seen.negative).float()
        spectrum = torch.fft.fftshift(torch.fft.fftn(guidance, dim=(-2, -1)), dim=(-2, -1))
        height, width = guidance.shape[-2:]
        scale = torch.full((height, width), high, device=guidance.device)
        rows = slice(max(height // 2 - cutoff, 0), height // 2 + cutoff)
        columns = slice(max(width // 2 - cutoff, 0), width // 2 + cutoff)
        scale[rows, columns] = low
        changed = torch.fft.ifftn(torch.fft.ifftshift(spectrum * scale, dim=(-2, -1)), dim=(-2, -1)).real
        return replace(seen, positive=seen.negative + changed.to(seen.positive))

    return before


def perpendicular_negative(
    positive: torch.Tensor, negative: torch.Tensor, empty: torch.Tensor, negative_scale: float, cfg: float
) -> torch.Tensor:
    """Guide away only by what of the negative text is perpendicular to the positive one (Armandpour et al. 2023)."""
    towards, away = positive - empty, negative - empty
    perpendicular = away - ((away * towards).sum() / towards.norm() ** 2) * towards
    return empty + cfg * (towards - perpendicular * negative_scale)
