"""Hooks by their nodes, as a workflow wires them, with models as the nodes pass them on."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from execution import paths
from nodes.hooks import CreateHookKeyframesFromFloats, CreateHookKeyframesInterpolated
from nodes.registry import built_in_nodes
from tests.comfy.small_families import write
from tests.comfy.small_models import small_lora
from tests.comfy.small_sd1 import write_small_checkpoint
from tests.nodes.running import run_prompt

TABLE = built_in_nodes()
SAMPLING = {"seed": 1, "steps": 4, "cfg": 4.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}


BEGINNING: dict[str, Any] = {
    "load": ("CheckpointLoaderSimple", {"ckpt_name": "tiny.safetensors"}),
    "hook": ("CreateHookLora", {"lora_name": "tiny.safetensors", "strength_model": 1.0, "strength_clip": 1.0}),
    "positive": ("CLIPTextEncode", {"text": "a cat", "clip": ["load", 1]}),
    "negative": ("CLIPTextEncode", {"text": "", "clip": ["load", 1]}),
    "latent": ("EmptyLatentImage", {"width": 64, "height": 64, "batch_size": 1}),
}


class Studio:
    """Samples small prompts that begin alike; what they have in common is made once."""

    def __init__(self) -> None:
        self._begun = run_prompt(prompt_of(BEGINNING), TABLE)
        self._sampled: dict[str, torch.Tensor] = {}

    def sampled(self, changes: dict[str, Any], **ends: Any) -> torch.Tensor:
        """The latent of the prompt with further nodes; `ends` replace inputs of its sampler."""
        inputs = {"model": ["load", 0], "positive": ["positive", 0], "negative": ["negative", 0]}
        sampler = ("KSampler", {**SAMPLING, **inputs, "latent_image": ["latent", 0], **ends})
        graph = {**changes, "sample": sampler}
        name = json.dumps(graph)
        if name not in self._sampled:
            known = {key: result for key, result in self._begun.items() if key not in changes}
            self._sampled[name] = run_prompt(prompt_of(graph), TABLE, known)["sample"][0]["samples"]
        return self._sampled[name]


def prompt_of(graph: dict[str, Any]) -> dict[str, Any]:
    return {name: {"class_type": kind, "inputs": given} for name, (kind, given) in graph.items()}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    base = tmp_path_factory.mktemp("hooks")
    for kind in ("checkpoints", "loras"):
        (base / "models" / kind).mkdir(parents=True)
    write_small_checkpoint(base / "models" / "checkpoints" / "tiny.safetensors", torch.float32)
    write(base / "models" / "loras" / "tiny.safetensors", small_lora())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "_installed", paths.Paths(paths.PathOptions(base_directory=base)))
        yield Studio()


def pair(hooks: str) -> dict[str, Any]:
    inputs = {"positive_NEW": ["positive", 0], "negative_NEW": ["negative", 0], "strength": 1.0}
    given = {**inputs, "set_cond_area": "default", "hooks": [hooks, 0]}
    return {"pair": ("PairConditioningSetProperties", given)}


PAIRED = {"positive": ["pair", 0], "negative": ["pair", 1]}


def test_a_pair_with_a_hook_gives_what_the_lora_gives(studio: Studio) -> None:
    loader = {"model": ["load", 0], "lora_name": "tiny.safetensors", "strength_model": 1.0}
    whole = studio.sampled({"lora": ("LoraLoaderModelOnly", loader)}, model=["lora", 0])
    assert torch.equal(studio.sampled(pair("hook"), **PAIRED), whole)
    assert not torch.equal(studio.sampled({}), whole)


def test_keyframes_turn_a_hook_off_on_the_way(studio: Studio) -> None:
    frame = ("CreateHookKeyframe", {"strength_mult": 1.0, "start_percent": 0.0})
    off = ("CreateHookKeyframe", {"strength_mult": 0.0, "start_percent": 0.5, "prev_hook_kf": ["frame", 0]})
    kept = ("SetHookKeyframes", {"hooks": ["hook", 0], "hook_kf": ["off", 0]})
    some = studio.sampled({"frame": frame, "off": off, "kept": kept, **pair("kept")}, **PAIRED)
    never = ("CreateHookKeyframe", {"strength_mult": 0.0, "start_percent": 0.0})
    alone = ("SetHookKeyframes", {"hooks": ["hook", 0], "hook_kf": ["never", 0]})
    none = studio.sampled({"never": never, "alone": alone, **pair("alone")}, **PAIRED)
    assert torch.equal(none, studio.sampled({}))
    assert not torch.equal(some, none)
    assert not torch.equal(some, studio.sampled(pair("hook"), **PAIRED))


def test_a_text_encoder_with_hooks_gives_them_to_what_it_encodes(studio: Studio) -> None:
    set_hooks = {"clip": ["load", 1], "apply_to_conds": True, "schedule_clip": False, "hooks": ["hook", 0]}
    encoded = {
        "hooked": ("SetClipHooks", set_hooks),
        "positive": ("CLIPTextEncode", {"text": "a cat", "clip": ["hooked", 0]}),
        "negative": ("CLIPTextEncode", {"text": "", "clip": ["hooked", 0]}),
    }
    # This LoRA has nothing for text encoders, so that only the model's part is felt.
    assert torch.equal(studio.sampled(encoded), studio.sampled(pair("hook"), **PAIRED))


@pytest.mark.parametrize(
    ("interpolation", "strengths"),
    [
        ("linear", [0.0, 0.5, 1.0, 1.5, 2.0]),
        ("ease_in", [0.0, 0.125, 0.5, 1.125, 2.0]),
        ("ease_out", [0.0, 0.875, 1.5, 1.875, 2.0]),
        ("ease_in_out", [0.0, 0.2929, 1.0, 1.7071, 2.0]),
    ],
)
def test_keyframes_are_spread_by_their_easing(interpolation: str, strengths: list[float]) -> None:
    made = CreateHookKeyframesInterpolated().create_hook_keyframes(0.0, 2.0, interpolation, 0.2, 1.0, 5, False)
    (keyframes,) = made  # type: ignore[misc]
    assert [frame.strength for frame in keyframes.frames] == pytest.approx(strengths, abs=1e-4)
    assert [frame.start for frame in keyframes.frames] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert [frame.steps for frame in keyframes.frames] == [1, 0, 0, 0, 0]


def test_keyframes_come_from_a_list_of_numbers_only() -> None:
    (keyframes,) = CreateHookKeyframesFromFloats().create_hook_keyframes([1, 0.5], 0.0, 0.5, False)  # type: ignore[misc]
    assert [(frame.strength, frame.start) for frame in keyframes.frames] == [(1.0, 0.0), (0.5, 0.5)]
    with pytest.raises(ValueError, match="must be a number or a list of numbers"):
        CreateHookKeyframesFromFloats().create_hook_keyframes("much", 0.0, 1.0, False)
