"""Prompt text to chunks of tokens: what is cut, what stays together, what embeddings do."""

import pytest
import torch

from comfy.text.tokenizer import END_TOKEN, START_TOKEN, tokenize
from comfy.text.tokens import CHUNK, chunks_of, count_tokens

CAT = tokenize("cat")[0]
VECTORS = {"three": torch.randn(3, 64), "long": torch.randn(12, 64), "easy to see": torch.randn(2, 64)}


def numbers(text, **options):
    return [[token.number for token in chunk] for chunk in chunks_of(text, VECTORS.get, **options)]


def inner(chunk):
    """A chunk's tokens between its start and its first end."""
    return chunk[1 : chunk.index(END_TOKEN)]


def test_an_empty_prompt_is_one_chunk_of_padding():
    assert numbers("") == [[START_TOKEN] + [END_TOKEN] * 76]


def test_another_encoder_pads_with_its_own_token():
    assert numbers("cat", pad_token=0) == [[START_TOKEN, CAT, END_TOKEN] + [0] * 74]


@pytest.mark.parametrize(("words", "chunks"), [(75, 1), (76, 2), (150, 2), (151, 3)])
def test_a_long_prompt_takes_as_many_chunks_as_it_needs(words, chunks):
    cut = numbers(" ".join(["cat"] * words))
    assert [len(chunk) for chunk in cut] == [CHUNK] * chunks
    assert sum(chunk.count(CAT) for chunk in cut) == words


def test_a_short_group_is_not_cut_between_chunks():
    first, second = numbers(" ".join(["cat"] * 73) + " (cat cat cat:1.2)")
    assert (len(inner(first)), len(inner(second))) == (73, 3)


def test_a_group_of_eight_is_cut():
    first, second = numbers(" ".join(["cat"] * 73) + " (cat cat cat cat cat cat cat cat:1.2)")
    assert (len(inner(first)), len(inner(second))) == (75, 6)


def test_every_token_carries_the_weight_of_its_segment():
    (chunk,) = chunks_of("a (cat:1.5) b", VECTORS.get)
    assert [token.weight for token in chunk[:5]] == [1.0, 1.0, 1.5, 1.0, 1.0]
    assert {token.weight for token in chunk[4:]} == {1.0}


@pytest.mark.parametrize(
    ("text", "vectors", "words"),
    [
        ("embedding:three", 3, []),
        ("cat embedding:three", 3, ["cat"]),
        ("cat, embedding:three, dog", 3, ["cat", ",", ",", "dog"]),
        ("(embedding:three:1.2) dog", 3, ["dog"]),
        ("cat\nembedding:three dog", 3, ["cat", "dog"]),
        ("embedding:three embedding:long", 15, []),
        ("catembedding:three", 0, ["catembedding:three"]),
        ("embedding:easy to see, dog", 2, [",", "dog"]),
        ("(embedding:easy to see:1.2) dog", 2, ["dog"]),
        ("embedding:three to see", 3, ["to", "see"]),
        ("embedding:easy to say", 0, ["to", "say"]),
    ],
)
def test_an_embeddings_vectors_stand_in_its_place(text, vectors, words):
    (chunk,) = chunks_of(text, VECTORS.get)
    placed = [token for token in chunk if token.vector is not None]
    assert len(placed) == vectors
    kept = [token.number for token in chunk[1:] if token.vector is None and token.number != END_TOKEN]
    assert kept == [number for word in words for number in tokenize(word)]


def test_a_missing_embedding_is_left_out_with_a_warning(caplog):
    (chunk,) = chunks_of("cat embedding:gone dog", VECTORS.get)
    assert [token.number for token in chunk[1:3]] == tokenize("cat dog")
    assert "gone" in caplog.text


def test_who_counts_hears_of_missing_embeddings():
    missed = []
    count_tokens("cat embedding:gone, (embedding:a/b:1.2) embedding:three", VECTORS.get, missed.append)
    assert missed == ["gone", "a/b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", (0, 1)), ("a (red:1.3) ((cat))", (3, 1)), ("cat " * 76, (76, 2)), ("cat embedding:three", (4, 1))],
)
def test_tokens_are_counted_without_weights_start_end_and_padding(text, expected):
    assert count_tokens(text, VECTORS.get) == expected
