"""CLIP's byte-pair tokenizer: text to the numbers of its 49,408 word pieces."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

VOCABULARY = Path(__file__).parent / "clip_vocabulary"
START = "<|startoftext|>"
END = "<|endoftext|>"
START_TOKEN = 49406
END_TOKEN = 49407
WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def tokenize(text: str) -> list[int]:
    """The tokens of a text, without start and end."""
    return list(_tokenizer().encode(text, add_special_tokens=False).ids)


def vocabulary() -> dict[str, int]:
    """The number of every word piece."""
    return dict(_tokenizer().get_vocab())


@lru_cache(maxsize=1)
def _tokenizer() -> "Tokenizer":
    """Built when first used: whoever encodes no text does not wait for the vocabulary."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    bpe = models.BPE.from_file(
        str(VOCABULARY / "vocab.json"), str(VOCABULARY / "merges.txt"), end_of_word_suffix="</w>", unk_token=END
    )
    tokenizer = Tokenizer(bpe)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.add_special_tokens([START, END])
    return tokenizer
