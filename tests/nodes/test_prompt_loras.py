"""LoRAs that a prompt names are applied, and those that are not there are told before anything runs."""

import os
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from comfy.checkpoint import load_checkpoint
from execution import paths
from execution.prompt import Prompt
from execution.validate import validate
from nodes.loaders import LoraLoader
from nodes.metadata import picture_texts
from nodes.prompt_loras import LorasFromPrompt, PromptLoraError, find_lora, tags_of, without_tags
from nodes.registry import built_in_nodes
from tests.comfy.small_sd1 import write_small_checkpoint
from tests.nodes.test_metadata import prompt_of

NAMES = ("a.safetensors", "style/ink.safetensors", "style/twin.safetensors", "other/twin.pt")
UNET_KEY = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
TEXT_KEY = "lora_te_text_model_encoder_layers_0_mlp_fc1"


@pytest.fixture
def loras(folders: paths.Paths) -> paths.Paths:
    for name in NAMES:
        file = folders.models / "loras" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(len(name))
        save_file({
            f"{UNET_KEY}.lora_down.weight": torch.randn(2, 32), f"{UNET_KEY}.lora_up.weight": torch.randn(32, 2),
            f"{TEXT_KEY}.lora_down.weight": torch.randn(2, 64), f"{TEXT_KEY}.lora_up.weight": torch.randn(128, 2),
        }, file)  # fmt: skip
    return folders


@pytest.mark.parametrize(
    ("text", "file", "clip", "model"),
    [
        ("<lora:a:0.8>", "a.safetensors", 0.8, 0.8),
        ("<lora:ink>", "style/ink.safetensors", 1, 1),
        ("<LORA:Style/Ink.safetensors:1:-0.5>", "style/ink.safetensors", 1, -0.5),
        ("<lyco:a:te=0.5:unet=0.25>", "a.safetensors", 0.5, 0.25),
        ("<lora:a:unet=0.25>", "a.safetensors", 1, 0.25),
        ("<lora:other/twin:2>", "other/twin.pt", 2, 2),
    ],
)
def test_tags_are_read(loras: paths.Paths, text: str, file: str, clip: float, model: float) -> None:
    [tag] = tags_of(f"a cat, {text}, on a mat")
    assert (tag.file, tag.strength_clip, tag.strength_model) == (file, clip, model)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<lora:inc:1>", "no LoRA 'inc', which the prompt names. Did you mean ink?"),
        ("<lora:quite another>", "no LoRA 'quite another', which the prompt names. Put the file into "),
        ("<lora:twin:1>", "could be other/twin.pt or style/twin.safetensors. Write the folder too."),
        ("<lora:a:much>", "The weight of <lora:a:much> is no number"),
    ],
)
def test_tags_that_cannot_be_followed_are_told_before_anything_runs(
    loras: paths.Paths, text: str, message: str
) -> None:
    with pytest.raises(PromptLoraError, match=message.replace("(", "[(]")):
        list(tags_of(text))
    prompt = {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "m.safetensors"}},
        "2": {"class_type": "LorasFromPrompt", "inputs": {"model": ["1", 0], "clip": ["1", 1], "text": text}},
        "3": {"class_type": "PreviewAny", "inputs": {"source": ["2", 2]}},
    }
    errors = validate(Prompt.parse(prompt), dict(built_in_nodes())).node_errors
    assert message in str(errors["2"]["errors"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a cat, <lora:a:1>, on a mat", "a cat, on a mat"),
        ("<lora:a:1> a cat", "a cat"),
        ("a cat <lora:a:1>", "a cat"),
        ("a (cat:1.2)\nand <b>", "a (cat:1.2)\nand <b>"),
    ],
)
def test_the_prompt_goes_on_without_its_tags(text: str, left: str) -> None:
    assert without_tags(text) == left


def test_the_models_are_those_that_loaders_in_a_row_make(loras: paths.Paths) -> None:
    checkpoint = load_checkpoint(write_small_checkpoint(loras.models / "m.safetensors"))
    model, clip, text = LorasFromPrompt().apply(checkpoint.model, checkpoint.clip, "x <lora:a:0.5><lora:ink:1:0.3>")
    expected: Any = checkpoint.model, checkpoint.clip
    for name, strength_model, strength_clip in (("a.safetensors", 0.5, 0.5), ("style/ink.safetensors", 0.3, 1.0)):
        expected = LoraLoader().load_lora(*expected, name, strength_model, strength_clip)
    assert text == "x"
    x, timestep, context = torch.randn(1, 4, 8, 8), torch.tensor([5]), torch.randn(1, 77, 64)
    with torch.no_grad(), model.prepare() as ours, expected[0].prepare() as theirs:
        context = torch.randn(1, 77, ours.config.context_dim)
        assert torch.equal(ours(x, timestep, context), theirs(x, timestep, context))
        with checkpoint.model.prepare() as plain:
            assert not torch.equal(ours(x, timestep, context), plain(x, timestep, context))
    assert torch.equal(clip.encode("x")[0][0], expected[1].encode("x")[0][0])


def test_without_tags_nothing_is_changed_and_a_replaced_file_is_noticed(loras: paths.Paths) -> None:
    checkpoint = load_checkpoint(write_small_checkpoint(loras.models / "m.safetensors"))
    model, clip, text = LorasFromPrompt().apply(checkpoint.model, checkpoint.clip, "a cat")
    assert model.weights is checkpoint.model.weights
    assert clip.towers[0].weights is checkpoint.clip.towers[0].weights
    assert text == "a cat"
    before = LorasFromPrompt.IS_CHANGED(text="<lora:a:1>")
    os.utime(paths.current().full_path("loras", find_lora("a")), (1, 1))
    assert LorasFromPrompt.IS_CHANGED(text="<lora:a:1>") != before


def test_the_settings_of_a_picture_show_the_tags(loras: paths.Paths) -> None:
    prompt = prompt_of(model=["70", 0])
    text = "a red apple <lora:a:0.8>"
    prompt["70"] = {"class_type": "LorasFromPrompt", "inputs": {"model": ["4", 0], "clip": ["4", 1], "text": text}}
    prompt["6"]["inputs"] |= {"text": ["70", 2], "clip": ["70", 1]}
    settings = picture_texts(prompt, {}, "9", width=64, height=96).of(0)["parameters"]
    assert settings.startswith(f"{text}\nNegative prompt")
