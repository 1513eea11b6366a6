"""What packs put around parts of a run stands there: it sees, changes and is told; passing on, it changes no bit."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

import nodes
from nodes.registry import NODE_CLASS_MAPPINGS
from tests.nodes.compat.studio import Studio, name

KINDS = ("OUTER_SAMPLE", "SAMPLER_SAMPLE", "PREDICT_NOISE", "CALC_COND_BATCH", "APPLY_MODEL", "DIFFUSION_MODEL")


def kind(wrapper: str) -> str:
    found: str = getattr(name("comfy.patcher_extension").WrappersMP, wrapper)
    return found


def wrapped(studio: Studio, wrapper: str, function: Callable[..., Any]) -> Any:
    model = studio.model.clone()
    model.add_wrapper_with_key(kind(wrapper), "of_a_pack", function)
    return model


@pytest.mark.parametrize("wrapper", KINDS)
def test_a_wrapper_that_goes_on_changes_nothing_and_one_that_changes_does(studio: Studio, wrapper: str) -> None:
    calls: list[int] = []

    def passing(executor: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(len(args))
        return executor(*args, **kwargs)

    def halving(executor: Any, *args: Any, **kwargs: Any) -> Any:
        out = executor(*args, **kwargs)
        return [each * 0.5 for each in out] if isinstance(out, list) else out * 0.5

    assert torch.equal(studio.sample(wrapped(studio, wrapper, passing)), studio.plain)
    assert calls
    assert not torch.allclose(studio.sample(wrapped(studio, wrapper, halving)), studio.plain, atol=1e-3)
    assert torch.equal(studio.sample(studio.model), studio.plain)


def test_wrappers_are_told_what_the_part_gets(studio: Studio) -> None:
    seen: dict[str, Any] = {}

    def of_network(
        executor: Any, x: Any, timesteps: Any, context: Any, y: Any, control: Any, transformer_options: Any
    ) -> Any:
        seen["network"] = (x.shape, timesteps.shape, context.shape, transformer_options["cond_or_uncond"])
        return executor(x, timesteps, context, y, control, transformer_options)

    def of_guider(executor: Any, x: Any, timestep: Any, model_options: Any, seed: Any) -> Any:
        seen["guider"] = (executor.class_obj.cfg, seed, len(model_options["transformer_options"]["sample_sigmas"]))
        return executor(x, timestep, model_options, seed)

    def of_model(executor: Any, x: Any, t: Any, c_concat: Any, c_crossattn: Any, control: Any, told: Any) -> Any:
        seen["model"] = (len(told["sample_sigmas"]), type(executor.class_obj).__name__)
        return executor(x, t, c_concat, c_crossattn, control, told)

    def of_conds(executor: Any, model: Any, conds: Any, x_in: Any, timestep: Any, model_options: Any) -> Any:
        seen["conds"] = [entries[0]["cross_attn"].shape for entries in conds]
        return executor(model, conds, x_in, timestep, model_options)

    model = wrapped(studio, "DIFFUSION_MODEL", of_network)
    for wrapper, function in (("PREDICT_NOISE", of_guider), ("APPLY_MODEL", of_model), ("CALC_COND_BATCH", of_conds)):
        model.add_wrapper(kind(wrapper), function)
    assert torch.equal(studio.sample(model), studio.plain)
    text = studio.positive[0][0].shape
    assert seen["network"] == ((2, 4, 8, 8), (2,), (2, *text[1:]), [0, 1])
    assert seen["guider"] == (4.0, 5, 4)
    assert seen["model"][0] == 4
    assert seen["conds"] == [text, text]


def test_the_network_is_asked_with_what_a_wrapper_makes_of_its_text(studio: Studio) -> None:
    negative = studio.negative[0][0]

    def only_negative(executor: Any, x: Any, timesteps: Any, context: Any, *others: Any) -> Any:
        return executor(x, timesteps, negative.expand_as(context), *others)

    both = nodes.KSampler().sample(
        studio.model, 5, 3, 4.0, "euler", "normal", studio.negative, studio.negative, studio.latent, 1.0
    )[0]["samples"]
    assert torch.equal(studio.sample(wrapped(studio, "DIFFUSION_MODEL", only_negative)), both)


def test_conditionings_may_be_asked_apart_and_in_other_windows(studio: Studio) -> None:
    def apart(executor: Any, model: Any, conds: Any, x_in: Any, timestep: Any, model_options: Any) -> Any:
        return [executor(model, [cond], x_in, timestep, model_options)[0] for cond in conds]

    model = wrapped(studio, "CALC_COND_BATCH", apart)
    torch.testing.assert_close(studio.sample(model), studio.plain, rtol=1e-4, atol=1e-3)


def test_a_run_may_begin_from_other_noise_and_levels(studio: Studio) -> None:
    (latent,) = nodes.EmptyLatentImage().generate(64, 64, 1)
    other = nodes.KSampler().sample(
        studio.model, 9, 3, 4.0, "euler", "normal", studio.positive, studio.negative, latent, 1.0
    )[0]["samples"]

    def seeded(executor: Any, noise: Any, latent_image: Any, *others: Any) -> Any:
        return executor(name("comfy.sample").prepare_noise(latent_image, 9), latent_image, *others)

    assert torch.equal(studio.sample(wrapped(studio, "OUTER_SAMPLE", seeded)), other)

    def shorter(executor: Any, model_wrap: Any, sigmas: Any, *others: Any) -> Any:
        return executor(model_wrap, torch.cat([sigmas[:2], sigmas[-1:]]), *others)

    model = studio.model.clone()
    told: list[int] = []
    model.add_callback("on_pre_run", lambda patcher: told.append(1))
    model.add_callback("on_cleanup", lambda patcher: told.append(2))
    model.add_wrapper(kind("SAMPLER_SAMPLE"), shorter)
    assert not torch.equal(studio.sample(model), studio.plain)
    assert told == [1, 2]


def test_options_of_a_model_hold_wrappers_too_and_a_clone_has_its_own(studio: Studio) -> None:
    extension, calls = name("comfy.patcher_extension"), []

    def counting(executor: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(executor.class_obj)
        return executor(*args, **kwargs)

    model = studio.model.clone()
    extension.add_wrapper_with_key(kind("APPLY_MODEL"), "key", counting, model.model_options, is_model_options=True)
    clone = model.clone()
    clone.model_options["transformer_options"]["wrappers"][kind("APPLY_MODEL")]["key"].clear()
    studio.sample(clone)
    assert not calls
    (rescaled,) = NODE_CLASS_MAPPINGS["RescaleCFG"]().patch(model, 0.0)  # type: ignore[attr-defined]
    studio.sample(rescaled)
    assert len(calls) == 3
    assert extension.merge_nested_dicts({"a": {"b": [1]}, "c": 1}, {"a": {"b": [2], "d": 3}, "c": 2}) == {
        "a": {"b": [1, 2], "d": 3},
        "c": 2,
    }


def test_layers_put_into_the_network_are_refused_when_it_runs(studio: Studio) -> None:
    model, injection = studio.model.clone(), name("comfy.patcher_extension").PatcherInjection
    model.set_injections("motion", [injection(lambda patcher: None, lambda patcher: None)])
    with pytest.raises(ValueError, match=r"motion.*cannot be done here"):
        studio.sample(model)
    model.remove_injections("motion")
    assert torch.equal(studio.sample(model), studio.plain)


def test_a_wrapper_around_preparing_a_run_may_change_what_is_asked_under(studio: Studio) -> None:
    told: list[Any] = []

    def passing(executor: Any, model: Any, noise_shape: Any, conds: Any, model_options: Any = None, **more: Any) -> Any:
        asked_under = {name: len(cond) for name, cond in conds.items()}
        told.append((model.is_clone(studio.model), list(noise_shape), asked_under))
        return executor(model, noise_shape, conds, model_options=model_options, **more)

    def weakening(executor: Any, model: Any, noise_shape: Any, conds: Any, *more: Any, **others: Any) -> Any:
        asked, conds, models = executor(model, noise_shape, conds, *more, **others)
        conds = {name: [{**entry, "cross_attn": entry["cross_attn"] * 0.5} for entry in conds[name]] for name in conds}
        return asked, conds, models

    assert torch.equal(studio.sample(wrapped(studio, "PREPARE_SAMPLING", passing)), studio.plain)
    assert told == [(True, [1, 4, 8, 8], {"positive": 1, "negative": 1})]
    weakened = studio.sample(wrapped(studio, "PREPARE_SAMPLING", weakening))
    assert not torch.allclose(weakened, studio.plain, atol=1e-3)
    halved = [[[text * 0.5, options] for text, options in cond] for cond in (studio.positive, studio.negative)]
    (wanted,) = nodes.common_ksampler(studio.model, 5, 3, 4.0, "euler", "normal", *halved, studio.latent)
    assert torch.equal(weakened, wanted["samples"])


def test_a_guider_of_a_pack_asks_under_what_was_prepared(studio: Studio) -> None:
    class Own(name("comfy.samplers").CFGGuider):  # type: ignore[misc]
        def predict_noise(self, x: Any, timestep: Any, model_options: Any = None, seed: Any = None) -> Any:
            return super().predict_noise(x, timestep, model_options, seed)

    def swapping(executor: Any, model: Any, noise_shape: Any, conds: Any, *more: Any, **others: Any) -> Any:
        swapped = {"positive": conds["negative"], "negative": conds["positive"]}
        return executor(model, noise_shape, swapped, *more, **others)

    sampled = []
    for model, conds in (
        (wrapped(studio, "PREPARE_SAMPLING", swapping), (studio.positive, studio.negative)),
        (studio.model, (studio.negative, studio.positive)),
    ):
        own = Own(model)
        own.set_conds(*conds)
        own.set_cfg(4.0)
        (sigmas,) = NODE_CLASS_MAPPINGS["BasicScheduler"]().get_sigmas(model, "normal", 3, 1.0)
        sampler = name("comfy.samplers").sampler_object("euler")
        sampled.append(own.sample(studio.noise(), studio.latent["samples"], sampler, sigmas, seed=5))
        assert own.original_conds == {"positive": conds[0], "negative": conds[1]}
    assert torch.equal(*sampled)
