"""The settings of a picture, read from its prompt, are written as AUTOMATIC1111's web UI writes them."""

from typing import Any

import pytest

from execution import paths
from nodes import options
from nodes.generation import find_generation
from nodes.metadata import find_save_node, picture_texts, to_json

Prompt = dict[str, dict[str, Any]]


def prompt_of(**changes: Any) -> Prompt:
    sampler = {
        "model": ["4", 0],
        "seed": 42,
        "steps": 30,
        "cfg": 7.0,
        "sampler_name": "euler_ancestral",
        "scheduler": "normal",
        "positive": ["6", 0],
        "negative": ["7", 0],
        "latent_image": ["5", 0],
        "denoise": 1.0,
    }
    return {
        "3": {"class_type": "KSampler", "inputs": {**sampler, **changes}},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sub/tiny.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red apple", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "p"}},
    }


def parameters(prompt: Prompt, node_id: str | None = None) -> str | None:
    return (
        picture_texts(prompt, {}, node_id or find_save_node(prompt, "p"), width=64, height=96).of(0).get("parameters")
    )


def test_the_plain_graph(folders: paths.Paths) -> None:
    assert parameters(prompt_of()) == (
        "a red apple\n"
        "Negative prompt: blurry\n"
        "Steps: 30, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 64x96, Model: tiny, Version: Skein"
    )


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"sampler_name": "dpmpp_2m", "scheduler": "karras"}, "Sampler: DPM++ 2M Karras, CFG"),
        ({"scheduler": "sgm_uniform"}, "Sampler: Euler a, Schedule type: SGM Uniform, CFG"),
        ({"sampler_name": "seeds_2"}, "Sampler: seeds_2, "),
        ({"denoise": 0.6}, "Denoising strength: 0.6"),
        ({"cfg": 7.5}, "CFG scale: 7.5"),
    ],
)
def test_settings_are_named_as_elsewhere(folders: paths.Paths, changes: dict[str, Any], line: str) -> None:
    assert line in (parameters(prompt_of(**changes)) or "")


def test_no_sampler_no_parameters(folders: paths.Paths) -> None:
    prompt = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "p"}},
    }
    assert list(picture_texts(prompt, {"workflow": {}}, "9", width=1, height=1).of(0)) == ["prompt", "workflow"]
    assert picture_texts(None, None, None, width=1, height=1).of(0) == {}


def test_pictures_of_a_batch_know_their_place(folders: paths.Paths) -> None:
    texts = picture_texts(prompt_of(), {}, "9", width=64, height=96, batch_size=4)
    assert "Batch size: 4, Batch pos: 3, Version" in texts.of(3)["parameters"]


def test_settings_that_come_with_the_prompt_are_kept(folders: paths.Paths) -> None:
    assert picture_texts(prompt_of(), {"parameters": "mine"}, "9", width=1, height=1).of(0)["parameters"] == '"mine"'


def test_a_flag_switches_all_texts_off(folders: paths.Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "_options", options.DefaultOptions(disable_metadata=True))
    assert picture_texts(prompt_of(), {"workflow": {}}, "9", width=1, height=1).of(0) == {}


def test_values_with_commas_are_quoted(folders: paths.Paths) -> None:
    prompt = prompt_of()
    prompt["4"]["inputs"]["ckpt_name"] = "a, b: c.safetensors"
    assert 'Model: "a, b: c"' in (parameters(prompt) or "")


def test_the_hash_of_a_small_model_is_told(folders: paths.Paths) -> None:
    file = folders.models / "checkpoints" / "sub" / "tiny.safetensors"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"")
    assert "Model hash: e3b0c44298, Model: tiny" in (parameters(prompt_of()) or "")


