"""Prompt text to the chunks of weighted tokens that a text encoder reads."""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch

from comfy.text.emphasis import split_by_weight
from comfy.text.tokenizer import END_TOKEN, START_TOKEN, tokenize

log = logging.getLogger(__name__)

CHUNK = 77  # start, 75 tokens, end
WORD_LENGTH = 8  # a group of fewer tokens is not cut between two chunks
EMBEDDING = "embedding:"
MOST_WORDS = 8  # of the name of an embedding's file

FindEmbedding = Callable[[str], torch.Tensor | None]
"""The vectors [n, width] of the embedding of this name; None where there is none."""
Missed = Callable[[str], None]
"""Hears the name of each embedding that there is not."""


def _warn(name: str) -> None:
    log.warning("The embedding %s was not found: it is left out of the prompt", name)


@dataclass(frozen=True, eq=False)
class Token:
    """A word piece, or a vector that stands for one, and its weight.

    `group` counts from 1 the runs of text under one weight, and embeddings; 0 is what stands around the text.
    """

    number: int
    weight: float = 1.0
    vector: torch.Tensor | None = None
    group: int = 0


Chunk = list[Token]


def chunks_of(text: str, find_embedding: FindEmbedding, pad_token: int = END_TOKEN) -> list[Chunk]:
    """Chunks of 77 tokens, each with start and end; an empty text has one."""
    return [_closed(chunk, pad_token) for chunk in _fill(text, find_embedding, _warn)]


def count_tokens(text: str, find_embedding: FindEmbedding, missed: Missed = _warn) -> tuple[int, int]:
    """How many tokens a text has, without start, end and padding, and in how many chunks they are read."""
    chunks = _fill(text, find_embedding, missed)
    return sum(map(len, chunks)), len(chunks)


def _fill(text: str, find_embedding: FindEmbedding, missed: Missed) -> list[Chunk]:
    """Chunks of at most 75 tokens, open at both ends."""
    chunks: list[Chunk] = []
    chunk: Chunk = []
    room = CHUNK - 2
    for number, plain in enumerate(_groups(text, find_embedding, missed), 1):
        group = [replace(token, group=number) for token in plain]
        while len(group) > room - len(chunk):
            if len(group) >= WORD_LENGTH:
                cut = room - len(chunk)
                chunk, group = chunk + group[:cut], group[cut:]
            chunks.append(chunk)
            chunk = []
        chunk = chunk + group
    chunks.append(chunk)
    return chunks


def empty_chunk(pad_token: int = END_TOKEN) -> Chunk:
    """The chunk of an empty prompt."""
    return _closed([], pad_token)


def _closed(tokens: Chunk, pad_token: int) -> Chunk:
    closed = [Token(START_TOKEN), *tokens, Token(END_TOKEN)]
    return closed + [Token(pad_token)] * (CHUNK - len(closed))


def _groups(text: str, find_embedding: FindEmbedding, missed: Missed) -> Iterator[list[Token]]:
    """Tokens that stay together where they can: a run of text under one weight, or an embedding's vectors."""
    for segment in split_by_weight(text):
        for part in _split_at_embeddings(segment.text):
            rest = part
            if part.startswith(EMBEDDING):
                words = part.removeprefix(EMBEDDING).split() or [""]
                vectors, rest = _embedding(words, find_embedding)
                if vectors is None:
                    missed(words[0].strip(","))
                if vectors is not None:
                    yield [Token(0, segment.weight, vector) for vector in vectors]
            if rest:
                yield [Token(number, segment.weight) for number in tokenize(rest)]


def _split_at_embeddings(text: str) -> list[str]:
    """An embedding's name begins a part of its own where a space or a new line is before it."""
    first, *others = re.split(rf"[ \n]{EMBEDDING}", text)
    return [part for part in (first, *(EMBEDDING + other for other in others)) if part]


def _embedding(words: list[str], find_embedding: FindEmbedding) -> tuple[torch.Tensor | None, str]:
    """The vectors of the embedding whose name a text begins with, and the rest of the text.

    A name is one word; only where there is no such file is it one with spaces, the shortest that there is.
    """
    without = ""
    for count in range(1, min(len(words), MOST_WORDS) + 1):
        name, rest = " ".join(words[:count]), " ".join(words[count:])
        vectors = find_embedding(name)
        stripped = name.strip(",")
        if vectors is None and stripped != name:
            vectors = find_embedding(stripped)
            rest = f"{name[len(stripped) :]} {rest}"
        if vectors is not None:
            return vectors, rest
        if count == 1:
            without = rest
    return None, without
