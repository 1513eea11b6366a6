"""What packs do to models and samplers by names that they know takes effect; where nothing changes, to the bit."""

import copy
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

import nodes
from comfy.checkpoint import load_checkpoint
from nodes.compat.values import opened
from nodes.registry import NODE_CLASS_MAPPINGS
from tests.comfy.small_sd1 import write_small_checkpoint
from tests.nodes.compat.studio import Studio, name

# Sampling


def test_the_sampler_of_the_nodes_makes_the_nodes_picture(studio: Studio) -> None:
    out = nodes.common_ksampler(
        studio.model, 5, 3, 4.0, "euler", "normal", studio.positive, studio.negative, studio.latent
    )
    assert torch.equal(out[0]["samples"], studio.plain)


@pytest.mark.parametrize("sampler", ["euler", "dpm_2", "euler_ancestral", "dpmpp_2m_sde", "uni_pc", "euler_cfg_pp"])
def test_sampling_by_name_gives_the_bits_of_the_built_in_node(studio: Studio, sampler: str) -> None:
    seen: dict[str, Any] = {}
    callback = name("latent_preview").prepare_callback(studio.model, 3, seen)
    sampled = name("comfy.sample").sample(
        studio.model, studio.noise(), 3, 4.0, sampler, "karras", studio.positive, studio.negative,
        studio.latent["samples"], callback=callback, seed=5,
    )  # fmt: skip
    assert torch.equal(sampled, studio.sample(studio.model, sampler, "karras"))
    assert seen["x0"].shape == (1, 4, 8, 8)


def test_a_stretch_of_steps_and_a_mask_are_those_of_the_advanced_node(studio: Studio) -> None:
    mask = torch.zeros(1, 64, 64)
    mask[..., 32:] = 1
    (latent,) = nodes.SetLatentNoiseMask().set_mask(studio.latent, mask)
    built_in = nodes.KSamplerAdvanced().sample(
        studio.model, "enable", 5, 6, 4.0, "euler", "normal", studio.positive, studio.negative, latent, 1, 4, "enable"
    )[0]["samples"]  # fmt: skip
    sampled = name("comfy.sample").sample(
        studio.model, studio.noise(), 6, 4.0, "euler", "normal", studio.positive, studio.negative,
        latent["samples"], start_step=1, last_step=4, noise_mask=latent["noise_mask"], seed=5,
    )  # fmt: skip
    assert torch.equal(sampled, built_in)


def test_a_guider_of_a_pack_and_one_of_the_nodes_may_stand_in_for_each_other(studio: Studio) -> None:
    class Halved(name("comfy.samplers").CFGGuider):  # type: ignore[misc]
        def predict_noise(self, x: Any, timestep: Any, model_options: Any = None, seed: Any = None) -> Any:
            self.told.append((seed, model_options["transformer_options"]["sample_sigmas"].tolist()))
            return super().predict_noise(x, timestep, model_options, seed) * self.factor

    (sigmas,) = NODE_CLASS_MAPPINGS["BasicScheduler"]().get_sigmas(studio.model, "normal", 3, 1.0)
    (sampler,) = NODE_CLASS_MAPPINGS["KSamplerSelect"]().get_sampler("euler")
    (noise,) = NODE_CLASS_MAPPINGS["RandomNoise"]().get_noise(5)
    (built_in,) = NODE_CLASS_MAPPINGS["CFGGuider"]().get_guider(studio.model, studio.positive, studio.negative, 4.0)
    sampled = built_in.sample(noise.generate_noise(studio.latent), studio.latent["samples"], sampler, sigmas, seed=5)
    assert torch.equal(sampled, studio.plain)
    own = Halved(studio.model)
    own.set_conds(studio.positive, studio.negative)
    own.set_cfg(4.0)
    for factor, is_plain in ((1.0, True), (0.5, False)):
        own.factor, own.told = factor, []
        out = NODE_CLASS_MAPPINGS["SamplerCustomAdvanced"]().sample(noise, own, sampler, sigmas, studio.latent)
        assert torch.equal(out[0]["samples"], studio.plain) == is_plain
        assert own.told == [(5, sigmas.tolist())] * 3


def euler(model: Any, x: Any, sigmas: Any, extra_args: Any = None, callback: Any = None, disable: Any = None) -> Any:
    """Written as packs write samplers."""
    ones = x.new_ones([x.shape[0]])
    for i in range(len(sigmas) - 1):
        denoised = model(x, sigmas[i] * ones, **extra_args)
        if callback is not None:
            callback({"x": x, "i": i, "sigma": sigmas[i], "sigma_hat": sigmas[i], "denoised": denoised})
        x = x + name("comfy.k_diffusion.sampling").to_d(x, sigmas[i], denoised) * (sigmas[i + 1] - sigmas[i])
    return x