def test_loras_are_told_in_the_prompt_in_their_order(folders: paths.Paths) -> None:
    lora = {"model": ["4", 0], "clip": ["4", 1], "strength_model": 0.8, "strength_clip": 1.0}
    prompt = prompt_of(model=["11", 0])
    prompt["10"] = {"class_type": "LoraLoader", "inputs": {**lora, "lora_name": "first.safetensors"}}
    prompt["11"] = {
        "class_type": "LoraLoaderModelOnly",
        "inputs": {"model": ["10", 0], "lora_name": "second.safetensors", "strength_model": 1.0},
    }
    assert (parameters(prompt) or "").startswith("a red apple <lora:first:1:0.8> <lora:second:0:1>\n")


def test_tags_that_were_typed_stay_in_the_prompt_as_they_were(folders: paths.Paths) -> None:
    prompt = prompt_of(model=["10", 0])
    text = "a red <lora:first:0.8>, apple"
    prompt["10"] = {"class_type": "LorasFromPrompt", "inputs": {"model": ["4", 0], "clip": ["4", 1], "text": text}}
    prompt["6"]["inputs"]["text"] = ["10", 2]
    assert (parameters(prompt) or "").startswith(f"{text}\n")


def test_combined_prompts_and_clip_skip_are_found(folders: paths.Paths) -> None:
    prompt = prompt_of(positive=["20", 0])
    prompt["20"] = {
        "class_type": "ConditioningCombine",
        "inputs": {"conditioning_1": ["6", 0], "conditioning_2": ["21", 0]},
    }
    prompt["21"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "on a table", "clip": ["22", 0]}}
    prompt["22"] = {"class_type": "CLIPSetLastLayer", "inputs": {"clip": ["4", 1], "stop_at_clip_layer": -2}}
    text = parameters(prompt) or ""
    assert text.startswith("a red apple\non a table\n")
    assert "Clip skip: 2" in text


def test_a_node_with_both_sides_is_followed_on_one(folders: paths.Paths) -> None:
    prompt = prompt_of(positive=["30", 0], negative=["30", 1])
    prompt["30"] = {"class_type": "ControlNetApplyAdvanced", "inputs": {"positive": ["6", 0], "negative": ["7", 0]}}
    assert (parameters(prompt) or "").startswith("a red apple\nNegative prompt: blurry\n")


def test_values_from_primitive_nodes_are_read(folders: paths.Paths) -> None:
    prompt = prompt_of(seed=["40", 0], steps=["41", 0])
    prompt["40"] = {"class_type": "PrimitiveInt", "inputs": {"value": 7}}
    prompt["41"] = {"class_type": "Computed", "inputs": {"a": 1}}
    text = parameters(prompt) or ""
    assert "Seed: 7" in text
    assert "Steps" not in text


def test_custom_samplers_are_read_through_their_guider(folders: paths.Paths) -> None:
    prompt = prompt_of()
    prompt["3"] = {
        "class_type": "SamplerCustomAdvanced",
        "inputs": {
            "noise": ["50", 0],
            "guider": ["51", 0],
            "sampler": ["52", 0],
            "sigmas": ["53", 0],
            "latent_image": ["5", 0],
        },
    }
    prompt["50"] = {"class_type": "RandomNoise", "inputs": {"noise_seed": 5}}
    prompt["51"] = {
        "class_type": "CFGGuider",
        "inputs": {"model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "cfg": 4.0},
    }
    prompt["52"] = {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}}
    prompt["53"] = {
        "class_type": "BasicScheduler",
        "inputs": {"model": ["4", 0], "scheduler": "karras", "steps": 12, "denoise": 1.0},
    }
    assert parameters(prompt) == (
        "a red apple\n"
        "Negative prompt: blurry\n"
        "Steps: 12, Sampler: Euler Karras, CFG scale: 4, Seed: 5, Size: 64x96, Model: tiny, Version: Skein"
    )


