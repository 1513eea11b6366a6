"""Hooks change weights for some conditionings only, on a schedule; the others and the model itself stay as they are."""

from pathlib import Path
from typing import Any

import pytest
import torch

from comfy.checkpoint import Checkpoint, load_checkpoint
from comfy.hooks import ClipHooks, HookedModels, Hooks, Keyframe, Keyframes
from comfy.sampling import sample
from comfy.weight_hooks import lora_hook, model_hook
from tests.comfy.small_sd1 import write_small_checkpoint

UNET_KEY = "lora_unet_input_blocks_1_1_transformer_blocks_0_attn2_to_k"
TEXT_KEY = "lora_te_text_model_encoder_layers_0_mlp_fc1"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return load_checkpoint(write_small_checkpoint(tmp_path_factory.mktemp("hooks") / "a.safetensors", torch.float32))


def lora(seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def pair(name: str, width_in: int, width_out: int) -> dict[str, torch.Tensor]:
        down, up = torch.randn(4, width_in, generator=generator), torch.randn(width_out, 4, generator=generator)
        return {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up}

    return pair(UNET_KEY, 64, 32) | pair(TEXT_KEY, 64, 128)


def made(model: Any, positive: Any, negative: Any, steps: int = 4) -> torch.Tensor:
    latent = {"samples": torch.zeros(1, 4, 8, 8)}
    arguments = {"seed": 3, "steps": steps, "cfg": 4.0, "sampler_name": "euler", "scheduler": "normal"}
    return sample(model, positive=positive, negative=negative, latent=latent, **arguments)["samples"]


def hooked(conditioning: Any, hooks: Hooks) -> Any:
    return [[embedding, {**options, "hooks": hooks}] for embedding, options in conditioning]


def test_hooks_on_every_conditioning_give_the_bits_of_the_lora_itself(checkpoint: Checkpoint) -> None:
    positive, negative = checkpoint.clip.encode("a cat"), checkpoint.clip.encode("")
    hooks = Hooks((lora_hook(lora(), 0.7, 0.0),))
    plain = made(checkpoint.model, positive, negative)
    whole = made(checkpoint.model.with_lora(lora(), 0.7), positive, negative)
    assert torch.equal(made(checkpoint.model, hooked(positive, hooks), hooked(negative, hooks)), whole)
    assert not torch.equal(whole, plain)
    assert torch.equal(made(checkpoint.model, positive, negative), plain)


def test_a_hook_on_one_conditioning_leaves_the_other_alone(checkpoint: Checkpoint) -> None:
    positive, negative = checkpoint.clip.encode("a cat"), checkpoint.clip.encode("")
    changed = checkpoint.model.with_lora(lora(), 1.0)
    seen: dict[str, list[torch.Tensor]] = {}

    def watch(batch: Any, estimate: Any) -> torch.Tensor:
        clean = estimate(batch)
        for name in batch.names:
            seen.setdefault(name, []).extend(clean[rows] for rows in batch.rows(name))
        return clean

    hooks = Hooks((lora_hook(lora(), 1.0, 0.0),))
    made(checkpoint.model.clone_with(around=(watch,)), hooked(positive, hooks), negative, steps=1)
    mixed, seen = seen, {}
    made(checkpoint.model.clone_with(around=(watch,)), positive, negative, steps=1)
    plain, seen = seen, {}
    made(changed.clone_with(around=(watch,)), positive, negative, steps=1)
    torch.testing.assert_close(mixed["positive"], seen["positive"])
    torch.testing.assert_close(mixed["negative"], plain["negative"])
    assert not torch.allclose(mixed["positive"][0], plain["positive"][0])


def test_another_model_as_a_hook_stands_in_for_it(tmp_path: Path, checkpoint: Checkpoint) -> None:
    other = load_checkpoint(write_small_checkpoint(tmp_path / "b.safetensors", torch.float32, seed=9))
    hooks = Hooks((model_hook(other.model, other.clip, 1.0, 1.0),))
    positive, negative = checkpoint.clip.encode("a cat"), checkpoint.clip.encode("")
    whole = made(other.model, positive, negative)
    torch.testing.assert_close(made(checkpoint.model, hooked(positive, hooks), hooked(negative, hooks)), whole)
    clip = checkpoint.clip.with_hooks(ClipHooks(hooks, applies_to_conditioning=True, is_scheduled=False))
    ((text, options),) = clip.encode("a cat")
    assert options["hooks"] is hooks
    torch.testing.assert_close(text, other.clip.encode("a cat")[0][0])


def strengths(keyframes: Keyframes, percents: list[float], checkpoint: Checkpoint) -> list[float]:
    """The strength of a hook at each step of a run that visits these points of the way."""
    asked: list[float] = []
    hook = lora_hook(lora(), 1.0, 1.0)

    def change(model: Any, strength: float) -> Any:
        asked.append(strength)
        return model

    hooks = Hooks((type(hook)(change, hook.change_clip, 2.0, 1.0, keyframes),))
    models = HookedModels()
    found = []
    for percent in percents:
        sigma = checkpoint.model.levels.sigma_at(percent) if percent else checkpoint.model.levels.sigma_max
        asked.clear()
        models._ready.clear()
        for _ in range(2):  # asked for each batch of a step
            models.at(checkpoint.model, hooks, sigma)
        found.append(asked[-1] / 2 if asked else 0.0)
    return found


def test_keyframes_switch_strengths_on_the_way(checkpoint: Checkpoint) -> None:
    frames = Keyframes().with_frames([Keyframe(0.25, 0.5), Keyframe(1.0, 0.0), Keyframe(0.0, 0.8)])
    assert [frame.start for frame in frames.frames] == [0.0, 0.5, 0.8]
    assert strengths(frames, [0.0, 0.25, 0.5, 0.75, 0.9], checkpoint) == [1.0, 1.0, 0.25, 0.25, 0.0]


def test_a_keyframe_is_not_skipped_unless_it_may_be(checkpoint: Checkpoint) -> None:
    held = Keyframes((Keyframe(1.0, 0.0), Keyframe(0.5, 0.3), Keyframe(0.25, 0.4)))
    assert strengths(held, [0.0, 0.6, 0.9], checkpoint) == [1.0, 0.5, 0.25]
    loose = Keyframes((Keyframe(1.0, 0.0), Keyframe(0.5, 0.3, steps=0), Keyframe(0.25, 0.4, steps=0)))
    assert strengths(loose, [0.0, 0.6, 0.9], checkpoint) == [1.0, 0.25, 0.25]


def test_without_keyframes_a_hook_counts_in_full(checkpoint: Checkpoint) -> None:
    assert strengths(Keyframes(), [0.0, 0.5], checkpoint) == [1.0, 1.0]


def test_a_keyframe_at_the_same_start_takes_the_others_place() -> None:
    frames = Keyframes((Keyframe(1.0, 0.5),)).with_frames([Keyframe(0.2, 0.5)]).frames
    assert [frame.strength for frame in frames] == [0.2]


def test_a_scheduled_text_encoder_makes_an_entry_for_each_stretch(checkpoint: Checkpoint) -> None:
    hooks = Hooks((lora_hook(lora(), 1.0, 0.8),)).with_keyframes(Keyframes((Keyframe(1.0, 0.0), Keyframe(0.5, 0.6))))
    clip = checkpoint.clip.with_hooks(ClipHooks(hooks, applies_to_conditioning=False, is_scheduled=True))
    entries = clip.encode("a cat")
    assert [(o["clip_start_percent"], o["clip_end_percent"]) for _, o in entries] == [(0.0, 0.6), (0.6, 1.0)]
    for (text, options), strength in zip(entries, (0.8, 0.4), strict=True):
        assert "hooks" not in options
        torch.testing.assert_close(text, checkpoint.clip.with_lora(lora(), strength).encode("a cat")[0][0])
    latent = made(checkpoint.model, entries, checkpoint.clip.encode(""))
    assert latent.isfinite().all()


def test_a_default_conditioning_counts_where_the_others_leave_room(checkpoint: Checkpoint) -> None:
    clip, model = checkpoint.clip, checkpoint.model
    mask = torch.zeros(1, 8, 8)
    mask[..., :4] = 1
    first, second, negative = clip.encode("a cat"), clip.encode("a dog"), clip.encode("")
    masked = [[first[0][0], {**first[0][1], "mask": mask, "mask_strength": 1.0}]]
    rest = [[second[0][0], {**second[0][1], "mask": 1 - mask, "mask_strength": 1.0}]]
    default = [[second[0][0], {**second[0][1], "default": True}]]
    torch.testing.assert_close(made(model, masked + default, negative), made(model, masked + rest, negative))
    everywhere = made(model, first + default, negative)
    torch.testing.assert_close(everywhere, made(model, first, negative))