def test_a_sampler_that_a_pack_adds_can_be_chosen_and_run(studio: Studio) -> None:
    name("comfy.k_diffusion.sampling").sample_of_a_pack = euler
    name("comfy.samplers").KSampler.SAMPLERS.append("of_a_pack")
    assert "of_a_pack" in nodes.KSampler.INPUT_TYPES()["required"]["sampler_name"][0]
    torch.testing.assert_close(studio.sample(studio.model, "of_a_pack"), studio.plain, rtol=1e-4, atol=1e-3)


def test_a_scheduler_that_a_pack_adds_can_be_chosen_and_run(studio: Studio) -> None:
    samplers = name("comfy.samplers")

    def same(model_sampling: Any, steps: int) -> Any:
        return samplers.calculate_sigmas(model_sampling, "normal", steps)

    samplers.SCHEDULER_HANDLERS["of_a_pack"] = samplers.SchedulerHandler(same)
    samplers.SCHEDULER_NAMES.append("of_a_pack")
    assert "of_a_pack" in nodes.KSampler.INPUT_TYPES()["required"]["scheduler"][0]
    assert torch.equal(studio.sample(studio.model, "euler", "of_a_pack"), studio.plain)


def test_a_sampler_may_ask_under_options_of_its_own(studio: Studio) -> None:
    def cfg_pp(model: Any, x: Any, sigmas: Any, extra_args: Any = None, callback: Any = None, **_: Any) -> Any:
        unguided: list[Any] = []

        def note(told: Any) -> Any:
            unguided.append(told["uncond_denoised"])
            return told["denoised"]

        extra_args["model_options"] = name("comfy.model_patcher").set_model_options_post_cfg_function(
            extra_args["model_options"].copy(), note, disable_cfg1_optimization=True
        )
        for sigma, sigma_next in pairwise(sigmas):
            denoised = model(x, sigma * x.new_ones([x.shape[0]]), **extra_args)
            x = denoised + (x - unguided[-1]) / sigma * sigma_next
        return x

    (sigmas,) = NODE_CLASS_MAPPINGS["BasicScheduler"]().get_sigmas(studio.model, "normal", 3, 1.0)
    sampler = name("comfy.samplers").KSAMPLER(cfg_pp)
    out = NODE_CLASS_MAPPINGS["SamplerCustom"]().sample(
        studio.model, True, 5, 4.0, studio.positive, studio.negative, sampler, sigmas, studio.latent
    )
    wanted = studio.sample(studio.model, "euler_cfg_pp")
    torch.testing.assert_close(out[0]["samples"], wanted, rtol=1e-4, atol=1e-3)


# Changing a model


def passing(apply_model: Any, told: Any) -> Any:
    assert told["cond_or_uncond"] == [0, 1]
    return apply_model(told["input"], told["timestep"], **told["c"])


def attend(q: Any, k: Any, v: Any, told: Any) -> Any:
    return name("comfy.ldm.modules.attention").optimized_attention(q, k, v, told["n_heads"])


def replace_everywhere(model: Any, patch: Any) -> None:
    for number in range(9):
        model.set_model_attn1_replace(patch, "input", number)
        model.set_model_attn2_replace(patch, "output", number, 0)


