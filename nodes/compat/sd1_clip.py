"""What packs import as `comfy.sd1_clip`: text networks, what reads prompts for them, and the grammar of weights."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from comfy.text.embeddings import find_embedding
from comfy.text.emphasis import split_by_weight
from nodes.compat.names import lacks_of
from nodes.compat.text_networks import ClipTokenWeightEncoder as ClipTokenWeightEncoder
from nodes.compat.text_networks import SD1ClipModel as SD1ClipModel
from nodes.compat.text_networks import SDClipModel as SDClipModel
from nodes.compat.tokenizers import SD1Tokenizer as SD1Tokenizer
from nodes.compat.tokenizers import SDTokenizer as SDTokenizer
from nodes.embedding_files import embedding_file

# What packs put in the place of escaped brackets while they read weights.
STAND_INS = {"\\)": "\0\1", "\\(": "\0\2"}


def escape_important(text: str) -> str:
    """A prompt whose escaped brackets are hidden."""
    for escaped, hidden in STAND_INS.items():
        text = text.replace(escaped, hidden)
    return text


def unescape_important(text: str) -> str:
    """The brackets themselves in the place of what hides them."""
    for escaped, hidden in STAND_INS.items():
        text = text.replace(hidden, escaped[1])
    return text


def token_weights(string: str, current_weight: float) -> list[tuple[str, float]]:
    """A prompt as runs of text with their weights."""
    return [(part.text, part.weight * current_weight) for part in split_by_weight(string)]


def gen_empty_tokens(special_tokens: Mapping[str, int], length: int) -> list[int]:
    """The chunk of an empty prompt, as numbers."""
    begun = [special_tokens[name] for name in ("start", "end") if special_tokens.get(name) is not None]
    return begun + [special_tokens.get("pad") or 0] * (length - len(begun))


def load_embed(
    embedding_name: str, embedding_directory: Any, embedding_size: int, embed_key: str | None = None
) -> Tensor | None:
    """The vectors [n, width] of an embedding; None where there is none of this width."""
    return find_embedding(embedding_name, embedding_file, embedding_size)


__getattr__ = lacks_of("comfy.sd1_clip")
