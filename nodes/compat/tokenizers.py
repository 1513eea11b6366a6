"""What reads prompts for text networks, as packs ask it: `clip.tokenizer` and its like."""

from collections.abc import Sequence
from typing import Any

import torch

from comfy.text.embeddings import EmbeddingPath, find_embedding
from comfy.text.tokenizer import END_TOKEN, START_TOKEN, tokenize, vocabulary
from comfy.text.tokens import CHUNK, EMBEDDING, WORD_LENGTH, chunks_of
from comfy.text.tower import Tower
from nodes.compat.text_networks import pairs_of
from nodes.embedding_files import embedding_file


class WordPieces:
    """CLIP's word pieces, called as transformers' tokenizers are."""

    def __call__(self, text: str, **_: Any) -> dict[str, list[int]]:
        return {"input_ids": [START_TOKEN, *tokenize(text), END_TOKEN]}

    def encode(self, text: str, **_: Any) -> list[int]:
        return self(text)["input_ids"]

    def get_vocab(self) -> dict[str, int]:
        return vocabulary()


class SDTokenizer:
    """Reads prompts for one network: brackets as weights, embeddings by name, chunks of 77."""

    width = 768
    key = "clip_l"
    pad = END_TOKEN

    def __init__(
        self,
        tokenizer_path: Any = None,
        max_length: int = CHUNK,
        pad_with_end: bool = True,
        embedding_directory: Any = None,
        embedding_size: int | None = None,
        embedding_key: str | None = None,
        **_: Any,
    ) -> None:
        self.tokenizer = WordPieces()
        self.max_length, self.min_length, self.pad_with_end = max_length, None, pad_with_end
        self.start_token, self.end_token, self.tokens_start = START_TOKEN, END_TOKEN, 1
        self.pad_token = self.pad if pad_with_end else 0
        self.embedding_directory, self.embedding_identifier = embedding_directory, EMBEDDING
        self.embedding_size, self.embedding_key = embedding_size or self.width, embedding_key or self.key
        self.max_word_length = WORD_LENGTH
        self.path_of: EmbeddingPath = embedding_file

    @property
    def inv_vocab(self) -> dict[int, str]:
        return {number: piece for piece, number in vocabulary().items()}

    def tokenize_with_weights(self, text: str, return_word_ids: bool = False, **_: Any) -> list[list[tuple[Any, ...]]]:
        """The chunks of a prompt: (number or vector, weight) or with the number of the run of text behind."""
        chunks = chunks_of(text, self._vectors, self.pad_token)
        return [pairs_of(chunk, return_word_ids) for chunk in chunks]

    def untokenize(self, token_weight_pair: Sequence[Sequence[Any]]) -> list[tuple[Any, Any]]:
        """Each pair with its word piece; None stands for a vector's."""
        pieces = self.inv_vocab
        return [(pair, None if torch.is_tensor(pair[0]) else pieces.get(int(pair[0]))) for pair in token_weight_pair]

    def _vectors(self, name: str) -> torch.Tensor | None:
        return find_embedding(name, self.path_of, self.embedding_size)


class SDXLClipGTokenizer(SDTokenizer):
    """The same for the second network of Stable Diffusion XL, whose chunks are filled with zeros."""

    width, key, pad = 1280, "clip_g", 0


class SD1Tokenizer:
    """What reads prompts for an encoder, each network by its letter."""

    roles: tuple[str, ...] = ("l",)

    def __init__(self, embedding_directory: Any = None, *_: Any, **__: Any) -> None:
        for role in self.roles:
            cls = SDXLClipGTokenizer if role == "g" else SDTokenizer
            setattr(self, f"clip_{role}", cls(embedding_directory=embedding_directory))
        self.clip_name = self.roles[0]
        self.clip = f"clip_{self.clip_name}"

    def tokenize_with_weights(self, text: str, return_word_ids: bool = False, **_: Any) -> dict[str, Any]:
        """The chunks of a prompt for each network."""
        return {role: self._of(role).tokenize_with_weights(text, return_word_ids) for role in self.roles}

    def untokenize(self, token_weight_pair: Sequence[Sequence[Any]]) -> list[tuple[Any, Any]]:
        return self._of(self.clip_name).untokenize(token_weight_pair)

    def _of(self, role: str) -> SDTokenizer:
        found: SDTokenizer = getattr(self, f"clip_{role}")
        return found

    def state_dict(self) -> dict[str, Any]:
        return {}


class SDXLTokenizer(SD1Tokenizer):
    """The same for the two networks of Stable Diffusion XL."""

    roles = ("l", "g")


def tokenizer_of(towers: tuple[Tower, ...], path_of: EmbeddingPath | None) -> Any:
    """What reads prompts for an encoder's networks."""
    cls = SDXLTokenizer if len(towers) > 1 else SD1Tokenizer
    made = cls.__new__(cls)
    made.roles = tuple(tower.role for tower in towers)
    made.__init__()  # type: ignore[misc] # whose networks are not those of its class alone
    for tower in towers:
        own = getattr(made, f"clip_{tower.role}")
        own.embedding_size, own.pad_token = tower.config.width, tower.reading.pad_token
        own.path_of = path_of or (lambda name: None)
    return made