WITHOUT_EFFECT: dict[str, Callable[[Any], Any]] = {
    "wrapper": lambda m: m.set_model_unet_function_wrapper(passing),
    "attn1": lambda m: m.set_model_attn1_patch(lambda q, k, v, told: (q, k, v)),
    "attn2": lambda m: m.set_model_attn2_patch(lambda q, k, v, told: (q, k, v)),
    "attn1 output": lambda m: m.set_model_attn1_output_patch(lambda out, told: out),
    "replaced": lambda m: replace_everywhere(m, attend),
    "post cfg": lambda m: m.set_model_sampler_post_cfg_function(lambda told: told["denoised"]),
    "pre cfg": lambda m: m.set_model_sampler_pre_cfg_function(lambda told: told["conds_out"]),
    "output block": lambda m: m.set_model_output_block_patch(lambda h, skip, told: (h, skip)),
    "no weights": lambda m: m.add_patches({"diffusion_model.there.is.none": (torch.ones(1),)}),
    "itself": lambda m: m.add_patches(m.get_key_patches("diffusion_model."), 0.5, 0.5),
}
WITH_EFFECT: dict[str, Callable[[Any], Any]] = {
    "wrapper": lambda m: m.set_model_unet_function_wrapper(lambda apply, told: passing(apply, told) * 0.9),
    "attn1": lambda m: m.set_model_attn1_patch(lambda q, k, v, told: (q * 2, k, v)),
    "attn2": lambda m: m.set_model_attn2_patch(lambda q, k, v, told: (q, k, v * 2)),
    "attn2 output": lambda m: m.set_model_attn2_output_patch(lambda out, told: out * 0),
    "replaced": lambda m: replace_everywhere(m, lambda q, k, v, told: q * 0),
    "post cfg": lambda m: m.set_model_sampler_post_cfg_function(lambda told: told["cond_denoised"]),
    "pre cfg": lambda m: m.set_model_sampler_pre_cfg_function(lambda told: told["conds_out"][::-1]),
    "cfg": lambda m: m.set_model_sampler_cfg_function(lambda told: told["cond"]),
    "input block": lambda m: m.set_model_input_block_patch(lambda h, told: h * 1.1),
    "emb": lambda m: m.set_model_emb_patch(lambda emb, channels, told: emb * 1.1),
    "weights": lambda m: m.add_patches(
        {key: (torch.full(value[0][0].shape, 0.01),) for key, value in m.get_key_patches().items()}
    ),
}


@pytest.mark.parametrize("what", WITHOUT_EFFECT)
def test_a_change_that_changes_nothing_gives_the_same_bits(studio: Studio, what: str) -> None:
    model = studio.model.clone()
    WITHOUT_EFFECT[what](model)
    assert torch.equal(studio.sample(model), studio.plain)


@pytest.mark.parametrize("what", WITH_EFFECT)
def test_a_change_shows_in_the_clone_alone(studio: Studio, what: str) -> None:
    model = studio.model.clone()
    WITH_EFFECT[what](model)
    assert not torch.allclose(studio.sample(model), studio.plain, atol=1e-3)
    assert torch.equal(studio.sample(studio.model), studio.plain)
    assert studio.model.model_options == {"transformer_options": {}}


def test_guidance_may_ask_again_with_one_attention_left_out(studio: Studio) -> None:
    patcher, samplers = name("comfy.model_patcher"), name("comfy.samplers")
    distances: list[float] = []

    def perturbed(told: Any) -> Any:
        options = patcher.set_model_options_patch_replace(
            told["model_options"], lambda q, k, v, _: v, "attn1", "middle", 0
        )
        asked = (told["model"], [told["cond"]], told["input"], told["sigma"])
        (same,) = samplers.calc_cond_batch(*asked, told["model_options"])
        distances.append(float((same - told["cond_denoised"]).abs().max()))
        (weak,) = samplers.calc_cond_batch(*asked, options)
        return told["denoised"] + (told["cond_denoised"] - weak) * 2

    model = studio.model.clone()
    model.set_model_sampler_post_cfg_function(perturbed)
    assert not torch.allclose(studio.sample(model), studio.plain, atol=1e-3)
    assert max(distances) < 1e-3


def test_a_patch_is_told_where_it_is(studio: Studio) -> None:
    seen: list[Any] = []
    model = studio.model.clone()
    model.set_model_attn1_patch(lambda q, k, v, told: (seen.append(told), (q, k, v))[1])
    studio.sample(model)
    first = seen[0]
    assert (first["block"], first["block_index"], first["transformer_index"]) == (("input", 1), 0, 0)
    assert first["n_heads"] * first["dim_head"] == first["activations_shape"][1]
    assert (first["original_shape"], first["cond_or_uncond"]) == ([2, 4, 8, 8], [0, 1])
    assert first["sigmas"].shape == (2,)
    assert {told["block"][0] for told in seen} == {"input", "middle", "output"}


def test_what_a_pack_changed_stays_through_the_nodes_that_follow(studio: Studio) -> None:
    model = studio.model.clone()
    model.set_model_unet_function_wrapper(lambda apply, told: passing(apply, told) * 0.9)
    (rescaled,) = NODE_CLASS_MAPPINGS["RescaleCFG"]().patch(model, 0.0)
    torch.testing.assert_close(studio.sample(rescaled), studio.sample(model), rtol=1e-3, atol=1e-2)
    assert not torch.allclose(studio.sample(rescaled), studio.plain, atol=1e-2)