def test_the_nearest_sampler_counts_and_each_save_node_has_its_own(folders: paths.Paths) -> None:
    prompt = prompt_of(denoise=0.5, latent_image=["60", 0])
    prompt["60"] = {"class_type": "LatentUpscaleBy", "inputs": {"samples": ["61", 0], "scale_by": 2.0}}
    prompt["61"] = {"class_type": "KSampler", "inputs": {**prompt_of()["3"]["inputs"], "steps": 99}}
    prompt["62"] = {"class_type": "VAEDecode", "inputs": {"samples": ["61", 0], "vae": ["4", 2]}}
    prompt["63"] = {"class_type": "SaveImage", "inputs": {"images": ["62", 0], "filename_prefix": "p"}}
    assert "Steps: 30" in (parameters(prompt, "9") or "")
    assert "Steps: 99" in (parameters(prompt, "63") or "")
    prompt["3"]["inputs"] |= {"steps": ["60", 0]}
    assert "Steps" not in (parameters(prompt, "9") or "")
    prompt["3"]["inputs"] |= {"steps": 30}
    assert parameters(prompt) == parameters(prompt, "9")


def test_a_graph_that_goes_in_circles_ends() -> None:
    prompt = {
        "1": {"class_type": "A", "inputs": {"images": ["2", 0], "value": ["1", 0]}},
        "2": {"class_type": "KSampler", "inputs": {
            "latent_image": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "model": ["2", 0], "seed": ["1", 0],
        }},
    }  # fmt: skip
    generation = find_generation(prompt, "1")
    assert generation is not None
    assert generation.positive == ""
    assert generation.seed is None


def test_json_is_ascii_and_knows_no_nan() -> None:
    assert to_json({"a": [float("inf"), 1.5], "b": "é"}) == '{"a": [null, 1.5], "b": "\\u00e9"}'


def test_each_picture_tells_the_seed_that_makes_it_again(folders: paths.Paths) -> None:
    prompt = prompt_of()
    prompt["3"]["class_type"] = "KSamplerVariations"
    texts = picture_texts(prompt, {}, "9", width=64, height=96, batch_size=3)
    told = [texts.of(place)["parameters"] for place in range(3)]
    assert [f"Seed: {seed}, " in text for seed, text in zip((42, 43, 44), told, strict=True)] == [True] * 3
    prompt["3"]["inputs"]["noise"] = "whole batch from one seed"
    texts = picture_texts(prompt, {}, "9", width=64, height=96, batch_size=3)
    assert "Seed: 42, " in texts.of(2)["parameters"]


def test_a_variation_tells_its_seed_and_strength_and_counts_that_seed(folders: paths.Paths) -> None:
    prompt = prompt_of(variation_seed=7, variation_strength=0.25)
    prompt["3"]["class_type"] = "KSamplerVariations"
    texts = picture_texts(prompt, {}, "9", width=64, height=96, batch_size=2)
    assert "Seed: 42, Size" in texts.of(1)["parameters"]
    assert "Variation seed: 7, Variation seed strength: 0.25" in texts.of(0)["parameters"]
    assert "Variation seed: 8, Variation seed strength: 0.25" in texts.of(1)["parameters"]
    assert "Variation" not in (parameters(prompt_of(variation_seed=7, variation_strength=0)) or "")


