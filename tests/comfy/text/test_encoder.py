"""Conditioning of prompts: weights, chunks, layers and embeddings."""

import pytest
import torch
from safetensors.torch import save_file

from comfy.checkpoint import load_checkpoint
from tests.comfy.small_sd1 import CLIP, small_state_dict, write_small_checkpoint


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return load_checkpoint(write_small_checkpoint(tmp_path_factory.mktemp("models") / "small.safetensors")).clip


def hidden(clip, text):
    return clip.encode(text)[0][0]


def test_conditioning_has_a_vector_for_each_token_and_one_for_the_text(clip):
    ((tensor, options),) = clip.encode("a cat")
    assert tensor.shape == (1, 77, CLIP.width)
    assert options["pooled_output"].shape == (1, CLIP.width)
    assert tensor.dtype == torch.float32


def test_a_long_prompt_is_the_chunks_one_after_another(clip):
    words = " ".join(["cat"] * 75)
    both = hidden(clip, f"{words} dog")
    assert both.shape == (1, 154, CLIP.width)
    torch.testing.assert_close(both[:, :77], hidden(clip, words))
    torch.testing.assert_close(both[:, 77:], hidden(clip, "dog"))


def test_a_weight_moves_its_tokens_away_from_the_empty_prompt(clip):
    plain, empty, weighted = (hidden(clip, text)[0] for text in ("a cat", "", "a (cat:1.5)"))
    torch.testing.assert_close(weighted[2], empty[2] + (plain[2] - empty[2]) * 1.5)
    others = [0, 1, *range(3, 77)]
    torch.testing.assert_close(weighted[others], plain[others])


def test_an_earlier_layer_is_normalised_like_the_last(clip):
    from comfy.residents import loaded

    tokens = torch.tensor([[token.number for token in clip.tokenize("a cat")["l"][0]]])
    with loaded(clip.towers[0].weights) as module, torch.no_grad():
        expected = module.final_layer_norm(module(tokens).hidden[-2])
    torch.testing.assert_close(hidden(clip.with_last_layer(-2), "a cat"), expected)
    assert not torch.equal(hidden(clip, "a cat"), expected)


@pytest.mark.parametrize("layer", [-1, -99, 0])
def test_a_layer_that_is_not_there_means_the_last(clip, layer):
    assert torch.equal(hidden(clip.with_last_layer(layer), "a cat"), hidden(clip, "a cat"))


def test_weights_kept_in_float32_are_rounded_to_float16_first(tmp_path, clip):
    exact = {name: tensor.float() for name, tensor in small_state_dict().items()}
    text = {name: tensor * (1 + 1e-6) for name, tensor in exact.items() if name.startswith("cond_stage")}
    save_file(exact | text, tmp_path / "full.safetensors")
    rounded = load_checkpoint(tmp_path / "full.safetensors").clip
    assert torch.equal(hidden(rounded, "a cat"), hidden(clip, "a cat"))


@pytest.mark.parametrize("layout", ["emb_params", "string_to_param", "<word>"])
def test_an_embedding_file_changes_the_prompt(tmp_path, layout):
    vectors = torch.randn(2, CLIP.width)
    if layout == "emb_params":
        path = tmp_path / "word.safetensors"
        save_file({layout: vectors}, path)
    else:
        path = tmp_path / "word.pt"
        torch.save({layout: {"*": vectors}, "step": 5} if layout == "string_to_param" else {layout: vectors}, path)
    clip = load_checkpoint(write_small_checkpoint(tmp_path / "c.safetensors"), {"word": path}.get).clip
    chunk = clip.tokenize("a embedding:word")["l"][0]
    assert [token.vector is not None for token in chunk[:5]] == [False, False, True, True, False]
    assert torch.equal(torch.stack([chunk[2].vector, chunk[3].vector]), vectors)
    assert not torch.equal(hidden(clip, "a embedding:word"), hidden(clip, "a cat"))


def test_an_embedding_for_another_model_is_left_out_with_a_warning(tmp_path, caplog):
    save_file({"emb_params": torch.randn(2, 99)}, tmp_path / "word.safetensors")
    path = write_small_checkpoint(tmp_path / "c.safetensors")
    clip = load_checkpoint(path, {"word": tmp_path / "word.safetensors"}.get).clip
    assert torch.equal(hidden(clip, "a embedding:word"), hidden(clip, "a"))
    assert "another model" in caplog.text