def test_a_pack_chooses_the_inpaint_mask_of_each_noise_level(studio: Studio) -> None:
    mask = torch.zeros(1, 64, 64)
    mask[..., 32:] = 1
    (latent,) = nodes.SetLatentNoiseMask().set_mask(studio.latent, mask)

    def sampled(model: Any) -> torch.Tensor:
        out = nodes.common_ksampler(model, 5, 3, 4.0, "euler", "normal", studio.positive, studio.negative, latent)
        samples: torch.Tensor = out[0]["samples"]
        return samples

    told: list[Any] = []

    def same(sigma: Any, denoise_mask: Any, extra_options: Any) -> Any:
        told.append(
            (float(sigma[0]), float(extra_options["sigmas"][0]), float(extra_options["model"].model_sampling.sigma_max))
        )
        return denoise_mask

    unchanged, everywhere = studio.model.clone(), studio.model.clone()
    unchanged.set_model_denoise_mask_function(same)
    everywhere.set_model_denoise_mask_function(lambda sigma, denoise_mask, extra_options: torch.ones_like(denoise_mask))
    assert torch.equal(sampled(unchanged), sampled(studio.model))
    assert torch.equal(sampled(everywhere), studio.plain)
    assert told[0][0] == told[0][1] == pytest.approx(told[0][2])


def test_a_merge_by_weights_is_the_built_in_merge(studio: Studio, tmp_path: Path) -> None:
    other = opened("MODEL", load_checkpoint(write_small_checkpoint(tmp_path / "other.safetensors", seed=9)).model)
    merged = studio.model.clone()
    merged.add_patches(other.get_key_patches("diffusion_model."), 1.0 - 0.3, 0.3)
    (built_in,) = NODE_CLASS_MAPPINGS["ModelMergeSimple"]().merge(studio.model, other, 0.3)
    assert torch.equal(studio.sample(merged), studio.sample(built_in))


def test_a_lora_added_by_its_names_is_the_one_that_the_node_loads(studio: Studio) -> None:
    generator = torch.Generator().manual_seed(3)
    lora: dict[str, torch.Tensor] = {}
    for module, rows, columns in (
        ("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q", 32, 32),
        ("lora_te_text_model_encoder_layers_0_mlp_fc1", 128, 64),
    ):
        lora[f"{module}.lora_down.weight"] = torch.randn(4, columns, generator=generator)
        lora[f"{module}.lora_up.weight"] = torch.randn(rows, 4, generator=generator)
    keys = name("comfy.lora").model_lora_keys_unet(studio.model.model, {})
    keys = name("comfy.lora").model_lora_keys_clip(studio.clip.cond_stage_model, keys)
    loaded = name("comfy.lora").load_lora(lora, keys)
    model, clip = studio.model.clone(), studio.clip.clone()
    assert len(loaded) == len(model.add_patches(loaded, 0.7)) + len(clip.add_patches(loaded, 0.4)) == 2
    own_model, own_clip = name("comfy.sd").load_lora_for_models(studio.model, studio.clip, lora, 0.7, 0.4)
    assert torch.equal(studio.sample(model), studio.sample(own_model))
    assert not torch.equal(studio.sample(model), studio.plain)
    assert torch.equal(clip.encode("x")[0][0], own_clip.encode("x")[0][0])
    assert not torch.equal(clip.encode("x")[0][0], studio.clip.encode("x")[0][0])
    assert name("comfy.latent_formats").SDXL().scale_factor == 0.13025
    with pytest.raises(AttributeError, match="nonsense"):
        _ = name("comfy.lora").nonsense


def test_another_way_of_predicting_is_the_built_in_nodes(studio: Studio) -> None:
    module = name("comfy.model_sampling")

    class Velocity(module.ModelSamplingDiscrete, module.V_PREDICTION):  # type: ignore[misc, name-defined]
        pass

    model = studio.model.clone()
    model.add_object_patch("model_sampling", Velocity(model.model.model_config))
    (built_in,) = NODE_CLASS_MAPPINGS["ModelSamplingDiscrete"]().patch(studio.model, "v_prediction", False)
    assert torch.equal(studio.sample(model), studio.sample(built_in))
    with pytest.raises(ValueError, match=r"model_sampling"):
        model.add_object_patch("diffusion_model.forward", lambda: None)


CONV = "diffusion_model.input_blocks.0.0"


