"""Rules that change classifier-free guidance, alone and together."""

import math

import pytest
import torch

from comfy.sampling import find_sampler
from comfy.sampling.guidance import CfgGuider, PerpNegGuider
from comfy.sampling.guidance_rules import (
    Estimates,
    Guidance,
    classifier_free,
    damp_tangentially,
    limit_norm,
    perpendicular_negative,
    renormalise,
    rescale,
    scale_epsilon,
    scale_frequencies,
    zero_star,
)
from comfy.sampling.run import run
from tests.comfy.sampling.toy_model import ToyModel, text


def seen(cfg: float = 7.0, sigma: float = 3.0, batch: int = 2) -> Estimates:
    generator = torch.Generator().manual_seed(4)
    x, positive, negative = torch.randn(3, batch, 4, 8, 8, generator=generator).unbind()
    return Estimates(x * sigma, sigma, cfg, positive, negative)


def test_the_rules_work_in_their_order() -> None:
    guidance = (
        Guidance()
        .with_before(lambda s: Estimates(s.x, s.sigma, 2.0, s.positive, s.negative))
        .with_combine(lambda s: s.positive * s.cfg)
        .with_after(lambda s, guided: guided + 1)
        .with_after(lambda s, guided: guided * 10)
    )
    estimates = seen()
    torch.testing.assert_close(guidance.guide(estimates), (estimates.positive * 2 + 1) * 10)
    assert Guidance().guide(estimates).equal(classifier_free(estimates))


@pytest.mark.parametrize("needs_negative", [False, True])
def test_a_rule_may_need_the_negative_even_where_cfg_is_one(needs_negative: bool) -> None:
    asked: list[list[str]] = []

    class Predict:
        guidance = Guidance().with_after(lambda s, guided: guided, needs_negative=needs_negative)

        def __call__(self, x: torch.Tensor, sigma: float, names: list[str]) -> list[torch.Tensor]:
            asked.append(list(names))
            return [x] * len(names)

    CfgGuider([], [], 1.0).guide(Predict(), torch.zeros(1), 1.0)
    assert asked == ([["positive", "negative"]] if needs_negative else [["positive"]])


def test_rescaling_gives_the_velocity_the_spread_of_the_positive_one() -> None:
    estimates = seen()

    def velocity(clean: torch.Tensor) -> torch.Tensor:
        length = math.sqrt(estimates.sigma**2 + 1)
        return (estimates.x / length**2 - clean) * length / estimates.sigma

    spread = velocity(rescale(1.0)(estimates)).std((1, 2, 3))
    torch.testing.assert_close(spread, velocity(estimates.positive).std((1, 2, 3)), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(rescale(0.0)(estimates), classifier_free(estimates), rtol=1e-4, atol=1e-4)


def test_renormalising_bounds_each_items_length() -> None:
    estimates = seen()
    lengths = renormalise(100, 1.0)(estimates).flatten(1).norm(dim=1)
    torch.testing.assert_close(lengths, estimates.positive.flatten(1).norm(dim=1))
    assert renormalise(100, 0.0)(estimates).equal(classifier_free(estimates))
    assert renormalise(2.0, 1.0)(estimates) is estimates.positive


def test_limiting_the_norm_bounds_every_pixel() -> None:
    estimates = seen()
    limited = limit_norm(1.0)(estimates, classifier_free(estimates))
    assert bool((limited.norm(dim=1) <= estimates.positive.norm(dim=1) * (1 + 1e-5)).all())
    halved = limit_norm(0.5)(estimates, classifier_free(estimates))
    torch.testing.assert_close(halved, limited / 2)


def test_damping_leaves_the_negative_score_along_the_common_direction() -> None:
    estimates = seen()
    damped = estimates.x - damp_tangentially(estimates).negative
    scores = torch.stack([estimates.x - estimates.negative, estimates.x - estimates.positive], 1).flatten(2)
    common = torch.linalg.svd(scores, full_matrices=False).Vh[:, :1]
    expected = (scores[:, :1] @ common.mT @ common).reshape(damped.shape)
    torch.testing.assert_close(damped, expected, rtol=1e-4, atol=1e-4)


def test_estimates_that_agree_are_left_as_they_are() -> None:
    x, clean = torch.randn(1, 4, 8, 8), torch.randn(1, 4, 8, 8)
    same = Estimates(x, 2.0, 7.0, clean, clean)
    for changed in (
        rescale(1.0)(same),
        renormalise(100, 1.0)(same),
        limit_norm(1.0)(same, classifier_free(same)),
        damp_tangentially(same).negative,
        zero_star(same, classifier_free(same)),
    ):
        torch.testing.assert_close(changed, clean, rtol=1e-4, atol=1e-4)


def test_a_model_may_bring_the_text_that_perpendicular_guidance_starts_from() -> None:
    positive, negative, empty = [text(0.4)], [text(-0.2)], [text(0.1)]
    latent = {"samples": torch.zeros(1, 4, 8, 8)}
    noise = torch.randn(1, 4, 8, 8)
    sigmas = [10.0, 3.0, 0.0]
    euler = find_sampler("euler")
    guided = ToyModel(guidance=Guidance().with_perpendicular(empty, 0.7))
    made = run(guided, CfgGuider(positive, negative, 5.0), euler, sigmas, latent, seed=0, noise=noise)
    guider = PerpNegGuider(positive, negative, empty, 5.0, 0.7)
    expected = run(ToyModel(), guider, euler, sigmas, latent, seed=0, noise=noise)
    torch.testing.assert_close(made.latent["samples"], expected.latent["samples"])


def test_scaling_epsilon_divides_what_is_left_of_noise() -> None:
    estimates = seen()
    guided = classifier_free(estimates)
    scaled = scale_epsilon(1.25)(estimates, guided)
    torch.testing.assert_close((estimates.x - scaled) * 1.25, estimates.x - guided)


def test_coarse_and_fine_guidance_are_scaled_apart() -> None:
    x = torch.zeros(1, 1, 32, 32)
    rows = torch.arange(32) * (2 * torch.pi / 32)
    coarse, fine = (rows * 2).sin().repeat(32, 1)[None, None], (rows * 12).sin().repeat(32, 1)[None, None]
    made = scale_frequencies(0.5, 3.0, 6)(Estimates(x, 1.0, 7.0, coarse + fine, x))
    torch.testing.assert_close(made.positive, 0.5 * coarse + 3.0 * fine, atol=1e-5, rtol=1e-4)


def test_only_what_of_the_negative_is_perpendicular_counts() -> None:
    empty, towards = torch.randn(1, 4, 8, 8), torch.randn(1, 4, 8, 8)
    across = torch.randn(1, 4, 8, 8)
    across = across - (across * towards).sum() / (towards * towards).sum() * towards
    for along in (-2.0, 0.0, 0.7):
        negative = empty + along * towards + across
        made = perpendicular_negative(empty + towards, negative, empty, 0.6, 5.0)
        torch.testing.assert_close(made, empty + 5.0 * (towards - 0.6 * across), atol=1e-4, rtol=1e-4)
