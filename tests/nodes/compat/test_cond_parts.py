"""Packs that put a guided step together from its parts get what Skein's own loop makes."""

from typing import Any

import pytest
import torch

from tests.nodes.compat.studio import Studio, name

SIGMA = torch.tensor([3.0])


@pytest.fixture
def latent() -> torch.Tensor:
    return torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(2))


def processed(studio: Studio, latent: torch.Tensor, **options: Any) -> dict[str, list[Any]]:
    conds = {
        "positive": [[studio.positive[0][0], {**studio.positive[0][1], **options}]],
        "negative": name("comfy.sampler_helpers").convert_cond(studio.negative),
    }
    made: dict[str, list[Any]] = name("comfy.samplers").process_conds(
        studio.model.model, latent, conds, torch.device("cpu"), latent, None, 5
    )
    return made


def test_processed_conditionings_are_asked_as_unprocessed_ones_are(studio: Studio, latent: torch.Tensor) -> None:
    samplers, model = name("comfy.samplers"), studio.model.model
    ready = processed(studio, latent)
    options = studio.model.model_options
    made = samplers.calc_cond_batch(model, [ready["positive"], ready["negative"]], latent, SIGMA, options)
    plain = samplers.calc_cond_batch(model, [studio.positive, studio.negative], latent, SIGMA, options)
    assert all(torch.equal(one, other) for one, other in zip(made, plain, strict=True))
    guided = samplers.cfg_function(model, *made, 4.0, latent, SIGMA, options)
    assert torch.equal(guided, samplers.sampling_function(model, latent, SIGMA, studio.negative, studio.positive, 4.0))


def test_a_function_after_guidance_sees_what_cfg_function_makes(studio: Studio, latent: torch.Tensor) -> None:
    changed, told = studio.model.clone(), []
    changed.set_model_sampler_pre_cfg_function(lambda args: pytest.fail("it has seen these estimates already"))

    def after(args: dict[str, Any]) -> Any:
        told.append(args)
        return args["denoised"] * 2

    changed.set_model_sampler_post_cfg_function(after)
    both = torch.ones_like(latent), torch.zeros_like(latent)
    made = name("comfy.samplers").cfg_function(
        changed.model, *both, 4.0, latent, SIGMA, changed.model_options, studio.positive, studio.negative
    )
    assert torch.equal(made, torch.full_like(latent, 8.0))
    assert (len(told), len(told[0]["cond"]), told[0]["cond_scale"]) == (1, 1, 4.0)


def test_an_entry_at_a_latent_is_its_area_its_weight_and_what_is_shown(studio: Studio, latent: torch.Tensor) -> None:
    samplers = name("comfy.samplers")
    options = {"area": (4, 4, 2, 4), "strength": 0.5, "start_percent": 0.0, "end_percent": 0.5}
    (entry,) = processed(studio, latent, **options)["positive"]
    two = latent.repeat(2, 1, 1, 1)
    part = samplers.get_area_and_mult(entry, two, SIGMA)
    assert torch.equal(part.input_x, two[..., 2:6, 4:8])
    assert (part.area, part.mult.shape, float(part.mult.max())) == ([4, 4, 2, 4], (2, 4, 4, 4), 0.5)
    assert part.conditioning["c_crossattn"].cond.shape[0] == 2
    assert samplers.get_area_and_mult(entry, two, torch.tensor([1e-3])) is None
    assert samplers.can_concat_cond(part, part)
    shown = samplers.cond_cat([part.conditioning, part.conditioning])
    assert torch.equal(shown["c_crossattn"], torch.cat([part.conditioning["c_crossattn"].cond] * 2))


def test_what_a_pack_changes_of_an_entry_counts(studio: Studio, latent: torch.Tensor) -> None:
    samplers, options = name("comfy.samplers"), studio.model.model_options
    ready = processed(studio, latent)
    for changes in ({"timestep_end": 20.0}, {"area": (4, 4, 0, 0)}):
        for changed in (ready["positive"][0].copy(), ready["positive"][0]):
            before = dict(changed)
            changed.update(changes)
            (made,) = samplers.calc_cond_batch(studio.model.model, [[changed]], latent, SIGMA, options)
            assert not made[..., 4:, 4:].any(), changes
            changed.clear()
            changed.update(before)
    (made,) = samplers.calc_cond_batch(studio.model.model, [ready["positive"]], latent, SIGMA, options)
    assert made[..., 4:, 4:].any()