def test_a_layer_of_the_network_may_be_another_for_one_model_alone(studio: Studio) -> None:
    own = copy.deepcopy(studio.model.get_model_object(CONV))
    same, around, patched = (studio.model.clone() for _ in range(3))
    same.add_object_patch(CONV, own)
    torch.testing.assert_close(studio.sample(same), studio.plain, rtol=1e-3, atol=1e-2)
    seamless = copy.deepcopy(own)
    seamless.padding_mode, seamless._reversed_padding_repeated_twice = "circular", [1, 1, 1, 1]
    around.add_object_patch(CONV, seamless)
    assert around.clone().get_model_object(CONV) is seamless
    assert not torch.allclose(studio.sample(around.clone()), studio.plain, atol=1e-3)
    patched.add_object_patch(f"{CONV}.forward", lambda x: own.forward(x) * 0.5)
    patched.set_model_attn1_patch(lambda q, k, v, extra_options: (q, k, v))
    assert not torch.allclose(studio.sample(patched), studio.plain, atol=1e-3)
    assert torch.equal(studio.sample(studio.model), studio.plain)


@pytest.mark.parametrize(
    ("part", "other"),
    [(CONV, lambda x: x), (f"{CONV}.forward", 5), ("diffusion_model.no_such", torch.nn.Identity())],
)
def test_what_is_no_layer_cannot_stand_for_one(studio: Studio, part: str, other: Any) -> None:
    with pytest.raises(ValueError, match="cannot be done here"):
        studio.model.clone().add_object_patch(part, other)


def test_the_model_tells_its_levels_and_answers_by_itself(studio: Studio) -> None:
    sampling = studio.model.get_model_object("model_sampling")
    assert float(sampling.sigma_max) == studio.model.levels.sigma_max
    assert sampling.timestep(sampling.sigmas[[3, 500]]).tolist() == [3, 500]
    x, sigma = torch.randn(2, 4, 8, 8), torch.tensor([3.0, 1.0])
    context = studio.positive[0][0]
    both = studio.model.model.apply_model(x, sigma, c_crossattn=context.repeat(2, 1, 1))
    alone = studio.model.model.apply_model(x[1:], sigma[1:], c_crossattn=context)
    torch.testing.assert_close(both[1:], alone)
    assert isinstance(studio.model, name("comfy.model_patcher").ModelPatcher)


# Text and pictures


def test_tokens_may_be_changed_between_reading_and_encoding(studio: Studio) -> None:
    tokens = studio.clip.tokenize("a red (apple:1.2)")
    assert [token for token in tokens["l"][0] if token[1] != 1.0] == [(3055, 1.2)]
    embedding, pooled = studio.clip.encode_from_tokens(tokens, return_pooled=True)
    assert torch.equal(embedding, studio.positive[0][0])
    assert torch.equal(pooled, studio.positive[0][1]["pooled_output"])
    tokens["l"] = [[(number, 1.0) for number, _ in chunk] for chunk in tokens["l"]]
    (plain,) = nodes.CLIPTextEncode().encode(studio.clip, "a red apple")
    assert torch.equal(studio.clip.encode_from_tokens_scheduled(tokens, add_dict={"guidance": 3})[0][0], plain[0][0])
    changed = studio.clip.clone()
    changed.clip_layer(-2)
    (skipped,) = nodes.CLIPSetLastLayer().set_last_layer(studio.clip, -2)
    assert torch.equal(changed.encode("x")[0][0], skipped.encode("x")[0][0])


def test_pictures_are_decoded_and_encoded_by_the_nodes_and_in_tiles(studio: Studio) -> None:
    (images,) = nodes.VAEDecode().decode(studio.vae, {"samples": studio.plain})
    assert torch.equal(studio.vae.decode(studio.plain), images)
    assert studio.vae.decode_tiled(studio.plain, tile_x=8, tile_y=8, overlap=2).shape == images.shape
    assert torch.equal(
        studio.vae.encode(images[:, :, :, :3]), nodes.VAEEncode().encode(studio.vae, images)[0]["samples"]
    )


def test_files_are_read_by_the_names_that_packs_know(studio: Studio, tmp_path: Path) -> None:
    path = write_small_checkpoint(tmp_path / "small.safetensors")
    model, clip, vae, _ = name("comfy.sd").load_checkpoint_guess_config(str(path), embedding_directory=None)
    assert torch.equal(studio.sample(model), studio.plain)
    assert torch.equal(clip.encode("x")[0][0], studio.clip.encode("x")[0][0])
    assert vae.latent_channels == 4
    state_dict, metadata = name("comfy.utils").load_torch_file(path, return_metadata=True)
    assert metadata == {}
    assert any(key.startswith("model.diffusion_model.") for key in state_dict)
