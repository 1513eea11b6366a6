"""What a node changes of a model that it was given, without cloning it, is seen by the check for that."""

from collections.abc import Callable
from typing import Any

import pytest

from execution.mutation import digest
from tests.nodes.compat.studio import Studio, name
from tests.nodes.compat.test_extra_names import sampled


def set_option(model: Any) -> None:
    model.model_options["transformer_options"]["mine"] = 1


def patch_weight(model: Any) -> None:
    key, weight = next(iter(model.get_key_patches("diffusion_model.").items()))
    assert model.add_patches({key: (weight,)}, 0.5)


CHANGES: dict[str, Callable[[Any], object]] = {
    "a guidance": lambda model: model.set_model_sampler_cfg_function(lambda told: told["uncond"]),
    "another guidance": lambda model: model.model_options.update(sampler_cfg_function=print),
    "an option": set_option,
    "a patch of attention": lambda model: model.set_model_attn1_patch(print),
    "weights": patch_weight,
    "a wrapper": lambda model: model.add_wrapper("outer_sample", print),
    "an attachment": lambda model: model.set_attachments("mine", 1),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_model_that_was_not_cloned_is_seen_to_be_changed(studio: Studio, change: Callable[[Any], object]) -> None:
    model = studio.model.clone()
    before = digest([model])
    change(model.clone())
    assert digest([model]) == before
    change(model)
    assert digest([model]) != before


def test_a_run_changes_neither_model_nor_text_encoder(studio: Studio) -> None:
    before = digest([studio.model, studio.clip, studio.vae, studio.positive])
    studio.sample(studio.model)
    studio.clip.encode("x")
    assert digest([studio.model, studio.clip, studio.vae, studio.positive]) == before


def test_a_text_encoder_that_was_not_cloned_is_seen_to_be_changed(studio: Studio) -> None:
    clip = studio.clip.clone()
    before = digest([clip])
    clip.clip_layer(-2)
    assert digest([clip]) != before


def test_a_run_changes_no_guider_of_a_pack_but_a_node_may(studio: Studio) -> None:
    base = name("comfy.samplers").CFGGuider

    class Own(base):  # type: ignore[misc,valid-type]
        def predict_noise(self, *args: Any, **more: Any) -> Any:
            self.steps = getattr(self, "steps", 0) + 1
            return super().predict_noise(*args, **more)

    Own.__module__ = "custom_nodes.own"
    guider = Own(studio.model.clone())
    guider.set_conds(studio.positive, studio.negative)
    before = digest([guider])
    sampled(studio, guider)
    assert guider.steps
    assert digest([guider]) == before
    guider.set_cfg(3.0)
    assert digest([guider]) != before