def test_the_inpainting_model_leaves_what_the_mask_keeps(studio: Studio, latent: torch.Tensor) -> None:
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., 4:] = 1
    seen: list[torch.Tensor] = []

    class Guided:
        inner_model = studio.model.model

        def __call__(self, x: torch.Tensor, sigma: torch.Tensor, **_: Any) -> torch.Tensor:
            seen.append(x)
            return torch.zeros_like(x)

    wrapped = name("comfy.samplers").KSamplerX0Inpaint(Guided(), torch.tensor([3.0, 0.0]))
    wrapped.noise, wrapped.latent_image = torch.ones_like(latent), torch.full_like(latent, 2.0)
    made = wrapped(latent, SIGMA, mask, {}, 5)
    assert torch.equal(seen[0][..., 4:], latent[..., 4:])
    assert torch.equal(seen[0][..., :4], torch.full_like(latent[..., :4], 2.0 + 3.0))
    assert torch.equal(made[..., :4], torch.full_like(latent[..., :4], 2.0))
    assert not made[..., 4:].any()
    moved = {"denoise_mask_function": lambda sigma, mask, extra_options: torch.ones_like(mask)}
    assert not wrapped(latent, SIGMA, mask, moved).any()


def test_a_linear_quadratic_schedule_may_be_told_its_linear_part(studio: Studio) -> None:
    sampling = studio.model.get_model_object("model_sampling")
    schedule = name("comfy.samplers").linear_quadratic_schedule
    plain = name("comfy.samplers").calculate_sigmas(sampling, "linear_quadratic", 6)
    assert torch.equal(schedule(sampling, 6), plain)
    told = schedule(sampling, 6, 0.3, 3) / sampling.sigma_max
    assert torch.allclose(told[:4], torch.tensor([1.0, 0.9, 0.8, 0.7]))
    assert torch.equal(told[-1:], torch.zeros(1))
    assert len(told) == 7


def test_areas_and_masks_are_told_in_a_latents_pixels() -> None:
    mask = torch.zeros(1, 64, 64)
    mask[:, 32:, :16] = 1
    entries: list[dict[str, Any]] = [
        {"area": ("percentage", 0.5, 0.25, 0.0, 0.5)},
        {"mask": mask, "set_area_to_bounds": True},
        {"area": (1, 2, 3, 4)},
    ]
    given = list(entries)
    name("comfy.samplers").resolve_areas_and_cond_masks(entries, 16, 16, "cpu")
    assert [entry["area"] for entry in entries] == [(8, 4, 0, 8), (8, 8, 8, 0), (1, 2, 3, 4)]
    assert (entries[1]["mask"].shape, given[1]["mask"].shape) == ((1, 16, 16), (1, 64, 64))


def test_a_function_of_a_pack_asks_in_the_engines_place(studio: Studio) -> None:
    told: list[Any] = []

    def asking(args: dict[str, Any]) -> Any:
        told.append([cond is None for cond in args["conds"]])
        return name("comfy.samplers").calc_cond_batch(
            args["model"], args["conds"], args["input"], args["sigma"], args["model_options"]
        )

    changed = studio.model.clone()
    changed.set_model_sampler_calc_cond_batch_function(asking)
    assert torch.equal(studio.sample(changed), studio.plain)
    assert told == [[False, False]] * 3
    told.clear()
    assert torch.equal(studio.sample(changed, cfg=1.0), studio.sample(studio.model, cfg=1.0))
    assert told == [[False, True]] * 3
    changed.disable_model_cfg1_optimization()
    told.clear()
    studio.sample(changed, cfg=1.0)
    assert told == [[False, False]] * 3


def test_options_of_a_stretch_leave_the_rest_of_the_way_as_it_is() -> None:
    split = name("node_helpers").conditioning_set_values_with_timestep_range
    stretches = split([["text", {"end_percent": 0.8}], ["late", {"start_percent": 0.9}]], {"x": 1}, 0.2, 0.85)
    assert [(one[0], one[1].get("x"), one[1].get("start_percent"), one[1].get("end_percent")) for one in stretches] == [
        ("text", None, 0.0, 0.2), ("text", 1, 0.2, 0.8), ("late", None, 0.9, None),
    ]  # fmt: skip