HIRES = {
    "model": ["4", 0],
    "vae": ["4", 2],
    "positive": ["6", 0],
    "negative": ["7", 0],
    "latent_image": ["3", 0],
    "upscaler": "bicubic",
    "scale_by": 2.0,
    "seed": 7,
    "hires_steps": 6,
    "cfg": 7.0,
    "sampler_name": "euler_ancestral",
    "scheduler": "normal",
    "denoise": 0.6,
}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "Hires upscale: 2, Hires steps: 6, Hires upscaler: Latent (bicubic)"),
        ({"upscaler": "picture"}, "Hires upscaler: Lanczos"),
        ({"upscale_model": ["11", 0]}, "Hires upscaler: 4x-UltraSharp"),
        ({"sampler_name": "dpmpp_2m", "scheduler": "karras"}, "Hires sampler: DPM++ 2M Karras, Hires upscale"),
        ({"cfg": 4.0}, "Hires CFG Scale: 4"),
    ],
)
def test_hires_fix_is_told_behind_the_settings_of_the_first_pass(
    folders: paths.Paths, changes: dict[str, Any], line: str
) -> None:
    prompt = prompt_of()
    prompt["10"] = {"class_type": "HiresFix", "inputs": {**HIRES, **changes}}
    prompt["11"] = {"class_type": "UpscaleModelLoader", "inputs": {"model_name": "4x-UltraSharp.pth"}}
    prompt["8"]["inputs"]["samples"] = ["10", 0]
    text = parameters(prompt) or ""
    assert "Steps: 30, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 32x48, " in text
    assert "Denoising strength: 0.6, " in text
    assert line in text


def test_hires_fix_of_a_picture_that_no_sampler_made_is_told_as_a_pass_of_its_own(folders: paths.Paths) -> None:
    prompt = prompt_of()
    prompt["10"] = {"class_type": "HiresFix", "inputs": {**HIRES, "latent_image": ["5", 0]}}
    prompt["8"]["inputs"]["samples"] = ["10", 0]
    text = parameters(prompt) or ""
    assert "Steps: 6, Sampler: Euler a, CFG scale: 7, Seed: 7, Size: 64x96, " in text
    assert "Hires" not in text


def test_a_sampler_chosen_by_its_label_is_told(folders: paths.Paths) -> None:
    prompt = prompt_of(sampler_name=["12", 0], scheduler=["12", 1])
    prompt["12"] = {"class_type": "SamplerByLabel", "inputs": {"name": "DPM++ 2M SDE Karras"}}
    assert "Sampler: DPM++ 2M SDE Karras, CFG" in (parameters(prompt) or "")


@pytest.mark.parametrize(
    ("strengths", "tag"),
    [
        ({"strength_model": 0.8, "strength_clip": 0.8}, "<lora:night:0.8>"),
        ({"strength_model": 0.8, "strength_clip": 0.5}, "<lora:night:0.5:0.8>"),
        ({"strength_model": 0.8}, "<lora:night:0:0.8>"),
    ],
)
def test_a_lora_tells_both_strengths_where_they_differ(
    folders: paths.Paths, strengths: dict[str, float], tag: str
) -> None:
    prompt = prompt_of(model=["13", 0])
    prompt["13"] = {"class_type": "LoraLoader", "inputs": {"model": ["4", 0], "lora_name": "night.pt", **strengths}}
    assert tag in (parameters(prompt) or "")


@pytest.mark.parametrize(
    ("kind", "words"),
    [("KarrasScheduler", "Sampler: Euler a Karras"), ("BetaSamplingScheduler", "Schedule type: Beta")],
)
def test_a_scheduler_of_its_own_is_named(kind: str, words: str) -> None:
    prompt = prompt_of()
    prompt["3"]["inputs"].pop("scheduler")
    prompt["70"] = {"class_type": kind, "inputs": {"model": ["4", 0], "steps": 12}}
    prompt["3"]["inputs"]["sigmas"] = ["70", 0]
    assert words in (parameters(prompt) or "")


def test_steps_are_those_of_the_scheduler_before_they_are_cut_out_or_cut_finer() -> None:
    prompt = prompt_of()
    prompt["3"]["inputs"].pop("steps")
    prompt["3"]["inputs"]["sigmas"] = ["72", 1]
    prompt["72"] = {"class_type": "SplitSigmas", "inputs": {"sigmas": ["71", 0], "step": 3}}
    prompt["71"] = {"class_type": "ExtendIntermediateSigmas", "inputs": {"sigmas": ["70", 0], "steps": 2}}
    prompt["70"] = {"class_type": "KarrasScheduler", "inputs": {"steps": 12}}
    assert "Steps: 12," in (parameters(prompt) or "")
